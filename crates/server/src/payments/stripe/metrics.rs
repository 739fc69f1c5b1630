//! Metrics of the calls to Stripe's API.

use super::error::StripeError;
use super::permissions::UNNAMED;
use crate::base::metrics::{OutcomeLabel, seconds};
use prometheus_client::encoding::EncodeLabelSet;
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
    forbidden: Family<PermissionLabel, Counter>,
}

/// The label `permission`. Stripe names the permission, so there are as many as the service's calls need.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PermissionLabel {
    permission: String,
}

impl Default for StripeMetrics {
    fn default() -> Self {
        Self { calls: Family::default(), seconds: seconds(), forbidden: Family::default() }
    }
}

impl StripeMetrics {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("stripe_calls", "Calls of Stripe's API, each attempt", self.calls.clone());
        registry.register("stripe_call_seconds", "Duration of the calls", self.seconds.clone());
        registry.register(
            "stripe_forbidden",
            "Calls that Stripe refused because the key lacks a permission",
            self.forbidden.clone(),
        );
    }

    /// Counts a call.
    pub fn called(&self, error: Option<&StripeError>, took: Duration) {
        let outcome = match error {
            None => "success",
            Some(StripeError::Outage(_)) => "outage",
            Some(StripeError::RateLimited { .. }) => "rate_limited",
            Some(StripeError::Authentication(_)) => "authentication",
            Some(StripeError::Forbidden { permission, .. }) => {
                let permission = permission.as_deref().unwrap_or(UNNAMED).to_owned();
                self.forbidden.get_or_create(&PermissionLabel { permission }).inc();
                "forbidden"
            }
            Some(StripeError::NotFound(_)) => "not_found",
            Some(StripeError::Card { .. } | StripeError::Request { .. } | StripeError::Unreadable(_)) => {
                "refused"
            }
        };
        self.calls.get_or_create(&OutcomeLabel { outcome }).inc();
        self.seconds.observe(took.as_secs_f64());
    }
}
