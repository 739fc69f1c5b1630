//! The checks of the running service: at its start and daily, and more often while something is not fine.

use super::setup::Checks;
use crate::base::finding::LatestFindings;
use crate::payments::{Payments, PlanPrices};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The pause between checks.
const PAUSE: Duration = Duration::from_hours(24);
/// The pause while something is not fine, so that a correction is seen soon.
const PAUSE_WHILE_NOT_FINE: Duration = Duration::from_mins(10);
/// The pause between two readings of the prices of plans.
const PAUSE_OF_PRICES: Duration = Duration::from_hours(1);
/// The pause while apps show them.
const PAUSE_OF_SHOWN_PRICES: Duration = Duration::from_mins(1);

/// The checks of the running service.
pub struct RegularChecks {
    /// What is checked.
    pub checks: Arc<Checks>,
    /// Where findings go.
    pub findings: Arc<LatestFindings>,
    /// Where prices of plans go.
    pub payments: Arc<Payments>,
}

/// When something was done last.
#[derive(Default)]
struct Last {
    checked: Option<Instant>,
    logged: Option<Instant>,
    read_prices: Option<Instant>,
}

/// When something is due again.
fn due(last: Option<Instant>, pause: Duration) -> Instant {
    last.map_or_else(Instant::now, |last| last + pause)
}

fn is_due(last: Option<Instant>, pause: Duration) -> bool {
    due(last, pause) <= Instant::now()
}

impl RegularChecks {
    /// Checks until the service stops.
    pub async fn run(self, stopping: CancellationToken) {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = self.repeat() => {}
        }
    }

    async fn repeat(&self) {
        let mut last = Last::default();
        loop {
            if is_due(last.checked, self.pause()) {
                self.check(&mut last).await;
            } else if is_due(last.read_prices, PAUSE_OF_PRICES) {
                self.read_prices(&mut last).await;
            }
            let next = due(last.checked, self.pause()).min(due(last.read_prices, PAUSE_OF_PRICES));
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.payments.plan_prices_were_shown() => {
                    if is_due(last.read_prices, PAUSE_OF_SHOWN_PRICES) {
                        self.read_prices(&mut last).await;
                    }
                }
            }
        }
    }

    async fn read_prices(&self, last: &mut Last) {
        last.read_prices = Some(Instant::now());
        self.keep(self.checks.plan_prices().await);
    }

    fn pause(&self) -> Duration {
        let is_fine = self.findings.not_fine().is_empty() && self.payments.missing_permissions().is_empty();
        if is_fine { PAUSE } else { PAUSE_WHILE_NOT_FINE }
    }

    /// Checks everything. What is not fine is logged if it is new, and once a day.
    async fn check(&self, last: &mut Last) {
        let now = Some(Instant::now());
        (last.checked, last.read_prices) = (now, now);
        let found = self.checks.run().await;
        self.keep(found.prices);
        let are_new = self.findings.set(found.findings, Timestamp::now().as_second());
        if are_new || is_due(last.logged, PAUSE) {
            last.logged = now;
            for finding in self.findings.not_fine() {
                tracing::warn!(%finding, "the check found something");
            }
        }
    }

    fn keep(&self, prices: Option<PlanPrices>) {
        if let Some(prices) = prices {
            self.payments.set_plan_prices(prices);
        }
    }
}
