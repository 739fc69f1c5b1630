//! What the sandbox bills, and when.

use super::Pair;
use crate::naive::{Paid, Part, Plan, Year, months_after};

/// The naive model of a subscription at Stripe: what the sandbox bills, and when.
pub struct Billing {
    pub id: String,
    pub plan: Plan,
    pub next_plan: Option<Plan>,
    pub status: &'static str,
    /// The number of months that one invoice pays for: one or twelve.
    pub months: u64,
    pub anchor: u64,
    pub renewals: u64,
    pub cancelled: bool,
    /// The billed periods whose payment failed.
    pub unpaid: Vec<Paid>,
}

impl Billing {
    pub fn new(id: String, plan: Plan, months: u64, anchor: u64) -> Self {
        let (next_plan, status, renewals, cancelled, unpaid) = (None, "active", 0, false, Vec::new());
        Self { id, plan, next_plan, status, months, anchor, renewals, cancelled, unpaid }
    }

    /// The current period.
    pub fn period(&self) -> Paid {
        let [start, end] = [0, 1].map(|n| months_after(self.anchor, (self.renewals + n) * self.months));
        Paid { plan: self.plan, count: 1, start, end }
    }

    /// What a change at this hour credits: the rest of the current period.
    pub fn credit(&self, hour: u64) -> Part {
        let Paid { plan, count, start: of, end } = self.period();
        Part { sign: -1, plan, count, start: hour, end, of }
    }
}

impl Pair<'_> {
    /// Bills as Stripe does, if a period ends at this hour.
    pub(super) fn bill(&mut self, hour: u64) {
        let Some(billing) = self.billing.as_mut().filter(|billing| billing.period().end == hour) else {
            return;
        };
        if billing.cancelled {
            self.model.ends = Some(hour);
            self.billing = None;
            return;
        }
        billing.renewals += 1;
        billing.plan = billing.next_plan.take().unwrap_or(billing.plan);
        let period = billing.period();
        self.model.wanted = Some((billing.plan, 1));
        if billing.months == 12 {
            self.next_year = Some(Year { plan: billing.plan, count: 1, anchor: hour });
        } else if billing.status == "active" {
            self.model.ahead = Some(period);
        } else {
            billing.unpaid.push(period);
        }
    }
}
