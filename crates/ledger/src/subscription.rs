//! Subscriptions as read from Stripe, and the token periods that their invoices paid for (rules 5, 7, 10 to 12).

use crate::interval::Interval;
use crate::{PlanId, PlanTerms, SubscriptionId, Tokens, calendar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The number of paid invoices that an account keeps per subscription: three years of months.
const INVOICES_KEPT: usize = 36;
/// The number of ended subscriptions that an account keeps.
pub(crate) const ENDED_KEPT: usize = 12;

/// Stripe's status of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names and their meaning are Stripe's")]
pub enum SubscriptionStatus {
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
    Incomplete,
    IncompleteExpired,
    Paused,
    /// A status that this version does not know. It is not entitled.
    #[serde(other)]
    Unknown,
}

impl SubscriptionStatus {
    /// Rule 12: `trialing`, `active` and `past_due` are entitled.
    pub fn is_entitled(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }
}

/// A subscription as it was read from Stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionSnapshot {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its status.
    pub status: SubscriptionStatus,
    /// The plan of its item's price.
    pub plan: PlanId,
    /// How often it is billed.
    pub interval: Interval,
    /// Stripe's `start_date`. Of two entitled subscriptions, the older one takes effect.
    pub started_at: Timestamp,
    /// Stripe's `billing_cycle_anchor`.
    pub anchor: Timestamp,
    /// Whether it ends with the paid period instead of renewing (rule 9).
    pub cancel_at_period_end: bool,
    /// When it is to end (rule 9). It can be any moment, and it can be set while `cancel_at_period_end` is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<Timestamp>,
    /// When it ended. An ended subscription never comes back.
    pub ended_at: Option<Timestamp>,
    /// When it was read from Stripe. All snapshots use the same clock, and an older one never replaces a newer one.
    pub seen_at: Timestamp,
}

/// A paid invoice of a subscription. It pays for one token period, or for twelve if billed yearly (rule 7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidPeriod {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The plan of the price that was paid.
    pub plan: PlanId,
    /// How often it is billed.
    pub interval: Interval,
    /// When the paid period starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Stripe's payment time.
    pub paid_at: Timestamp,
}

/// A subscription as the account keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    /// The last snapshot. `None` while only payments are known.
    pub(crate) snapshot: Option<SubscriptionSnapshot>,
    /// The terms of the snapshot's plan.
    pub(crate) terms: Option<PlanTerms>,
    /// The paid invoices, in the order in which they take effect.
    pub(crate) invoices: Vec<Invoice>,
    /// Invoices that start at or before this instant were forgotten after they had their effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forgotten: Option<Timestamp>,
}

/// A paid invoice, and the number of its token periods that were granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) terms: PlanTerms,
    pub(crate) interval: Interval,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) paid_at: Timestamp,
    /// The anchor of its token periods. It is fixed with the first grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) anchor: Option<Timestamp>,
    pub(crate) granted: i32,
}

/// A token period: the time that one allowance is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenPeriod {
    pub(crate) subscription: SubscriptionId,
    pub(crate) terms: PlanTerms,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// The invoice's sort key. Of two periods with the same start, the one of the later invoice is later.
    pub(crate) invoice: (Timestamp, Timestamp, Tokens),
}

/// A token period that is paid for but not granted yet.
#[derive(Debug)]
pub(crate) struct DuePeriod {
    /// The earliest time at which it can be granted.
    pub(crate) due: Timestamp,
    /// When it takes effect: at its start, or when it was paid if that is later.
    pub(crate) effective: Timestamp,
    /// The index of its invoice in the subscription.
    pub(crate) invoice: usize,
    pub(crate) period: TokenPeriod,
}

impl TokenPeriod {
    /// Whether it comes before another period of the subscription.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        (self.start, self.invoice) < (other.start, other.invoice)
    }

    /// The reference of its entries.
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.subscription, self.start)
    }
}

impl Invoice {
    /// Sorts invoices in the order in which they take effect.
    fn sort_key(&self) -> (Timestamp, Timestamp, Tokens) {
        (self.start, self.paid_at, self.terms.allowance)
    }

    /// Start and end of a token period. Those of a yearly invoice are months (rule 5). A monthly invoice has exactly one.
    fn token_period(&self, anchor: Timestamp, index: i32) -> (Timestamp, Timestamp) {
        match self.interval {
            Interval::Month => (self.start, self.end),
            Interval::Year => {
                let (anchor, first) = match calendar::renewal_number(anchor, self.start) {
                    Some(n) => (anchor, n),
                    None => (self.start, 0),
                };
                let end = calendar::renewal(anchor, first + index + 1);
                (calendar::renewal(anchor, first + index), end.min(self.end))
            }
        }
    }
}

impl Subscription {
    pub(crate) fn new(id: SubscriptionId) -> Self {
        Self { id, snapshot: None, terms: None, invoices: Vec::new(), forgotten: None }
    }

    /// When it ended.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().and_then(|snapshot| snapshot.ended_at)
    }

    /// Whether it is to end, by a date or with the paid period (rule 9).
    pub(crate) fn is_ending(&self) -> bool {
        let snapshot = self.snapshot.as_ref();
        snapshot.is_some_and(|snapshot| snapshot.cancel_at_period_end || snapshot.cancel_at.is_some())
    }

    /// Whether it is to end by this moment. A date that is further away lets it renew until then.
    pub(crate) fn is_ending_by(&self, moment: Timestamp) -> bool {
        let date = self.snapshot.as_ref().and_then(|snapshot| snapshot.cancel_at);
        self.is_ending() && date.is_none_or(|date| date <= moment)
    }

    /// Whether it entitles the account (rules 10, 12).
    pub(crate) fn is_entitled(&self) -> bool {
        self.snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.ended_at.is_none() && snapshot.status.is_entitled())
    }

    /// Records a snapshot, unless a newer one is known or the subscription has ended.
    pub(crate) fn note_snapshot(&mut self, mut seen: SubscriptionSnapshot, terms: Option<PlanTerms>) {
        if seen.status == SubscriptionStatus::Canceled && seen.ended_at.is_none() {
            seen.ended_at = Some(seen.seen_at);
        }
        let newer = self.snapshot.as_ref().is_none_or(|known| match (known.ended_at, seen.ended_at) {
            (Some(_), None) => false,
            (None, Some(_)) => true,
            _ => known.seen_at <= seen.seen_at,
        });
        if newer {
            self.snapshot = Some(seen);
            self.terms = terms.or(self.terms.take());
        }
    }

    /// Records a paid invoice. Repeated events about the same invoice change nothing.
    pub(crate) fn note_paid(&mut self, paid: &PaidPeriod, terms: PlanTerms) {
        let known =
            self.invoices.iter().any(|known| known.start == paid.start && known.terms.id == paid.plan);
        if known || self.forgotten.is_some_and(|forgotten| paid.start <= forgotten) {
            return;
        }
        self.invoices.push(Invoice {
            terms,
            interval: paid.interval,
            start: paid.start,
            end: paid.end,
            paid_at: paid.paid_at,
            anchor: None,
            granted: 0,
        });
        self.invoices.sort_by_key(Invoice::sort_key);
        if self.invoices.len() > INVOICES_KEPT {
            self.forgotten = Some(self.invoices.remove(0).start);
        }
    }

    /// The next token period to take effect among those that are paid for but not granted yet.
    ///
    /// Rule 7: a period that is paid late takes effect when it is paid. A period that is paid ahead waits until its start,
    /// but the very first one is granted at once.
    pub(crate) fn next_period(&self) -> Option<DuePeriod> {
        let is_first = self.forgotten.is_none() && self.invoices.iter().all(|invoice| invoice.granted == 0);
        (0..self.invoices.len())
            .filter_map(|invoice| {
                let period = self.next_period_of(invoice)?;
                let due = if is_first { Timestamp::MIN } else { period.start };
                let effective = period.start.max(self.invoices[invoice].paid_at);
                Some(DuePeriod { due, effective, invoice, period })
            })
            .min_by_key(|due| (due.effective, due.period.start, due.invoice))
    }

    /// The last token period that was granted.
    pub(crate) fn last_period(&self) -> Option<TokenPeriod> {
        let granted = |index: &usize| self.invoices[*index].granted > 0;
        let period = |index: usize| self.period_of(index, self.invoices[index].granted - 1);
        (0..self.invoices.len())
            .filter(granted)
            .map(period)
            .max_by_key(|period| (period.start, period.invoice))
    }

    /// Whether a token period that starts at or after `start` is paid for but not granted yet.
    pub(crate) fn has_period_from(&self, start: Timestamp) -> bool {
        (0..self.invoices.len())
            .filter_map(|invoice| self.next_period_of(invoice))
            .any(|period| period.start >= start)
    }

    /// When it started. `None` until it was read from Stripe.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().map(|snapshot| snapshot.started_at)
    }

    /// When it was last read from Stripe.
    pub(crate) fn seen_at(&self) -> Option<Timestamp> {
        self.snapshot.as_ref().map(|snapshot| snapshot.seen_at)
    }

    /// The next token period of an invoice. `None` if all were granted, or if a later invoice starts before it (an
    /// upgrade, rule 11).
    fn next_period_of(&self, index: usize) -> Option<TokenPeriod> {
        let invoice = &self.invoices[index];
        let period = self.period_of(index, invoice.granted);
        let next_invoice = self.invoices.get(index + 1).map_or(Timestamp::MAX, |next| next.start);
        let paid_for = match (invoice.interval, invoice.granted) {
            (_, 0) => true,
            (Interval::Month, _) => false,
            (Interval::Year, _) => period.start < invoice.end && period.start < next_invoice,
        };
        paid_for.then_some(period)
    }

    fn period_of(&self, index: usize, number: i32) -> TokenPeriod {
        let invoice = &self.invoices[index];
        let (start, end) = invoice.token_period(self.anchor_of(index), number);
        TokenPeriod {
            subscription: self.id.clone(),
            terms: invoice.terms.clone(),
            start,
            end,
            invoice: invoice.sort_key(),
        }
    }

    /// Marks the next token period of an invoice as granted.
    pub(crate) fn grant_next_of(&mut self, index: usize) {
        let anchor = self.anchor_of(index);
        let invoice = &mut self.invoices[index];
        invoice.anchor = Some(anchor);
        invoice.granted += 1;
    }

    fn anchor_of(&self, index: usize) -> Timestamp {
        let invoice = &self.invoices[index];
        let known = self.snapshot.as_ref().map_or(invoice.start, |snapshot| snapshot.anchor);
        invoice.anchor.unwrap_or(known)
    }
}

/// A subscription as the account shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    /// The subscription.
    pub id: SubscriptionId,
    /// Stripe's status.
    pub status: SubscriptionStatus,
    /// The plan that was subscribed to, also after the subscription ended.
    pub plan: PlanId,
    /// How often it is billed.
    pub interval: Interval,
    /// When the next token period starts. `None` if none will.
    pub renews_at: Option<Timestamp>,
    /// Whether it is to end instead of renewing for ever.
    pub is_ending: bool,
    /// When it is to end. `None` if it is not, or if the end is not known yet.
    pub ends_at: Option<Timestamp>,
    /// When the paid period ends. `None` if the subscription is not in effect.
    pub paid_until: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The number of paid invoices that the account keeps.
    pub paid_periods: usize,
}
