//! Wakes the event streams of an account when something of it was committed; nothing polls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

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

    /// An alarm for one more stream of an account.
    pub fn alarm(&self, account: &str) -> Alarm {
        let receiver = self.lock().entry(account.to_owned()).or_default().subscribe();
        Alarm { account: account.to_owned(), receiver: Some(receiver), streams: self.clone() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
