//! Wakes the event streams of an account when a change of it was committed: at once if this instance committed it. Changes
//! by other instances are found by one periodic query for all open streams. That works behind every connection pooler, and
//! adds no work to commits.

use crate::base::error_chain::Chain;
use crate::store::Store;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// The maximum number of open streams of an account on this instance: more devices than one person has.
const STREAMS_PER_ACCOUNT: usize = 20;
/// The pause between queries for changes by other instances.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// The streams that are open, by account.
#[derive(Debug, Default, Clone)]
pub struct StreamHub(Arc<Mutex<HashMap<String, watch::Sender<()>>>>);

/// Wakes one open stream.
#[derive(Debug)]
pub struct StreamAlarm {
    account: String,
    receiver: Option<watch::Receiver<()>>,
    hub: StreamHub,
}

impl StreamHub {
    /// Wakes every stream of an account.
    pub fn wake(&self, account: &str) {
        if let Some(sender) = self.lock().get(account) {
            sender.send_replace(());
        }
    }

    /// Wakes every stream, because the clock was set.
    pub fn wake_all(&self) {
        for sender in self.lock().values() {
            sender.send_replace(());
        }
    }

    /// The alarm of one more stream of an account; `None` if the account has the maximum number of streams.
    pub fn open(&self, account: &str) -> Option<StreamAlarm> {
        let mut senders = self.lock();
        let sender = senders.entry(account.to_owned()).or_default();
        let receiver = (sender.receiver_count() < STREAMS_PER_ACCOUNT).then(|| sender.subscribe())?;
        Some(StreamAlarm { account: account.to_owned(), receiver: Some(receiver), hub: self.clone() })
    }

    /// The accounts that have open streams.
    fn accounts(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamAlarm {
    /// Returns once the account was woken after the last call.
    pub async fn rung(&mut self) {
        match &mut self.receiver {
            // The sender is dropped only with the last alarm of its account.
            Some(receiver) => drop(receiver.changed().await),
            None => std::future::pending().await,
        }
    }
}

impl Drop for StreamAlarm {
    fn drop(&mut self) {
        self.receiver = None;
        let mut senders = self.hub.lock();
        if senders.get(&self.account).is_some_and(|sender| sender.receiver_count() == 0) {
            senders.remove(&self.account);
        }
    }
}

/// Wakes streams for changes by other instances, until the service stops.
pub async fn follow_other_instances(store: Arc<dyn Store>, hub: StreamHub, stopping: CancellationToken) {
    if !store.is_shared() {
        return;
    }
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut polls = tokio::time::interval(POLL_EVERY);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = polls.tick() => {}
        }
        let open = hub.accounts();
        if open.is_empty() {
            seen.clear();
            continue;
        }
        match store.last_notices(open).await {
            Ok(last) => {
                // A new stream is woken once, for changes that were committed while it opened.
                for (account, _) in last.iter().filter(|(account, seq)| seen.get(account) != Some(seq)) {
                    hub.wake(account);
                }
                seen = last.into_iter().collect();
            }
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "changes by other instances are pushed later");
            }
        }
    }
}
