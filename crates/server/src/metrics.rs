//! Figures for Prometheus. What each of them means, and what to be woken for, is in `docs/operating.md`.

use crate::App;
use crate::store::{EntryRecord, Inbox, Store};
use crate::stripe::StripeError;
use axum::http::Method;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The media type of what [`Metrics::render`] gives.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of how long something takes, in seconds: from what this machine does to what Stripe may take.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// A histogram of how long something takes.
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLane {
    lane: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: String,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    turned_away: Family<Why, Counter>,
    under_way: Family<OfLane, Gauge>,
    places: Family<OfLane, Gauge>,
    streams: Gauge,
    connections: Gauge,
    connections_max: Gauge,
    database_up: Gauge,
    events: Family<OfState, Gauge>,
    oldest_event: Gauge,
    events_worked: Family<OfOutcome, Counter>,
    events_found: Counter,
    walked: Gauge,
    entries: Family<OfKind, Counter>,
    tokens: Family<OfKind, Counter>,
    refusals: Family<OfKind, Counter>,
    /// Changes that were decided anew because another came first.
    pub conflicts: Counter,
    /// Calls of Stripe's API.
    pub stripe: StripeFigures,
}

impl Metrics {
    /// Nothing counted yet. The store adds what it counts itself.
    pub fn new(store: &dyn Store) -> Self {
        let mut registry = Registry::with_prefix("tokenwell");
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "Which program this is", Info::new(version));
        store.register(&mut registry);
        let metrics = Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            turned_away: Family::default(),
            under_way: Family::default(),
            places: Family::default(),
            streams: Gauge::default(),
            connections: Gauge::default(),
            connections_max: Gauge::default(),
            database_up: Gauge::default(),
            events: Family::default(),
            oldest_event: Gauge::default(),
            events_worked: Family::default(),
            events_found: Counter::default(),
            walked: Gauge::default(),
            entries: Family::default(),
            tokens: Family::default(),
            refusals: Family::default(),
            conflicts: Counter::default(),
            stripe: StripeFigures::default(),
            registry,
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("requests", "Requests answered", self.requests.clone());
        registry.register("request_seconds", "Time until the answer began", self.request_seconds.clone());
        registry.register(
            "turned_away",
            "Requests told to come back, by the lane that was full or the limit that was reached",
            self.turned_away.clone(),
        );
        registry.register("requests_under_way", "Requests that are being answered", self.under_way.clone());
        registry.register("requests_max", "How many of them there may be", self.places.clone());
        registry.register("streams_open", "Event streams that are open", self.streams.clone());
        registry.register("connections_open", "Connections that are open", self.connections.clone());
        registry.register("connections_max", "How many there may be", self.connections_max.clone());
        registry.register("database_up", "Whether the database answered just now", self.database_up.clone());
        registry.register("stripe_events", "Events of Stripe that are not worked off", self.events.clone());
        registry.register(
            "stripe_events_oldest_seconds",
            "How long the oldest of those that wait has waited",
            self.oldest_event.clone(),
        );
        registry.register(
            "stripe_events_worked",
            "Tries at working an event off, by how they went",
            self.events_worked.clone(),
        );
        registry.register(
            "stripe_events_found",
            "Events found in Stripe's list that were not delivered",
            self.events_found.clone(),
        );
        registry.register(
            "stripe_walked_timestamp_seconds",
            "When Stripe's list of events was last walked to its end",
            self.walked.clone(),
        );
        registry.register("ledger_entries", "Entries written to the ledger", self.entries.clone());
        registry.register("ledger_tokens", "Tokens that they moved", self.tokens.clone());
        registry.register("ledger_refusals", "What the rules refused", self.refusals.clone());
        registry.register(
            "ledger_conflicts",
            "Changes decided anew because another came first",
            self.conflicts.clone(),
        );
        registry.register("stripe_calls", "Calls of Stripe's API, each try", self.stripe.calls.clone());
        registry.register("stripe_call_seconds", "How long they took", self.stripe.seconds.clone());
        self
    }

    /// A request was answered. It is counted by its route, never by its path: ids would make endless series.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = known(method);
        self.requests.get_or_create(&Answered { method, route: route.to_owned(), status }).inc();
        let of = OfRoute { method, route: route.to_owned() };
        self.request_seconds.get_or_create(&of).observe(took.as_secs_f64());
    }

    /// A request was told to come back.
    pub fn turned_away(&self, why: &'static str) {
        self.turned_away.get_or_create(&Why { why }).inc();
    }

    /// Entries were written to the ledger.
    pub fn written(&self, entries: &[(String, u64)]) {
        for (kind, tokens) in entries {
            let of = OfKind { kind: kind.clone() };
            self.entries.get_or_create(&of).inc();
            self.tokens.get_or_create(&of).inc_by(*tokens);
        }
    }

    /// The rules refused something; `code` is the problem's.
    pub fn refused(&self, code: &str) {
        self.refusals.get_or_create(&OfKind { kind: code.to_owned() }).inc();
    }

    /// An event of Stripe was tried.
    pub fn event_worked(&self, outcome: &'static str) {
        self.events_worked.get_or_create(&OfOutcome { outcome }).inc();
    }

    /// Stripe's list of events was walked to its end.
    pub fn events_walked(&self, found: u32, at: Timestamp) {
        self.events_found.inc_by(u64::from(found));
        self.walked.set(at.as_second());
    }

    /// All figures as text. While the database does not answer, those that are kept there are what they were.
    pub fn render(&self, app: &App, inbox: Option<&Inbox>, now: Timestamp) -> String {
        for (lane, places) in app.admission.lanes() {
            self.under_way.get_or_create(&OfLane { lane }).set(whole(places.taken()));
            self.places.get_or_create(&OfLane { lane }).set(whole(places.size()));
        }
        self.streams.set(whole(app.admission.streams.taken()));
        self.connections.set(whole(app.admission.connections.taken()));
        self.connections_max.set(whole(app.admission.connections.size()));
        self.database_up.set(i64::from(inbox.is_some()));
        if let Some(inbox) = inbox {
            let of = |state| self.events.get_or_create_owned(&OfState { state });
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

/// What an entry adds to the figures: its kind and how many tokens it moved.
pub fn tally(entries: &[EntryRecord]) -> Vec<(String, u64)> {
    entries.iter().map(|entry| (entry.kind.name().to_owned(), entry.amount.unsigned_abs())).collect()
}

fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Anybody can send a method that nobody knows.
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

/// Figures of the calls of Stripe's API.
#[derive(Debug, Clone)]
pub struct StripeFigures {
    calls: Family<OfOutcome, Counter>,
    seconds: Histogram,
}

impl Default for StripeFigures {
    fn default() -> Self {
        Self { calls: Family::default(), seconds: seconds() }
    }
}

impl StripeFigures {
    /// A call came to an answer, or to none.
    pub fn called(&self, error: Option<&StripeError>, took: Duration) {
        let outcome = match error {
            None => "success",
            Some(StripeError::Outage(_)) => "outage",
            Some(StripeError::RateLimited { .. }) => "rate_limited",
            Some(StripeError::Authentication(_)) => "authentication",
            Some(StripeError::NotFound(_)) => "not_found",
            Some(StripeError::Card { .. } | StripeError::Request { .. }) => "refused",
        };
        self.calls.get_or_create(&OfOutcome { outcome }).inc();
        self.seconds.observe(took.as_secs_f64());
    }
}

/// Every figure of `/metrics` has to be explained in `docs/operating.md`.
#[cfg(test)]
#[track_caller]
pub fn on_the_page(text: &str, count: usize) {
    let page = include_str!("../../../docs/operating.md");
    let figures: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    assert_eq!(figures.len(), count, "{text}");
    for (name, kind) in figures {
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        assert!(page.contains(&format!("`{name}{suffix}`")), "{name}{suffix} is not on the page");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn every_figure_is_on_the_operators_page() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("service.sqlite")).unwrap();
        let metrics = Metrics::new(&store);
        metrics.answered(&Method::GET, "/healthz", 200, Duration::ZERO);
        metrics.turned_away("users");
        metrics.written(&[("spend".to_owned(), 1)]);
        metrics.refused("insufficient_tokens");
        metrics.event_worked("done");
        metrics.stripe.called(None, Duration::ZERO);
        metrics.under_way.get_or_create(&OfLane { lane: "users" }).set(1);
        metrics.places.get_or_create(&OfLane { lane: "users" }).set(1);
        metrics.events.get_or_create(&OfState { state: "waiting" }).set(1);
        let mut text = String::new();
        encode(&mut text, &metrics.registry).unwrap();
        on_the_page(&text, 24);
        store.close().await;
    }
}
