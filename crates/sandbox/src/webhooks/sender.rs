//! The task that delivers events, and waiting for its attempts.

use super::endpoint::Endpoint;
use crate::error_chain::error_chain;
use crate::records::api_version::ApiVersions;
use crate::records::delivery::{Delivery, DeliveryFaults};
use crate::records::endpoint;
use crate::store::{SharedStore, Store, WriteError};
use crate::stripe::older_versions;
use jiff::Timestamp;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

/// How long an endpoint may take to respond; Checkout waits as long before it sends the customer back.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers events to the endpoint; clones share everything.
#[derive(Debug, Clone)]
pub struct WebhookSender(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: SharedStore,
    http: reqwest::Client,
    endpoint: RwLock<Option<Endpoint>>,
    /// Held during a round of deliveries, so that rounds do not overtake each other.
    round: Mutex<()>,
    attempts: watch::Sender<u64>,
    shutdown: CancellationToken,
}

/// Which deliveries to attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Those whose next attempt is due.
    Due,
    /// All, without waiting for their back-off.
    All,
}

impl WebhookSender {
    /// A sender of the store's events, until `shutdown`.
    pub fn new(
        store: SharedStore,
        http: reqwest::Client,
        endpoint: Option<Endpoint>,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            http,
            endpoint: RwLock::new(endpoint),
            round: Mutex::new(()),
            attempts: watch::Sender::new(0),
            shutdown,
        }))
    }

    /// Where events are posted.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.0.endpoint.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Posts all further events to this endpoint.
    pub fn set_endpoint(&self, endpoint: Endpoint) -> Result<(), WriteError> {
        let url = endpoint.url.to_string();
        *self.0.endpoint.write().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
        self.0.store.change(|store| {
            endpoint::set_url(&mut store.records, Some(&url));
            Ok(())
        })
    }

    /// Delivers what is due, until the shutdown.
    pub async fn run(self) {
        let mut changes = self.0.store.changes();
        loop {
            changes.mark_unchanged();
            self.deliver(Selection::Due).await;
            let next = self.0.store.read(|store| {
                store.records.read_all::<Delivery>(Delivery::KIND).map(|(_, it)| it.due_at).min()
            });
            let wait = next.map_or(Duration::from_hours(1), |due| {
                Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default()
            });
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(wait) => {}
                () = self.0.shutdown.cancelled() => return,
            }
        }
    }

    /// Attempts each of the deliveries once, in order, and returns how many succeeded.
    pub async fn deliver(&self, selection: Selection) -> usize {
        let _round = self.0.round.lock().await;
        let mut succeeded = 0;
        for (id, delivery) in self.waiting(selection) {
            let accepted = tokio::select! {
                accepted = self.post(&delivery.event) => accepted,
                () = self.0.shutdown.cancelled() => return succeeded,
            };
            succeeded += usize::from(accepted);
            self.record_attempt(&id, delivery, accepted);
        }
        succeeded
    }

    fn waiting(&self, selection: Selection) -> Vec<(String, Delivery)> {
        let now = Timestamp::now();
        self.0.store.read(|store| {
            let all = store.records.read_all::<Delivery>(Delivery::KIND);
            let mut waiting: Vec<_> = all
                .filter(|(_, delivery)| selection == Selection::All || delivery.due_at <= now)
                .map(|(id, delivery)| (id.to_owned(), delivery))
                .collect();
            if DeliveryFaults::of(&store.records).reverse {
                waiting.reverse();
            }
            waiting
        })
    }

    fn record_attempt(&self, id: &str, delivery: Delivery, accepted: bool) {
        let event = delivery.event.clone();
        let next = if accepted { None } else { delivery.after_failure(Timestamp::now()) };
        let written: Result<(), WriteError> = self.0.store.change(|store| {
            match &next {
                Some(delivery) => store.records.write(Delivery::KIND, id, delivery),
                None => store.records.remove(Delivery::KIND, id),
            }
            Ok(())
        });
        if let Err(error) = written {
            let error = error_chain(&error);
            tracing::error!(
                error,
                event,
                "could not record a delivery attempt; the event is delivered again"
            );
        }
        self.0.attempts.send_modify(|count| *count += 1);
    }

    /// Posts the event and returns whether the endpoint accepted it.
    async fn post(&self, event: &str) -> bool {
        let Some(endpoint) = self.endpoint() else { return false };
        let body = self.0.store.read(|store| {
            let mut body = store.records.get("event", event).cloned()?;
            let version = ApiVersions::of(&store.records).of_endpoint();
            older_versions::render_event(store, &mut body, &version);
            Some(body)
        });
        let Some(body) = body else { return true };
        let (kind, body) = (body["type"].clone(), body.to_string().into_bytes());
        let signature = endpoint.signature(Timestamp::now(), &body);
        let response = self
            .0
            .http
            .post(endpoint.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("User-Agent", "Stripe/1.0 (tokenwell-sandbox)")
            .header("Stripe-Signature", signature)
            .timeout(RESPONSE_TIMEOUT)
            .body(body)
            .send()
            .await;
        match response {
            Ok(response) if response.status().is_success() => true,
            Ok(response) => {
                tracing::warn!(event, %kind, status = %response.status(), "the webhook endpoint refused an event; it is retried");
                false
            }
            Err(error) => {
                let error = error_chain(&error.without_url());
                tracing::warn!(event, %kind, error, "the webhook endpoint did not respond; the event is retried");
                false
            }
        }
    }

    /// Waits until every event that `selects` was delivered or at least attempted once, for `at_most`. Returns whether
    /// that happened.
    pub async fn attempted(&self, at_most: Duration, selects: impl Fn(&Store, &Delivery) -> bool) -> bool {
        let mut attempts = self.0.attempts.subscribe();
        let all_attempted = async {
            loop {
                attempts.mark_unchanged();
                let waiting = self.0.store.read(|store| {
                    let all = store.records.read_all::<Delivery>(Delivery::KIND);
                    all.filter(|(_, it)| it.attempts == 0).any(|(_, delivery)| selects(store, &delivery))
                });
                if !waiting || attempts.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = all_attempted => true,
            () = tokio::time::sleep(at_most) => false,
            () = self.0.shutdown.cancelled() => false,
        }
    }
}
