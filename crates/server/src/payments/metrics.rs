//! Metrics of payments. `docs/operating.md` says what each means.

use super::stripe::StripeMetrics;
use crate::base::metrics::OutcomeLabel;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The metrics of payments.
#[derive(Debug)]
pub struct PaymentMetrics {
    /// Calls of Stripe's API.
    pub stripe: StripeMetrics,
    events_worked: Family<OutcomeLabel, Counter>,
    events_found: Counter,
    scanned_at: Gauge,
    unknown_values: Family<UnknownValue, Counter>,
    /// Work that requests without a valid credential caused: bytes of webhooks that were hashed.
    hashed_for_strangers: Counter,
    /// Work that requests without a valid credential caused: look-ups at Stripe for visitors of return pages.
    looked_up_for_strangers: Counter,
}

/// What Stripe says and this version cannot place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnknownValue {
    what: &'static str,
}

impl PaymentMetrics {
    /// Registers the metrics.
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            stripe: StripeMetrics::default(),
            events_worked: Family::default(),
            events_found: Counter::default(),
            scanned_at: Gauge::default(),
            unknown_values: Family::default(),
            hashed_for_strangers: Counter::default(),
            looked_up_for_strangers: Counter::default(),
        };
        registry.register(
            "stripe_events_worked",
            "Attempts to work an event off, by outcome",
            metrics.events_worked.clone(),
        );
        registry.register(
            "stripe_events_found",
            "Events found in Stripe's list that were not delivered",
            metrics.events_found.clone(),
        );
        registry.register(
            "stripe_walked_timestamp_seconds",
            "Time of the last complete event scan",
            metrics.scanned_at.clone(),
        );
        registry.register(
            "stripe_unknown_values",
            "What Stripe says and this version cannot place, by what it is",
            metrics.unknown_values.clone(),
        );
        registry.register(
            "strangers_hashed_bytes",
            "Bytes of webhooks that were hashed to check their signatures",
            metrics.hashed_for_strangers.clone(),
        );
        registry.register(
            "strangers_look_ups",
            "Look-ups at Stripe for visitors of return pages",
            metrics.looked_up_for_strangers.clone(),
        );
        metrics.stripe.register(registry);
        metrics
    }

    /// Counts an attempt to work an event off: `done`, `failed` or `set_aside`.
    pub fn event_worked(&self, outcome: &'static str) {
        self.events_worked.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// Counts something that Stripe says and this version cannot place, such as a `dispute_status`.
    pub fn unclear(&self, what: &'static str) {
        self.unknown_values.get_or_create(&UnknownValue { what }).inc();
    }

    /// Counts the bytes of a webhook that are hashed.
    pub fn hashed(&self, bytes: usize) {
        self.hashed_for_strangers.inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Counts a look-up for a visitor of a return page.
    pub fn looked_up_for_a_visitor(&self) {
        self.looked_up_for_strangers.inc();
    }

    /// Notes that an event scan reached the end of Stripe's list, and how many events it found.
    pub fn events_scanned(&self, found: u32, at: Timestamp) {
        self.events_found.inc_by(u64::from(found));
        self.scanned_at.set(at.as_second());
    }
}
