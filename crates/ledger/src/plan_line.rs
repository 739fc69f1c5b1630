//! Lines of paid invoices that bill or credit a plan (rules 5, 7, 11).

use crate::{Interval, LineId, PlanId, PlanTerms, SubscriptionId, Tokens, calendar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A paid invoice of a subscription: its lines that are of plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidInvoice {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Stripe's payment time.
    pub paid_at: Timestamp,
    /// The lines.
    pub lines: Vec<PaidLine>,
}

/// A line that bills or credits a plan for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidLine {
    /// The line. It counts once.
    pub id: LineId,
    /// The plan of its price.
    pub plan: PlanId,
    /// How often the price bills.
    pub interval: Interval,
    /// How many of the plan.
    pub quantity: u64,
    /// What the line does.
    pub kind: LineKind,
    /// When the time starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// What a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It bills a whole period, and starts a token period.
    Period,
    /// It bills the rest of a period after a change.
    Charge,
    /// It gives back the rest of a period after a change.
    Credit,
}

/// A line as the account keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) id: LineId,
    /// The terms of the plan, times the quantity.
    pub(crate) terms: PlanTerms,
    pub(crate) interval: Interval,
    pub(crate) kind: LineKind,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) paid_at: Timestamp,
    /// The anchor of its token periods. It is fixed when the first one begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) anchor: Option<Timestamp>,
    /// The number of its token periods that have begun.
    pub(crate) begun: i32,
    /// Whether it had its effect as a part of another line's token periods.
    pub(crate) settled: bool,
}

/// Sorts lines in the order in which they take effect.
pub(crate) type LineKey = (Timestamp, Timestamp, Tokens, LineId);

impl Line {
    pub(crate) fn new(line: &PaidLine, terms: PlanTerms, paid_at: Timestamp) -> Self {
        let PaidLine { id, interval, kind, start, end, .. } = line.clone();
        Self { id, terms, interval, kind, start, end, paid_at, anchor: None, begun: 0, settled: false }
    }

    pub(crate) fn key(&self) -> LineKey {
        (self.start, self.paid_at, self.terms.allowance, self.id.clone())
    }

    /// Whether its tokens count.
    pub(crate) fn counts(&self) -> bool {
        self.settled || self.begun > 0
    }

    /// Start and end of a token period that it starts. Those of a yearly line are months (rule 5). A monthly line has exactly
    /// one.
    pub(crate) fn token_period(&self, anchor: Timestamp, number: i32) -> (Timestamp, Timestamp) {
        match self.interval {
            Interval::Month => (self.start, self.end),
            Interval::Year => {
                let (anchor, first) = match calendar::renewal_number(anchor, self.start) {
                    Some(n) => (anchor, n),
                    None => (self.start, 0),
                };
                let end = calendar::renewal(anchor, first + number + 1);
                (calendar::renewal(anchor, first + number), end.min(self.end))
            }
        }
    }

    /// The seconds for which a token period grants the whole allowance. A charge that starts a token period can be for a part
    /// of a month.
    pub(crate) fn whole_seconds(&self, anchor: Timestamp, (start, end): (Timestamp, Timestamp)) -> i128 {
        let seconds = seconds(start, end);
        match (self.kind, self.interval) {
            (LineKind::Charge, Interval::Month) => {
                let (from, to) = calendar::month_of(anchor, start);
                seconds.max(self::seconds(from, to))
            }
            _ => seconds,
        }
    }
}

/// The seconds between two instants.
pub(crate) fn seconds(start: Timestamp, end: Timestamp) -> i128 {
    i128::from(end.as_second()) - i128::from(start.as_second())
}

/// The seconds that two times share.
pub(crate) fn shared_seconds(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> i128 {
    seconds(one.0.max(other.0), one.1.min(other.1)).max(0)
}
