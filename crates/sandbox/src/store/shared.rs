//! The store behind one lock, shared by every part of the sandbox.

use super::objects::Store;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A change could not be written to the data folder and was undone.
#[derive(Debug, thiserror::Error)]
#[error("could not write to the data folder; nothing was changed")]
pub struct WriteError(#[source] rusqlite::Error);

/// A handle to the store; clones share it.
#[derive(Debug, Clone)]
pub struct SharedStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Mutex<Store>,
    origin: String,
    changes: watch::Sender<u64>,
}

impl SharedStore {
    /// Shares a store.
    pub fn new(store: Store) -> Self {
        let origin = store.origin.clone();
        Self(Arc::new(Shared { store: Mutex::new(store), origin, changes: watch::Sender::new(0) }))
    }

    /// Reads from the store.
    pub fn read<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&self.lock())
    }

    /// Changes the store and commits. If `change` fails or the commit does, everything is undone.
    pub fn change<T, E: From<WriteError>>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut store = self.lock();
        let result = change(&mut store);
        if result.is_ok() {
            store.records.commit().map_err(WriteError)?;
        } else {
            store.records.roll_back();
        }
        drop(store);
        self.0.changes.send_modify(|count| *count += 1);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `http://HOST:PORT` of the sandbox.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// A counter that grows after every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}
