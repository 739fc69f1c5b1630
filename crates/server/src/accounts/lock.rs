//! The lock of an account.

/// The exclusive right to change an account within this process, until it is dropped. Between processes the revision of
/// the account prevents conflicting commits.
pub struct AccountLock {
    _lock: Box<dyn Send + Sync>,
}

impl AccountLock {
    /// Wraps the guard of the account's queue.
    pub fn new(lock: impl Send + Sync + 'static) -> Self {
        Self { _lock: Box::new(lock) }
    }
}
