//! The lock of an account.

/// The exclusive right to change an account within this process, until it is dropped. Between processes the revision of
/// the account decides.
pub struct AccountLock {
    _lock: Box<dyn Send + Sync>,
}

impl AccountLock {
    /// Holds what locks the account's queue.
    pub fn new(lock: impl Send + Sync + 'static) -> Self {
        Self { _lock: Box::new(lock) }
    }
}
