//! Waits for what changes the line: a change of the cache, a moment, another time zone. The system reports them, so nothing is
//! polled.

use crate::{alarm::Alarm, reader};
use jiff::Timestamp;
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use std::{ffi::OsStr, io, path::Path, sync::mpsc};

/// Why the cache cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error(transparent)]
    System(#[from] notify::Error),
    #[error("its folder cannot be created: {0}")]
    Folder(io::Error),
    #[error("there is no timer: {0}")]
    Timer(io::Error),
}

/// What the program waits for.
pub(crate) enum Message {
    Files(notify::Result<Event>),
    /// The moment has come, or the clock was set.
    Time,
    /// Nobody reads the output any more.
    ReaderGone,
}

/// Calls `on_change` now and after every change of the cache or of the time zone, until it returns an error or nobody reads
/// the output. It returns the moment at which it wants to be called anyway.
pub(crate) fn changes(
    folder: &Path,
    zone_file: Option<&Path>,
    mut on_change: impl FnMut() -> io::Result<Option<Timestamp>>,
) -> Result<(), WatchError> {
    let (sender, messages) = mpsc::channel();
    let alarm = Alarm::new(sender.clone()).map_err(WatchError::Timer)?;
    let gone = sender.clone();
    reader::when_gone(move || drop(gone.send(Message::ReaderGone)));
    // The watch starts before the first call, so that no change is missed. The folder is watched, because the file may
    // not exist yet and is replaced when it is damaged.
    tokenwell_cache::private::create_folder(folder).map_err(WatchError::Folder)?;
    let mut watcher = notify::recommended_watcher(move |event| drop(sender.send(Message::Files(event))))?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    let zone_file = zone_file.and_then(|file| Some((file.parent()?, file.file_name()?)));
    if let Some((folder, _)) = zone_file {
        // Without it, the zone is followed at the next change.
        drop(watcher.watch(folder, RecursiveMode::NonRecursive));
    }
    let zone_file = zone_file.map(|(_, name)| name);
    let Ok(mut until) = on_change() else { return Ok(()) };
    loop {
        let Some(first) = alarm.wait(&messages, until) else { return Ok(()) };
        let mut changed = false;
        // One write of the app causes several events, which need only one call.
        for message in std::iter::once(first).chain(messages.try_iter()) {
            changed |= match message {
                Message::Files(event) => is_change(&event?, zone_file),
                Message::Time => true,
                Message::ReaderGone => return Ok(()),
            };
        }
        if changed {
            match on_change() {
                Ok(next) => until = next,
                Err(_) => return Ok(()),
            }
        }
    }
}

/// Whether an event means that the line may have changed.
fn is_change(event: &Event, zone_file: Option<&OsStr>) -> bool {
    if !matches!(event.kind, EventKind::Modify(_) | EventKind::Create(_)) {
        return false;
    }
    let concerns = |name: &OsStr| event.paths.iter().any(|path| path.file_name() == Some(name));
    let moved = zone_file.is_some_and(concerns);
    if moved {
        jiff::tz::reset_system_time_zone_cache();
    }
    moved || concerns(OsStr::new(tokenwell_cache::CHANGE_FILE))
}
