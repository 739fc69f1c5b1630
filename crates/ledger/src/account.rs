//! The state of an account that decisions depend on. Its history is in the entries, not here.

use crate::catalogue::Catalogue;
use crate::lot::Dispute;
use crate::plan_line::Line;
use crate::subscription::{Subscription, TokenPeriod};
use crate::{
    AccountId, Bucket, Buckets, DisputeState, Hold, HoldId, Holding, LineId, LineKind, Lot, LotId, LotState,
    PlanId, PlanTerms, Remedy, Standing, SubscriptionId, SubscriptionView, Tokens, Used, calendar,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An account as the rules see it.
///
/// A plain value that the store keeps as JSON. It does not grow with spends, days or renewals. It grows with purchases
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
    /// The subscription in effect. Without one, the account is on the free plan and not entitled.
    pub(crate) current: Option<SubscriptionId>,
    /// The token period of the current subscription that granted the fast tokens.
    pub(crate) period: Option<TokenPeriod>,
    /// The number of changes of entitlement so far. Plan tokens on hold are lost when it changes.
    pub(crate) stretch: u32,
    /// The number of fast periods so far, including the free plan's days.
    pub(crate) fast_period: u32,
    /// What was used since the last reset (rule 8a).
    pub(crate) used: Used,
    /// What was used of each bucket since the account was opened.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) used_so_far: BTreeMap<Bucket, Tokens>,
    /// The last UTC day whose free tokens were granted (rule 8).
    pub(crate) free_day: Date,
    /// Disputes of earlier accounts of the same person (rules 13, 18).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former_disputes: Vec<Dispute>,
    /// The standing in the last entry.
    pub(crate) standing: Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_at: Option<Timestamp>,
}

impl Account {
    /// The account's id.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// Grows by one with every change that the balance shows.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the last entry took effect.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// When the account was deleted (rule 18).
    pub fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Whether the account can use and buy top-up tokens: one of its subscriptions is entitled (rules 10, 12).
    ///
    /// This is the state after the last command. [`Command::CatchUp`](crate::Command::CatchUp) brings it up to date, as
    /// does every other command.
    pub fn is_entitled(&self) -> bool {
        self.current.is_some()
    }

    /// The plan in effect. It is the free plan without an entitled subscription.
    pub fn plan(&self) -> &PlanId {
        &self.standing.plan
    }

    /// What the plan in effect grants per period.
    pub fn plan_allowance(&self, catalogue: &Catalogue) -> Tokens {
        let terms = self.current_subscription().and_then(|current| current.terms.as_ref());
        terms.map_or(self.terms(catalogue).allowance, |terms| terms.allowance)
    }

    /// The current subscription. Without one, the subscription that ended last.
    pub fn subscription(&self) -> Option<SubscriptionView> {
        let known = || self.subscriptions.iter().filter(|subscription| subscription.snapshot.is_some());
        let last = || known().max_by_key(|subscription| (subscription.ended_at(), subscription.seen_at()));
        self.view_of(self.current_subscription().or_else(last)?)
    }

    /// The subscription with this id, current or not.
    pub fn subscription_of(&self, id: &SubscriptionId) -> Option<SubscriptionView> {
        self.view_of(self.subscriptions.iter().find(|subscription| subscription.id == *id)?)
    }

    fn view_of(&self, subscription: &Subscription) -> Option<SubscriptionView> {
        let snapshot = subscription.snapshot.as_ref()?;
        let is_current = self.current.as_ref() == Some(&subscription.id);
        let paid_until = subscription.paid_until().filter(|_| is_current);
        let is_ending = subscription.is_ending();
        Some(SubscriptionView {
            id: subscription.id.clone(),
            status: snapshot.status,
            plan: snapshot.plan.clone(),
            interval: snapshot.interval,
            renews_at: self.standing.renews_at.filter(|_| is_current),
            is_ending,
            ends_at: snapshot.cancel_at.or(paid_until.filter(|_| is_ending)),
            paid_until,
            ended_at: snapshot.ended_at,
            paid_lines: subscription.lines.len(),
        })
    }

    /// The lines of a subscription that bill time, had no effect and will have none unless it takes effect again (rule 15a).
    pub fn idle_lines(&self, id: &SubscriptionId, now: Timestamp) -> impl Iterator<Item = &LineId> {
        let is_current = self.current.as_ref() == Some(id);
        let of_id = self.subscriptions.iter().filter(move |known| known.id == *id);
        of_id.flat_map(move |known| {
            let is_to_come = move |line: &Line| {
                is_current && line.start > now && known.ended_at().is_none_or(|end| line.start < end)
            };
            let bills = known.lines.iter().filter(|line| line.kind != LineKind::Credit);
            bills.filter(move |line| !line.counts() && !is_to_come(line)).map(|line| &line.id)
        })
    }

    /// Every subscription without a known end. Deleting the account must cancel all of them.
    pub fn live_subscriptions(&self) -> impl Iterator<Item = &SubscriptionId> {
        self.subscriptions
            .iter()
            .filter(|subscription| subscription.ended_at().is_none())
            .map(|subscription| &subscription.id)
    }

    /// Every entitled subscription except the current one (rule 10).
    pub fn second_subscriptions(&self) -> impl Iterator<Item = &SubscriptionId> {
        self.subscriptions
            .iter()
            .filter(|subscription| {
                subscription.is_entitled() && self.current.as_ref() != Some(&subscription.id)
            })
            .map(|subscription| &subscription.id)
    }

    /// Every lot in spend order, including closed ones.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// The lot with this id.
    pub fn lot(&self, id: &LotId) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.id == *id)
    }

    /// Open holds.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The open hold with this id.
    pub fn hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.id == *id)
    }

    /// The tokens in a bucket, including locked and frozen ones, without those on hold.
    pub fn available(&self, bucket: Bucket) -> Tokens {
        match bucket {
            Bucket::Rollover => self.rollover,
            Bucket::Fast => self.fast,
            Bucket::TopUp => self.lots.iter().map(Lot::remaining).sum(),
        }
    }

    /// The tokens on hold that were taken from a bucket.
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

    /// The terms in effect. Plan and cap are those of the subscription as it was read after the period was paid for, also
    /// before a change is paid. What was granted is that of the running token period, and a lower cap waits for the next one
    /// (rule 11).
    pub(crate) fn terms(&self, catalogue: &Catalogue) -> PlanTerms {
        let current = self.current_subscription();
        let of_subscription = current.and_then(|current| current.terms.as_ref());
        let Some(period) = &self.period else {
            return of_subscription.cloned().unwrap_or_else(|| catalogue.free_plan().terms());
        };
        let paid_at = period.key.1;
        let newer = of_subscription
            .filter(|_| current.and_then(Subscription::seen_at).is_some_and(|seen_at| paid_at <= seen_at));
        PlanTerms {
            id: newer.unwrap_or(&period.terms).id.clone(),
            allowance: period.allowance,
            cap: newer.map_or(period.cap, |terms| terms.cap.max(period.cap)),
        }
    }

    /// The standing that follows from the rest of the account.
    pub(crate) fn current_standing(&self, catalogue: &Catalogue) -> Standing {
        let terms = self.terms(catalogue);
        let frozen = |lot: &&Lot| lot.state() == LotState::Frozen;
        Standing {
            plan: terms.id,
            entitled: self.is_entitled(),
            allowance: terms.allowance,
            cap: terms.cap,
            owed: self.subscriptions.iter().map(|subscription| subscription.owed).sum(),
            renews_at: self.renews_at(),
            frozen: self.lots.iter().filter(frozen).map(Lot::remaining).sum(),
            dispute_open: self.lots.iter().any(|lot| lot.dispute() == Some(DisputeState::Opened))
                || self.former_disputes.iter().any(|dispute| dispute.state == DisputeState::Opened),
        }
    }

    /// When the next token period starts: at the end of the current one, unless that is the last. With a new anchor, it is
    /// counted from there, also before that is paid (rule 11).
    fn renews_at(&self) -> Option<Timestamp> {
        let period = self.period.as_ref()?;
        let subscription = self.current_subscription()?;
        let anchor = subscription.snapshot.as_ref().map_or(period.start, |snapshot| snapshot.anchor);
        let is_new = period.start < anchor && anchor < period.end;
        let end = if is_new { calendar::renewal(anchor, 1) } else { period.end };
        let is_last = subscription.is_ending_by(end) && !subscription.has_period_from(end);
        (!is_last).then_some(end)
    }

    /// What would make a refused spend or purchase possible (rule 3).
    pub(crate) fn remedy(&self) -> Remedy {
        match (self.is_entitled(), self.available(Bucket::TopUp)) {
            (true, _) => Remedy::AddTokens,
            (false, Tokens::ZERO) => Remedy::Upgrade,
            (false, _) => Remedy::Resubscribe,
        }
    }
}

impl Buckets {
    /// The buckets as the account holds them.
    pub fn of(account: &Account) -> Self {
        let holding = |bucket| Holding {
            available: account.available(bucket),
            held: account.held(bucket),
            used: account.used_so_far.get(&bucket).copied().unwrap_or_default(),
        };
        Self {
            rollover: holding(Bucket::Rollover),
            fast: holding(Bucket::Fast),
            top_up: holding(Bucket::TopUp),
        }
    }
}
