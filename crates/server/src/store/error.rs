//! Why a database did not do something, and why it cannot be used.

use std::path::PathBuf;

/// The error below a failure: of the database, of the connection to it, or of a row that cannot be read.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another change came first: read again and decide anew.
    #[error("another change came first")]
    Conflict,
    /// Too much waits for the database already: this was not begun.
    #[error("too much waits for the database")]
    Overloaded,
    /// The database cannot be reached: the same call may succeed in a moment, and does nothing twice.
    #[error("the database does not answer")]
    Unavailable(#[source] Cause),
    /// The database failed; nothing was changed.
    #[error("the database failed")]
    Failed(#[source] Cause),
}

/// What the store returns.
pub type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    /// A failure with this cause.
    pub fn failed(cause: impl Into<Cause>) -> Self {
        Self::Failed(cause.into())
    }

    /// The error below it; itself if there is none.
    pub fn into_cause(self) -> Cause {
        match self {
            Self::Unavailable(cause) | Self::Failed(cause) => cause,
            alone @ (Self::Conflict | Self::Overloaded) => alone.into(),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(error)
    }
}

/// The store was closed before the call.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
pub struct Closed;

/// Why a database cannot be used. The message names the cause.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database, or the system, refused.
    #[error(transparent)]
    Failed(Cause),
    /// The schema of a SQLite file has steps that this program does not know.
    #[error("it was written by a newer version of tokenwell-server")]
    NewerFile,
    /// The schema of a PostgreSQL database has a step that this program does not work with.
    #[error(
        "its schema (version {schema}) is for newer versions of tokenwell-server: this one knows version {program}"
    )]
    NewerSchema {
        /// The version of the schema.
        schema: i64,
        /// The last version that this program knows.
        program: i64,
    },
    /// A file of root certificates cannot be used.
    #[error("sslrootcert {}: {source}", file.display())]
    RootCertificate {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Cause,
    },
}

impl OpenError {
    /// A failure with this cause.
    pub fn failed(cause: impl Into<Cause>) -> Self {
        Self::Failed(cause.into())
    }
}
