//! Where accounts, entries, purchases and events are stored. [`Store`] is one interface for every database, in plain
//! records: the rules know no database, and a database is one folder.
//!
//! A change of an account is decided on the state that was read, and written in one transaction as a [`Change`]. It
//! carries the revision that it was decided on. If another change came first, it fails with [`StoreError::Conflict`], and
//! the caller decides anew.
//!
//! | what | where |
//! |---|---|
//! | the interface: traits, each with its records | `accounts.rs`, `changes.rs`, `lists.rs`, `naming.rs`, `plan_prices.rs`, `work.rs` |
//! | what every database promises | `contract/` |
//! | how rows are read, and how enums are spelled in them | `rows.rs`, `spelling.rs` |
//! | the databases | `sqlite/`, `postgres/` |
//! | from one to the other | `copy/` |

mod accounts;
mod changes;
#[cfg(test)]
mod contract;
mod copy;
mod database;
mod error;
mod idempotency;
mod inspection;
mod interface;
mod lists;
mod naming;
mod plan_prices;
mod postgres;
mod rows;
mod spelling;
mod sqlite;
mod work;

pub use accounts::{AccountRecord, CustomerRecord, Email, NewAccount, Subject, SubjectKey};
pub use changes::{Change, Deletion, OpenedCheckout};
pub use copy::{CopyError, CopyJob, CopySummary};
pub use database::{Database, DatabaseAddressError};
pub use error::{OpenError, StoreError, StoreResult};
pub use idempotency::{IdempotencyRecord, IdempotencyScope, StoredResponse};
pub use inspection::{Inspection, Schema};
pub use interface::Store;
pub use lists::{
    ChangeNotice, Charged, EntryFilter, EntryRecord, PurchaseRecord, PurchaseStatus, RefundDueRecord,
};
pub use naming::{
    ClaimKind, ExternalId, ExternalKey, ImportNames, ImportedRows, KnownAccount, KnownNames, Naming,
    OpenedAccount, RefusedClaim,
};
pub use plan_prices::PlanPriceRecord;
#[cfg(test)]
pub use sqlite::SqliteStore;
pub use work::{Chore, ChoreKind, Inbox, InboxRecord, Lease, PollRecord, SetAsideRecord};
