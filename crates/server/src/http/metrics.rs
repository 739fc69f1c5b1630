//! Metrics of HTTP, and the page with all metrics. `docs/operating.md` says what each means.

use super::admission::Admission;
use crate::base::metrics::seconds;
use crate::store::Inbox;
use axum::http::Method;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The media type of the page.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneLabel {
    lane: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

/// The metrics of HTTP, and the registry with every metric of the service.
pub struct HttpMetrics {
    registry: Registry,
    requests: Family<ResponseLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    turned_away: Family<ReasonLabel, Counter>,
    under_way: Family<LaneLabel, Gauge>,
    permits: Family<LaneLabel, Gauge>,
    streams: Gauge,
    connections: Gauge,
    connections_max: Gauge,
    database_up: Gauge,
    events: Family<StateLabel, Gauge>,
    oldest_event: Gauge,
}

impl HttpMetrics {
    /// Registers the metrics. The registry already has those of the other layers.
    pub fn new(registry: Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            turned_away: Family::default(),
            under_way: Family::default(),
            permits: Family::default(),
            streams: Gauge::default(),
            connections: Gauge::default(),
            connections_max: Gauge::default(),
            database_up: Gauge::default(),
            events: Family::default(),
            oldest_event: Gauge::default(),
            registry,
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("requests", "Responses sent", self.requests.clone());
        registry.register("request_seconds", "Time until the response began", self.request_seconds.clone());
        registry.register(
            "turned_away",
            "Requests refused with Retry-After, by the full lane or the reached limit",
            self.turned_away.clone(),
        );
        registry.register("requests_under_way", "Requests under way", self.under_way.clone());
        registry.register("requests_max", "Permits of the lane", self.permits.clone());
        registry.register("streams_open", "Event streams that are open", self.streams.clone());
        registry.register("connections_open", "Connections that are open", self.connections.clone());
        registry.register("connections_max", "Permits of connections", self.connections_max.clone());
        registry.register(
            "database_up",
            "Whether the last query of the database succeeded",
            self.database_up.clone(),
        );
        registry.register("stripe_events", "Events of Stripe that are not worked off", self.events.clone());
        registry.register(
            "stripe_events_oldest_seconds",
            "Age of the oldest waiting event",
            self.oldest_event.clone(),
        );
        self
    }

    /// Counts a response, by its route. A path contains ids, so it would create an unbounded number of series.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = known(method);
        self.requests.get_or_create(&ResponseLabels { method, route: route.to_owned(), status }).inc();
        let labels = RouteLabels { method, route: route.to_owned() };
        self.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a request that was refused with `Retry-After`.
    pub fn turned_away(&self, why: &'static str) {
        self.turned_away.get_or_create(&ReasonLabel { why }).inc();
    }

    /// Every metric as text. Without an inbox, because the database cannot be reached, its metrics are not updated.
    pub fn render(&self, admission: &Admission, inbox: Option<&Inbox>, now: Timestamp) -> String {
        for (lane, permits) in admission.lanes() {
            self.under_way.get_or_create(&LaneLabel { lane }).set(whole(permits.taken()));
            self.permits.get_or_create(&LaneLabel { lane }).set(whole(permits.size()));
        }
        self.streams.set(whole(admission.streams.taken()));
        self.connections.set(whole(admission.connections.taken()));
        self.connections_max.set(whole(admission.connections.size()));
        self.database_up.set(i64::from(inbox.is_some()));
        if let Some(inbox) = inbox {
            let of = |state| self.events.get_or_create_owned(&StateLabel { state });
            of("waiting").set(whole(inbox.waiting));
            of("set_aside").set(whole(inbox.set_aside));
            self.oldest_event
                .set(inbox.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0)));
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// The label of a method. Callers can send any method, so unknown ones share a label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::*;
    use crate::accounts::AccountMetrics;
    use crate::base::finding::LatestFindings;
    use crate::base::metrics::{on_the_page, registry};
    use crate::payments::{PaymentMetrics, StripeError};
    use crate::store::{SqliteStore, Store};

    #[tokio::test]
    async fn every_metric_is_on_the_operators_page() {
        let folder = tempfile::tempdir().unwrap();
        let store: Box<dyn Store> =
            Box::new(SqliteStore::open(&folder.path().join("service.sqlite")).unwrap());
        let mut registry = registry();
        store.register(&mut registry);
        let accounts = AccountMetrics::new(&mut registry);
        let payments = PaymentMetrics::new(&mut registry);
        let findings = LatestFindings::new(&mut registry);
        let http = HttpMetrics::new(registry);
        accounts.entry_committed("spend", 1);
        accounts.refused("insufficient_tokens");
        payments.event_worked("done");
        payments.stripe.called(None, Duration::ZERO);
        let forbidden = StripeError::Forbidden { permission: None, message: String::new() };
        payments.stripe.called(Some(&forbidden), Duration::ZERO);
        findings.set(Vec::new(), 0);
        http.answered(&Method::GET, "/healthz", 200, Duration::ZERO);
        http.turned_away("users");
        let inbox = store.inbox().await.unwrap();
        let text = http.render(&Admission::new(&Limits::default()), Some(&inbox), Timestamp::now());
        on_the_page(&text, 29);
        store.close().await;
    }
}
