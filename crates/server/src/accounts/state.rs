//! The state that decisions on accounts need, and the start and end of every change: load and commit.

use super::cache::AccountCache;
use super::error::AccountError;
use super::event_streams::StreamHub;
use super::lock::AccountLock;
use super::metrics::{AccountMetrics, EntryTally};
use super::queues::AccountQueues;
use super::request_identity::{Replay, RequestIdentity};
use super::unit_of_work::{FinishedWork, UnitOfWork};
use crate::base::clock::Clock;
use crate::store::{AccountRecord, Change, Store, StoreError};
use jiff::Timestamp;
use std::sync::Arc;
use tokenwell_ledger::Catalogue;
use tokio::sync::Notify;

/// Decides on accounts and writes what was decided.
pub struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) queues: AccountQueues,
    pub(super) cache: AccountCache,
    pub(super) metrics: AccountMetrics,
    catalogue: Catalogue,
    clock: Clock,
    streams: StreamHub,
    work: Arc<Notify>,
}

/// The parts of [`Accounts`].
pub struct AccountsSetup {
    /// The store of the accounts.
    pub store: Arc<dyn Store>,
    /// Plans, packs and the order of spending.
    pub catalogue: Catalogue,
    /// The ledger's clock.
    pub clock: Clock,
    /// The metrics.
    pub metrics: AccountMetrics,
    /// Notified when a commit enqueues work for the worker.
    pub work: Arc<Notify>,
}

impl Accounts {
    /// Creates `Accounts` without open streams and cached accounts.
    pub fn new(setup: AccountsSetup) -> Self {
        let AccountsSetup { store, catalogue, clock, metrics, work } = setup;
        Self {
            store,
            queues: AccountQueues::default(),
            cache: AccountCache::default(),
            metrics,
            catalogue,
            clock,
            streams: StreamHub::default(),
            work,
        }
    }

    /// Plans, packs and the order of spending.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The ledger's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The time of the ledger's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The event streams that are open.
    pub fn streams(&self) -> &StreamHub {
        &self.streams
    }

    /// Waits for the account's lock, reads the account and begins a unit of work.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Deleted`], or the store's.
    pub async fn load(&self, account: &str) -> Result<UnitOfWork<'_>, AccountError> {
        let lock = AccountLock::new(self.queues.of(account).lock().await);
        let record = self.store.account(account).await?.ok_or(AccountError::NotFound)?;
        Ok(self.begin(record)?.under(lock))
    }

    /// Begins a unit of work on an account that was read already. The commit fails if the account has changed since.
    ///
    /// # Errors
    /// [`AccountError::Deleted`]
    pub(super) fn begin(&self, record: AccountRecord) -> Result<UnitOfWork<'_>, AccountError> {
        UnitOfWork::begin(record, &self.catalogue, self.clock.now())
    }

    /// Writes a unit of work, if it changes anything, and wakes event streams and the worker. Returns the account after
    /// the change.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another change was committed first.
    pub async fn commit(&self, unit: UnitOfWork<'_>) -> Result<AccountRecord, StoreError> {
        let FinishedWork { record, change, lock } = unit.finish();
        let Some(change) = change else { return Ok(record) };
        self.cache.forget(&record.id);
        let (has_notices, has_work) = (!change.notices.is_empty(), has_work(&change));
        let tally = EntryTally::of(&change.entries);
        self.store.commit(change).await.inspect_err(|error| {
            if matches!(error, StoreError::Conflict) {
                self.metrics.conflicted();
            }
        })?;
        self.metrics.committed(&tally);
        if has_notices {
            self.streams.wake(&record.id);
        }
        if has_work {
            self.work.notify_one();
        }
        drop(lock);
        Ok(record)
    }

    /// What is stored under the idempotency key of a request.
    ///
    /// # Errors
    /// [`AccountError::KeyReused`] if the key was used with another body.
    pub async fn replay(&self, request: &RequestIdentity) -> Result<Replay, AccountError> {
        let Some(record) = self.store.idempotency_record(&request.scope).await? else {
            return Ok(Replay::New);
        };
        Ok(match (request.response_in(&record)?, record.purchase) {
            (Some(response), _) => Replay::Response(response),
            (None, Some(purchase)) => Replay::UnderWay { purchase },
            (None, None) => Replay::New,
        })
    }
}

fn has_work(change: &Change) -> bool {
    !change.chores.is_empty() || !change.checkouts.is_empty() || !change.subscriptions.is_empty()
}
