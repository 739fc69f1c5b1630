//! Metrics of the calls to Stripe's API.

use super::error::StripeError;
use crate::base::metrics::{OutcomeLabel, seconds};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The metrics of every call.
#[derive(Debug, Clone)]
pub struct StripeMetrics {
    calls: Family<OutcomeLabel, Counter>,
    seconds: Histogram,
}

impl Default for StripeMetrics {
    fn default() -> Self {
        Self { calls: Family::default(), seconds: seconds() }
    }
}

impl StripeMetrics {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("stripe_calls", "Calls of Stripe's API, each attempt", self.calls.clone());
        registry.register("stripe_call_seconds", "Duration of the calls", self.seconds.clone());
    }

    /// Counts a call.
    pub fn called(&self, error: Option<&StripeError>, took: Duration) {
        let outcome = match error {
            None => "success",
            Some(StripeError::Outage(_)) => "outage",
            Some(StripeError::RateLimited { .. }) => "rate_limited",
            Some(StripeError::Authentication(_)) => "authentication",
            Some(StripeError::NotFound(_)) => "not_found",
            Some(StripeError::Card { .. } | StripeError::Request { .. } | StripeError::Unreadable(_)) => {
                "refused"
            }
        };
        self.calls.get_or_create(&OutcomeLabel { outcome }).inc();
        self.seconds.observe(took.as_secs_f64());
    }
}
