//! What is due without a command: renewals, days of the free plan, and the ends of subscriptions and holds.
//!
//! There is no nightly job. Every command first applies what is due, in the order and with the dates that it would have
//! had on time (rule 7).

use crate::account_edit::{AccountEdit, Posting};
use crate::catalogue::Catalogue;
use crate::subscription::{DuePlanEvent, ENDED_KEPT, Subscription};
use crate::{Account, Bucket, EntryKind, HoldId, SubscriptionId, Tokens, Used, calendar};
use jiff::Timestamp;

/// Something that is due. The variants are in the order in which they apply at the same instant.
enum Due {
    /// The current subscription ends (rule 9).
    End,
    /// A subscription takes effect (rule 10).
    Start(SubscriptionId),
    /// A token period of the current subscription starts, or its plan changes (rules 6, 7, 11).
    Plan(DuePlanEvent),
    /// A hold expires (rule 4).
    Expiry(HoldId),
    /// A UTC day of the free plan starts (rule 8).
    Day,
}

/// The account after everything that is due by now.
pub(crate) fn caught_up(account: &Account, catalogue: &Catalogue, now: Timestamp) -> Account {
    let mut edit = AccountEdit::new(account.clone(), catalogue);
    edit.catch_up(now.max(account.latest));
    edit.account
}

impl AccountEdit<'_> {
    /// Applies everything that is due by `now`.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        if self.account.deleted_at.is_some() {
            return;
        }
        while let Some((at, due)) = self.next_due(now) {
            self.change(at, |edit| match due {
                Due::End => edit.end_subscription(now),
                Due::Start(id) => edit.start_subscription(id),
                Due::Plan(event) => edit.apply_plan_event(event),
                Due::Expiry(id) => edit.expire_hold(&id),
                Due::Day => edit.start_free_day(),
            });
        }
        // A new snapshot of the subscription can change the standing without anything being due.
        self.change(now, Self::settle_ended_subscriptions);
        self.forget_old_facts(now);
    }

    /// What is due next, and when.
    fn next_due(&self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let account = &self.account;
        let expiries = account.holds.iter().map(|hold| (hold.expires_at, Due::Expiry(hold.id.clone())));
        let of_plan = match account.current_subscription() {
            Some(current) => due_of_current(current, now),
            None => [self.due_start(now), Some((calendar::midnight_after(account.free_day), Due::Day))],
        };
        expiries
            .chain(of_plan.into_iter().flatten())
            .filter(|(at, _)| *at <= now)
            // Nothing is dated before the last entry.
            .min_by_key(|(at, due)| ((*at).max(account.latest), due.rank(), *at))
    }

    /// Rule 10: of several entitled subscriptions, the oldest takes effect.
    fn due_start(&self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let entitled = self.account.subscriptions.iter().filter(|subscription| subscription.is_entitled());
        let oldest = entitled.min_by_key(|subscription| (subscription.started_at(), &subscription.id))?;
        Some((starts_at(oldest, now), Due::Start(oldest.id.clone())))
    }

    /// Rule 9: forfeits fast and bank, locks top-up and puts the account on the free plan.
    fn end_subscription(&mut self, now: Timestamp) {
        let ended = self.account.current.take();
        let reference = ended.as_ref().map(SubscriptionId::as_str);
        let lost = self.account.fast.plus(self.account.rollover);
        self.forfeit(Bucket::Fast, self.account.fast, reference);
        self.forfeit(Bucket::Rollover, self.account.rollover, reference);
        let subscriptions = &mut self.account.subscriptions;
        if let Some(ended) = subscriptions.iter_mut().find(|known| Some(&known.id) == ended.as_ref()) {
            ended.lost = ended.lost.plus(lost);
            ended.take_lost();
        }
        self.account.period = None;
        self.account.stretch += 1;
        self.start_fast_period();

        // Rule 10: the end of an old subscription does not lapse a newer one.
        let at = self.at();
        let another_starts = self
            .account
            .subscriptions
            .iter()
            .filter(|subscription| subscription.is_entitled())
            .any(|subscription| starts_at(subscription, now) <= at);
        // Rule 8: a lapse grants the tokens of the day, at most once per UTC day.
        if !another_starts && self.account.free_day < calendar::day(at) {
            self.grant_daily_tokens();
        }
    }

    /// Rule 8: a paid plan forfeits the unspent tokens of the free day.
    fn start_subscription(&mut self, id: SubscriptionId) {
        self.forfeit(Bucket::Fast, self.account.fast, Some(id.as_str()));
        self.account.free_day = self.account.free_day.max(calendar::day(self.at()));
        self.account.stretch += 1;
        self.start_fast_period();
        self.account.current = Some(id);
        // Rule 11: a change of status alone never grants an allowance.
        self.account.period = self.account.current_subscription().and_then(Subscription::last_period);
    }

    fn expire_hold(&mut self, id: &HoldId) {
        if let Some(hold) = self.account.hold(id).cloned() {
            self.end_hold(&hold, Tokens::ZERO, EntryKind::HoldExpired);
        }
    }

    /// Rule 8: nothing rolls over. A day without a spend needs no entry.
    fn start_free_day(&mut self) {
        self.account.free_day = calendar::day(calendar::midnight_after(self.account.free_day));
        let allowance = self.catalogue.free_plan().allowance;
        if self.account.fast != allowance {
            self.forfeit(Bucket::Fast, self.account.fast, None);
            self.grant_daily_tokens();
        }
        self.account.used = Used::none_since(self.at());
    }

    /// Grants the free plan's tokens of the day in which the change takes effect.
    pub(crate) fn grant_daily_tokens(&mut self) {
        let day = calendar::day(self.at());
        self.account.free_day = self.account.free_day.max(day);
        self.start_fast_period();
        let allowance = self.catalogue.free_plan().allowance;
        let posting = Posting::new(EntryKind::DailyReset, Bucket::Fast, allowance.credit());
        self.post(posting.with_reference(&day.to_string()));
    }

    /// Forgets lines whose time has been over for long, and all but the last few of the ended subscriptions that owe nothing.
    /// Late facts about the others are still recognised.
    fn forget_old_facts(&mut self, now: Timestamp) {
        for subscription in &mut self.account.subscriptions {
            subscription.forget_lines(now);
        }
        let current = self.account.current.as_ref();
        let is_over = |subscription: &&Subscription| {
            subscription.ended_at().is_some()
                && current != Some(&subscription.id)
                && subscription.owed.is_zero()
        };
        let over = || self.account.subscriptions.iter().filter(is_over);
        if over().count() > ENDED_KEPT {
            let oldest = over().min_by_key(|subscription| (subscription.ended_at(), &subscription.id));
            let oldest = oldest.map(|subscription| subscription.id.clone());
            self.account.subscriptions.retain(|subscription| Some(&subscription.id) != oldest.as_ref());
        }
    }
}

impl Due {
    fn rank(&self) -> u8 {
        match self {
            Self::End => 0,
            Self::Start(_) => 1,
            Self::Plan(_) => 2,
            Self::Expiry(_) => 3,
            Self::Day => 4,
        }
    }
}

/// The end of the current subscription and its next token period. If its status ends it without a date, it ends now.
fn due_of_current(current: &Subscription, now: Timestamp) -> [Option<(Timestamp, Due)>; 2] {
    let end = current.ended_at().or_else(|| (!current.is_entitled()).then_some(now));
    let event = next_event(current, now);
    [end.map(|at| (at, Due::End)), event.map(|(at, event)| (at, Due::Plan(event)))]
}

/// The next plan event of a subscription that is possible by now, and when it takes effect. A payment that Stripe dates in the
/// future counts as made now.
fn next_event(subscription: &Subscription, now: Timestamp) -> Option<(Timestamp, DuePlanEvent)> {
    let next = subscription.next_event(now)?;
    Some((next.effective.min(now), next))
}

/// When an entitled subscription takes effect: with its next paid period, or now if it has none.
fn starts_at(subscription: &Subscription, now: Timestamp) -> Timestamp {
    next_event(subscription, now).map_or(now, |(at, _)| at)
}
