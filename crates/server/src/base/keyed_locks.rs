//! One lock for each key. A lock that nobody holds or waits for takes no memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;

/// The locks that are held or waited for.
#[derive(Debug, Default)]
pub struct KeyedLocks(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl KeyedLocks {
    /// Waits for the lock of a key.
    pub async fn lock(&self, key: &str) -> OwnedMutexGuard<()> {
        self.of(key).lock_owned().await
    }

    fn of(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(key.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Poll;

    #[tokio::test]
    async fn a_key_is_locked_once_and_no_lock_is_kept() {
        let locks = KeyedLocks::default();
        let first = locks.lock("ada").await;
        drop(locks.lock("bob").await);
        let mut second = Box::pin(locks.lock("ada"));
        assert!(matches!(futures_util::poll!(&mut second), Poll::Pending));
        drop(first);
        drop(second.await);
        drop(locks.lock("eve").await);
        assert_eq!(locks.0.lock().unwrap().len(), 1, "that of Eve, until the next one is made");
    }
}
