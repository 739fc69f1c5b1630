//! The computer's time zone, which changes on a journey.

use jiff::tz::TimeZone;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::{env, ffi::OsStr};
use tokenwell_desktop::formats::zone_file;

/// The watch ends when it is dropped.
pub(crate) type Watched = RecommendedWatcher;

/// The time zone, on a system that reports no change of it.
pub(crate) fn unwatched() -> Option<TimeZone> {
    cfg!(not(unix)).then(TimeZone::system)
}

/// Calls `changed` with the time zone whenever it may have changed. `None` if it is not in a file.
pub(crate) fn watch(changed: impl Fn(TimeZone) + Send + 'static) -> notify::Result<Option<Watched>> {
    let Some(file) = zone_file(env::var("TZ").ok().as_deref()) else { return Ok(None) };
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().map(OsStr::to_owned)) else {
        return Ok(None);
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_file = event.paths.iter().any(|path| path.file_name() == Some(&name));
        if is_file && matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)) {
            jiff::tz::reset_system_time_zone_cache();
            changed(TimeZone::system());
        }
    })?;
    // The folder, because the file is replaced.
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(Some(watcher))
}
