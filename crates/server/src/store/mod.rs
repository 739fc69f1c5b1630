//! Where accounts, entries, purchases and events are stored. [`Store`] is one interface for every database, in plain
//! records: the rules know no database, and a database is one folder.
//!
//! A change of an account is decided on the state that was read, and written in one transaction as a [`Change`]. It
//! carries the revision that it was decided on. If another change came first, it fails with [`StoreError::Conflict`], and
//! the caller decides anew.

mod accounts;
mod changes;
#[cfg(test)]
mod contract;
mod copy;
mod database;
mod error;
mod lists;
mod postgres;
mod rows;
mod sqlite;
mod work;

pub use accounts::{AccountRecord, AccountStore, NewAccount, Subject, SubjectKey};
pub use changes::{Change, ChangeStore, IdempotencyRecord, IdempotencyScope, StoredResponse};
pub use copy::{CopyError, CopyJob, CopySummary};
pub use database::Database;
pub use error::{StoreError, StoreResult};
pub use lists::{ChangeNotice, EntryFilter, EntryRecord, ListStore, Page, PurchaseRecord, RefundDueRecord};
#[cfg(all(test, unix))]
pub use postgres::{Address as PostgresAddress, PostgresStore};
pub use sqlite::SqliteStore;
#[cfg(test)]
pub use sqlite::simulate;
pub use work::{Chore, ChoreKind, Inbox, InboxRecord, Lease, PollRecord, SetAsideRecord, WorkStore};

use async_trait::async_trait;
use prometheus_client::registry::Registry;

/// A database that the service runs on.
#[async_trait]
pub trait Store: AccountStore + ChangeStore + ListStore + WorkStore {
    /// Whether other instances of the service may write to this database.
    fn is_shared(&self) -> bool;
    /// Fails if the database cannot be written.
    async fn ready(&self) -> StoreResult<()>;
    /// Adds the store's metrics to others.
    fn register(&self, registry: &mut Registry);
    /// Finishes the writes under way and closes the database.
    async fn close(&self);
}
