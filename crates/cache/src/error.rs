//! Why the cache cannot be written or read.

use rusqlite::ErrorCode;
use std::io;

/// Why the cache could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The cache could not be opened at the start.
    #[error("there is no cache to write to")]
    NotOpen,
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// The schema could not be migrated.
    #[error(transparent)]
    Migration(#[from] rusqlite_migration::Error),
    /// The folder could not be created, or the damaged file not moved aside.
    #[error(transparent)]
    Files(#[from] io::Error),
    /// The value could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl CacheError {
    /// Whether the file is useless to this version, so that a new one may replace it.
    pub(crate) fn is_damage(&self) -> bool {
        let damaged = |error: &rusqlite::Error| {
            matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
        };
        match self {
            Self::Database(error) => damaged(error),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => damaged(err),
            // The schema of a newer version, or of another program.
            Self::Migration(_) => true,
            Self::NotOpen | Self::Files(_) | Self::Json(_) => false,
        }
    }
}

/// Why the cache could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no file: the app was never used here.
    #[error("there is none")]
    Missing,
    /// It is damaged, or cannot be opened.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// Another version of the app wrote it.
    #[error("it is of another version of Tokenwell")]
    OtherVersion,
}
