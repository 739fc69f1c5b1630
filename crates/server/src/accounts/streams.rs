//! Wakes the event streams of an account when something of it was committed: at once if this instance did it. What other
//! instances committed is looked for as long as streams are open, with one query for all of them: that works behind any
//! pooler, and costs the writers nothing.

use crate::App;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// The streams that are open, by account.
#[derive(Debug, Default, Clone)]
pub struct Streams(Arc<Mutex<HashMap<String, watch::Sender<()>>>>);

/// One open stream's alarm clock.
#[derive(Debug)]
pub struct Alarm {
    account: String,
    receiver: Option<watch::Receiver<()>>,
    streams: Streams,
}

impl Streams {
    /// Wakes every stream of an account.
    pub fn wake(&self, account: &str) {
        if let Some(sender) = self.lock().get(account) {
            sender.send_replace(());
        }
    }

    /// Wakes every stream: time was moved.
    pub fn wake_all(&self) {
        for sender in self.lock().values() {
            sender.send_replace(());
        }
    }

    /// An alarm for one more stream of an account; `None` if it has as many as it may.
    pub fn alarm(&self, account: &str) -> Option<Alarm> {
        let mut senders = self.lock();
        let sender = senders.entry(account.to_owned()).or_default();
        let receiver = (sender.receiver_count() < STREAMS_OF_AN_ACCOUNT).then(|| sender.subscribe())?;
        Some(Alarm { account: account.to_owned(), receiver: Some(receiver), streams: self.clone() })
    }

    /// The accounts that have streams.
    fn open(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many streams an account may have open on this instance: more devices than one person has.
const STREAMS_OF_AN_ACCOUNT: usize = 20;
/// How often it is looked for what other instances committed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Wakes streams for what other instances committed, until the service stops.
pub async fn follow(app: Arc<App>) {
    if !app.store.is_shared() {
        return;
    }
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = looks.tick() => {}
        }
        let open = app.streams.open();
        if open.is_empty() {
            seen.clear();
            continue;
        }
        match app.store.last_notices(open).await {
            Ok(places) => {
                // A stream that is new here looks once more, for what came while it opened.
                for (account, _) in places.iter().filter(|(account, place)| seen.get(account) != Some(place))
                {
                    app.streams.wake(account);
                }
                seen = places.into_iter().collect();
            }
            Err(error) => tracing::warn!(%error, "what other instances committed is told later"),
        }
    }
}

impl Alarm {
    /// Returns when the account was woken since this was last called.
    pub async fn rung(&mut self) {
        match &mut self.receiver {
            // The sender is dropped only with the last alarm of its account.
            Some(receiver) => drop(receiver.changed().await),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.receiver = None;
        let mut senders = self.streams.lock();
        if senders.get(&self.account).is_some_and(|sender| sender.receiver_count() == 0) {
            senders.remove(&self.account);
        }
    }
}
