//! Why the store did not do something.

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
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The database failed; nothing was changed.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// What the store returns.
pub type StoreResult<T> = Result<T, StoreError>;
