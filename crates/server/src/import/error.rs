//! Why there is no import.

use crate::errors::StartError;
use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// Why an import was not made, or not finished.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The file cannot be read.
    #[error("{}: {source}; give a readable file of JSON Lines, or of CSV if its name ends in .csv", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Lines that cannot be right. Each was reported.
    #[error("{count} of the lines cannot be imported; nothing was imported: correct them and run it again")]
    BadLines {
        /// How many.
        count: u64,
    },
    /// A line that was right is not any more.
    #[error("line {line}: {why}; what was imported before it stays: run it again")]
    Interrupted {
        /// The line's number.
        line: u64,
        /// Why.
        why: String,
    },
    /// The database failed.
    #[error("the database failed; what was imported before stays: run it again")]
    Store(#[from] StoreError),
    /// The list of what was seen in the file cannot be kept.
    #[error("what was read cannot be kept in a temporary file")]
    Temporary(#[from] rusqlite::Error),
}
