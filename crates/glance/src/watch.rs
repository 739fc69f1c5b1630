//! Waiting for the cache to change, as the system tells it: nothing is looked at while nothing happens.

use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc,
};

/// Why the cache cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwatched {
    #[error(transparent)]
    System(#[from] notify::Error),
    #[error("its folder cannot be made: {0}")]
    Folder(io::Error),
}

/// Calls `look` now and after every change of the cache, until it fails: nobody reads any more.
pub(crate) fn changes(folder: &Path, mut look: impl FnMut() -> io::Result<()>) -> Result<(), Unwatched> {
    // Watched before it is looked at, so that nothing is missed between the two. The folder itself is watched: the
    // cache may not be there yet, and is another file after it was made anew.
    std::fs::create_dir_all(folder).map_err(Unwatched::Folder)?;
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    if look().is_err() {
        return Ok(());
    }
    while let Ok(event) = events.recv() {
        let mut news = is_news(&event?);
        // What one write of the app comes to is one look.
        for event in events.try_iter() {
            news |= is_news(&event?);
        }
        if news && look().is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the cache may hold something else now.
fn is_news(event: &Event) -> bool {
    let of_change_file =
        |path: &PathBuf| path.file_name().is_some_and(|name| *name == *tokenwell_cache::CHANGE_FILE);
    matches!(event.kind, EventKind::Modify(_) | EventKind::Create(_))
        && event.paths.iter().any(of_change_file)
}
