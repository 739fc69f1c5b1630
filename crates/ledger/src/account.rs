//! What decisions need to know of an account. Its history is in the entries, not here.

use crate::catalogue::Catalogue;
use crate::draft::Draft;
use crate::subscription::{Subscription, TokenPeriod};
use crate::{
    AccountId, Bucket, Entry, Hold, HoldId, Lot, LotId, PlanId, PlanTerms, Standing, SubscriptionId,
    SubscriptionView, Tokens, calendar,
};
use crate::{DisputeState, LotState};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// An account as the rules see it.
///
/// A plain value for the store to keep as JSON. It does not grow with spends, days or renewals; it grows with purchases
/// (see [`Lot`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) version: u64,
    /// When the last entry took effect.
    pub(crate) latest: Timestamp,
    pub(crate) fast: Tokens,
    pub(crate) rollover: Tokens,
    /// Every lot, in spend order (rule 2).
    pub(crate) lots: Vec<Lot>,
    /// Open holds.
    pub(crate) holds: Vec<Hold>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// The subscription in effect; without one the account is on the free plan and not entitled.
    pub(crate) current: Option<SubscriptionId>,
    /// The token period of the current subscription that the fast tokens are of.
    pub(crate) period: Option<TokenPeriod>,
    /// Counts the stretches between two changes of entitlement.
    pub(crate) stretch: u32,
    /// Counts fast periods, daily ones included.
    pub(crate) fast_period: u32,
    /// The last UTC day whose free tokens were given (rule 8).
    pub(crate) free_day: Date,
    /// What the account shows, as in the last entry.
    pub(crate) standing: Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_at: Option<Timestamp>,
}

impl Account {
    /// Opens an account: on the free plan, with the day's tokens (rule 8).
    #[must_use]
    pub fn open(id: AccountId, catalogue: &Catalogue, now: Timestamp) -> (Self, Vec<Entry>) {
        let PlanTerms { id: plan, allowance, cap } = catalogue.free_plan().terms();
        let account = Self {
            id,
            version: 0,
            latest: now,
            fast: Tokens::ZERO,
            rollover: Tokens::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            subscriptions: Vec::new(),
            current: None,
            period: None,
            stretch: 0,
            fast_period: 0,
            free_day: calendar::day(now),
            standing: Standing {
                plan,
                entitled: false,
                allowance,
                cap,
                renews_at: None,
                frozen: Tokens::ZERO,
                dispute_open: false,
            },
            deleted_at: None,
        };
        let mut draft = Draft::new(account, catalogue);
        draft.change(now, Draft::give_day);
        (draft.account, draft.entries)
    }

    /// The account's id.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// Grows by one with every decision that changes what the balance shows.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the last entry took effect.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// When it was deleted, if it was (rule 18).
    pub fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Whether it can use and buy top-up tokens: one of its subscriptions is entitled (rules 10, 12).
    ///
    /// As of the last command; a [`Command::CatchUp`](crate::Command::CatchUp) makes it of now, as do all that follow.
    pub fn is_entitled(&self) -> bool {
        self.current.is_some()
    }

    /// The plan in effect, `free` without an entitled subscription.
    pub fn plan(&self) -> &PlanId {
        &self.standing.plan
    }

    /// The current subscription, or the last one that there was.
    pub fn subscription(&self) -> Option<SubscriptionView> {
        let known = || self.subscriptions.iter().filter(|subscription| subscription.snapshot.is_some());
        let last = || known().max_by_key(|subscription| (subscription.ended_at(), subscription.seen_at()));
        self.view_of(self.current_subscription().or_else(last)?)
    }

    /// One of its subscriptions, current or not.
    pub fn subscription_of(&self, id: &SubscriptionId) -> Option<SubscriptionView> {
        self.view_of(self.subscriptions.iter().find(|subscription| subscription.id == *id)?)
    }

    fn view_of(&self, subscription: &Subscription) -> Option<SubscriptionView> {
        let snapshot = subscription.snapshot.as_ref()?;
        let is_current = self.current.as_ref() == Some(&subscription.id);
        Some(SubscriptionView {
            id: subscription.id.clone(),
            status: snapshot.status,
            plan: snapshot.plan.clone(),
            interval: snapshot.interval,
            renews_at: self.standing.renews_at.filter(|_| is_current),
            cancel_at_period_end: snapshot.cancel_at_period_end,
            // Of two paid periods that overlap, as after an upgrade, the later one is in effect.
            paid_until: subscription.invoices.last().map(|invoice| invoice.end).filter(|_| is_current),
            ended_at: snapshot.ended_at,
            paid_periods: subscription.invoices.len(),
        })
    }

    /// Every subscription that has not ended as far as is known: what must be cancelled when the account is deleted.
    pub fn live_subscriptions(&self) -> impl Iterator<Item = &SubscriptionId> {
        self.subscriptions
            .iter()
            .filter(|subscription| subscription.ended_at().is_none())
            .map(|subscription| &subscription.id)
    }

    /// Entitled subscriptions beside the current one (rule 10).
    pub fn second_subscriptions(&self) -> impl Iterator<Item = &SubscriptionId> {
        self.subscriptions
            .iter()
            .filter(|subscription| {
                subscription.is_entitled() && self.current.as_ref() != Some(&subscription.id)
            })
            .map(|subscription| &subscription.id)
    }

    /// Every lot, in spend order, closed ones too.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// A lot.
    pub fn lot(&self, id: &LotId) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.id == *id)
    }

    /// Open holds.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// An open hold.
    pub fn hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.id == *id)
    }

    /// What a bucket holds, locked and frozen tokens included, tokens on hold not.
    pub fn available(&self, bucket: Bucket) -> Tokens {
        match bucket {
            Bucket::Rollover => self.rollover,
            Bucket::Fast => self.fast,
            Bucket::TopUp => self.lots.iter().map(Lot::remaining).sum(),
        }
    }

    /// What is on hold of a bucket.
    pub fn held(&self, bucket: Bucket) -> Tokens {
        self.holds
            .iter()
            .flat_map(Hold::slices)
            .filter(|slice| slice.bucket == bucket)
            .map(|slice| slice.amount)
            .sum()
    }

    pub(crate) fn current_subscription(&self) -> Option<&Subscription> {
        let current = self.current.as_ref()?;
        self.subscriptions.iter().find(|subscription| subscription.id == *current)
    }

    /// What the plan in effect gives: that of the paid period, before its payment is known that of the subscription.
    pub(crate) fn terms(&self, catalogue: &Catalogue) -> PlanTerms {
        let of_period = self.period.as_ref().map(|period| &period.terms);
        let of_subscription = || self.current_subscription().and_then(|current| current.terms.as_ref());
        of_period.or_else(of_subscription).cloned().unwrap_or_else(|| catalogue.free_plan().terms())
    }

    pub(crate) fn current_standing(&self, catalogue: &Catalogue) -> Standing {
        let terms = self.terms(catalogue);
        let frozen = |lot: &&Lot| lot.state() == LotState::Frozen;
        Standing {
            plan: terms.id,
            entitled: self.is_entitled(),
            allowance: terms.allowance,
            cap: terms.cap,
            renews_at: self.renews_at(),
            frozen: self.lots.iter().filter(frozen).map(Lot::remaining).sum(),
            dispute_open: self.lots.iter().any(|lot| lot.dispute() == Some(DisputeState::Opened)),
        }
    }

    /// When the next token period starts: with the end of this one, unless it is the last.
    fn renews_at(&self) -> Option<Timestamp> {
        let period = self.period.as_ref()?;
        let subscription = self.current_subscription()?;
        let cancelled = subscription.snapshot.as_ref().is_some_and(|snapshot| snapshot.cancel_at_period_end);
        let is_last = cancelled && !subscription.has_period_from(period.end);
        (!is_last).then_some(period.end)
    }
}
