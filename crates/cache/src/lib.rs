//! The app's cache between runs, in SQLite. The app writes it. `tokenwell-glance` only reads it.

mod database;
mod error;
pub mod last_heard;
pub mod private;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::{CacheError, ReadError};

use rusqlite::Connection;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};
use tokenwell_desktop::{
    cached_state::{CacheWrite, CachedState},
    event::CacheState,
};

/// The name of the cache's file in the app's folder.
pub const FILE: &str = "cache.sqlite3";

/// The name of a file beside the cache. The app writes it after every change, once readers can see the change. SQLite's
/// own files change before that, so readers that wait for changes watch this file.
pub const CHANGE_FILE: &str = "cache.changed";

/// The app's folder. Tauri derives the same one from the identifier in `tauri.conf.json`.
pub fn default_folder() -> Option<PathBuf> {
    Some(dirs::data_local_dir()?.join("app.tokenwell.desktop"))
}

/// Reads the cache in a folder without writing anything to disk.
pub fn read(folder: &Path) -> Result<CachedState, ReadError> {
    Ok(read::state(&database::open_read_only(&folder.join(FILE))?))
}

/// The cache, open for writing.
pub struct Cache {
    /// `None` if the cache could not be opened.
    db: Option<Connection>,
    change_file: PathBuf,
}

impl Cache {
    /// Opens the cache in a folder. A damaged file is moved aside and replaced by a new one. If the cache cannot be
    /// opened, nothing is stored.
    pub fn open(folder: &Path) -> (Self, CacheState) {
        let (db, state) = match database::open_or_replace(&folder.join(FILE)) {
            Ok((db, state)) => (Some(db), state),
            Err(error) => {
                tracing::warn!("the cache cannot be opened, so nothing is stored: {error}");
                (None, CacheState::Unwritable)
            }
        };
        let cache = Self { db, change_file: folder.join(CHANGE_FILE) };
        cache.signal_change();
        (cache, state)
    }

    /// The stored state. A value that this version cannot read counts as missing, because the next refresh fetches it
    /// again.
    pub fn read(&self) -> CachedState {
        self.db.as_ref().map(read::state).unwrap_or_default()
    }

    /// Stores a change. When this returns, the change survives a crash and a power cut.
    pub fn write(&mut self, write: &CacheWrite) -> Result<(), CacheError> {
        let db = self.db.as_mut().ok_or(CacheError::NotOpen)?;
        write::apply(db, write)?;
        self.signal_change();
        Ok(())
    }

    fn signal_change(&self) {
        let signal = || private::create_file(&self.change_file)?.write_all(b"\n");
        if let (true, Err(error)) = (self.db.is_some(), signal()) {
            tracing::debug!("readers of the cache are not notified of the change: {error}");
        }
    }
}
