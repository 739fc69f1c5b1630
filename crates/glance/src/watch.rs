//! Waits for changes of the cache. The system reports them, so nothing is polled.

use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc,
};

/// Why the cache cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error(transparent)]
    System(#[from] notify::Error),
    #[error("its folder cannot be created: {0}")]
    Folder(io::Error),
}

/// Calls `on_change` now and after every change of the cache, until it returns an error.
pub(crate) fn changes(
    folder: &Path,
    mut on_change: impl FnMut() -> io::Result<()>,
) -> Result<(), WatchError> {
    // The watch starts before the first call, so that no change is missed. The folder is watched, because the file may
    // not exist yet and is replaced when it is damaged.
    tokenwell_cache::private::create_folder(folder).map_err(WatchError::Folder)?;
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    if on_change().is_err() {
        return Ok(());
    }
    while let Ok(event) = events.recv() {
        let mut changed = is_change(&event?);
        // One write of the app causes several events, which need only one call.
        for event in events.try_iter() {
            changed |= is_change(&event?);
        }
        if changed && on_change().is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether an event means that the cache may have changed.
fn is_change(event: &Event) -> bool {
    let is_change_file =
        |path: &PathBuf| path.file_name().is_some_and(|name| *name == *tokenwell_cache::CHANGE_FILE);
    matches!(event.kind, EventKind::Modify(_) | EventKind::Create(_))
        && event.paths.iter().any(is_change_file)
}
