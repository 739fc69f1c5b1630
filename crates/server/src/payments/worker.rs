//! The worker: takes due items, works them off, and sleeps until the next item is due. An item that fails does not delay
//! others. Instances of the service share the work: each leases items, and the leases of an instance that died expire.

use super::state::Payments;
use super::work_items::{Room, WorkItem, WorkKind};
use crate::base::error_chain::Chain;
use crate::store::{Lease, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The duration of a lease. If an item takes longer, another instance may take it as well: work is convergent.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// The maximum sleep: another instance may have enqueued work.
const LONGEST_SLEEP: SignedDuration = SignedDuration::from_secs(10);
/// How long change notices and the bodies of events that were worked off are stored.
const TIDY_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How often they are deleted.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// The worker's own state.
struct Worker {
    payments: Arc<Payments>,
    under_way: HashMap<String, WorkKind>,
    tasks: JoinSet<String>,
}

/// Works until the service stops, and then until the items under way are done.
pub async fn run_worker(payments: Arc<Payments>, stopping: CancellationToken) {
    let mut worker =
        Worker { payments: Arc::clone(&payments), under_way: HashMap::new(), tasks: JoinSet::new() };
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    // A checkout may have been paid while the service was stopped.
    if let Err(error) = payments.store.check_all_checkouts(Timestamp::now()).await {
        tracing::error!(error = %Chain(&error), "open checkouts are looked up later than they should be");
    }
    while !stopping.is_cancelled() {
        let sleep = match worker.start_due().await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the work that waits cannot be read");
                Duration::from_secs(5)
            }
        };
        tokio::select! {
            () = stopping.cancelled() => {}
            () = payments.work.notified() => {}
            () = payments.stripe.is_back() => payments.scans.at_once(Timestamp::now()),
            () = tokio::time::sleep(sleep) => {}
            Some(ended) = worker.tasks.join_next() => match ended {
                Ok(id) => drop(worker.under_way.remove::<String>(&id)),
                // A panic does not say which item it was, so every item may be taken again.
                Err(error) => {
                    tracing::error!(%error, "a piece of work broke off");
                    worker.under_way.clear();
                }
            },
            _ = tidy.tick() => {
                if let Err(error) = payments.store.tidy(Timestamp::now() - TIDY_AFTER).await {
                    tracing::error!(error = %Chain(&error), "what is no longer needed cannot be tidied away");
                }
            }
        }
    }
    while worker.tasks.join_next().await.is_some() {}
}

impl Worker {
    /// Starts the items that are due and not under way. Returns how long to sleep until the next item is due.
    async fn start_due(&mut self) -> Result<Duration, StoreError> {
        let now = Timestamp::now();
        let room = Room::beside(self.under_way.values().copied());
        for item in self.payments.take_due(lease(now), room).await? {
            let id = item.id();
            // An item that is still under way when its lease expires is taken again.
            if self.under_way.insert(id.clone(), item.kind()).is_none() {
                self.tasks.spawn(work(Arc::clone(&self.payments), item, id));
            }
        }
        if !self.tasks.is_empty() {
            // An item may become due before they end.
            return Ok(Duration::from_secs(1));
        }
        let scan = self.payments.scans.next();
        let due = self.payments.store.next_due().await?.map_or(scan, |due| due.min(scan));
        let sleep = due.duration_since(now).clamp(SignedDuration::from_millis(50), LONGEST_SLEEP);
        Ok(Duration::try_from(sleep).unwrap_or_default())
    }
}

async fn work(payments: Arc<Payments>, item: WorkItem, id: String) -> String {
    if let Err(error) = payments.work(item).await {
        tracing::error!(error = %Chain(&error), id, "how a piece of work went cannot be kept");
    }
    id
}

fn lease(now: Timestamp) -> Lease {
    Lease { now, until: now + LEASE }
}

impl Payments {
    /// Works off every chore that is due, each once.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn work_due_chores(&self) -> Result<(), StoreError> {
        for chore in self.store.take_chores(lease(Timestamp::now()), u32::MAX).await? {
            self.work(WorkItem::Chore(chore)).await?;
        }
        Ok(())
    }
}
