//! Accounts as this process last committed them, so that the next call does not read them.

use crate::store::AccountRecord;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of accounts in a generation. There are two; the older one is dropped when the younger is full.
const GENERATION: usize = 4096;

/// The cache. E-mail and customer may be stale; rule state cannot be, because the commit checks the revision.
#[derive(Debug, Default)]
pub struct AccountCache(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<String, AccountRecord>,
    old: HashMap<String, AccountRecord>,
}

impl AccountCache {
    /// Removes an account and returns it.
    pub fn take(&self, account: &str) -> Option<AccountRecord> {
        let mut generations = self.lock();
        let young = generations.young.remove(account);
        let old = generations.old.remove(account);
        young.or(old)
    }

    /// Stores an account as it was committed.
    pub fn put(&self, record: AccountRecord) {
        let mut generations = self.lock();
        if generations.young.len() >= GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(record.id.clone(), record);
    }

    /// Removes an account that is about to change.
    pub fn forget(&self, account: &str) {
        drop(self.take(account));
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
