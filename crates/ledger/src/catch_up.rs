//! What happens by itself: renewals, the free plan's days, the ends of subscriptions and of holds.
//!
//! Nothing runs at night. Whoever loads an account applies what is due, in the order and with the dates that it would
//! have had on time (rule 7).

use crate::draft::{Draft, Posting};
use crate::subscription::{DuePeriod, ENDED_KEPT, Subscription};
use crate::{Bucket, EntryKind, HoldId, SubscriptionId, calendar};
use jiff::Timestamp;

/// Something that happens by itself. The order is that of things that happen at the same instant.
enum Due {
    /// The current subscription no longer entitles (rule 9).
    End,
    /// A subscription takes effect (rule 10).
    Start(SubscriptionId),
    /// A token period of the current subscription (rules 6, 7).
    Period(Box<DuePeriod>),
    /// A hold's time is over (rule 4).
    Expiry(HoldId),
    /// A UTC day on the free plan (rule 8).
    Day,
}

impl Draft<'_> {
    /// Applies everything that is due by `now`.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        if self.account.deleted_at.is_some() {
            return;
        }
        while let Some((at, due)) = self.next_due(now) {
            self.change(at, |draft| match due {
                Due::End => draft.end_subscription(now),
                Due::Start(id) => draft.start_subscription(id),
                Due::Period(due) => draft.renew(*due),
                Due::Expiry(id) => draft.expire(&id),
                Due::Day => draft.start_day(),
            });
        }
        self.forget_ended_subscriptions();
        // A flag of the subscription can change what the balance says of the next period.
        self.change(now, |_| ());
    }

    /// What is due next.
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
            // Nothing is dated before what has happened already.
            .min_by_key(|(at, due)| ((*at).max(account.latest), due.rank(), *at))
    }

    /// Rule 10: of several entitled subscriptions the oldest takes effect.
    fn due_start(&self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let entitled = self.account.subscriptions.iter().filter(|subscription| subscription.is_entitled());
        let oldest = entitled.min_by_key(|subscription| (subscription.started_at(), &subscription.id))?;
        Some((starts_at(oldest, now), Due::Start(oldest.id.clone())))
    }

    /// Rule 9: fast and bank are forfeited, top-up is locked, the account is on the free plan.
    fn end_subscription(&mut self, now: Timestamp) {
        let ended = self.account.current.take();
        let reference = ended.as_ref().map(SubscriptionId::as_str);
        self.forfeit(Bucket::Fast, self.account.fast, reference);
        self.forfeit(Bucket::Rollover, self.account.rollover, reference);
        self.account.period = None;
        self.account.stretch += 1;
        self.account.fast_period += 1;

        // Rule 10: the end of an old one never lapses a newer.
        let at = self.at();
        let followed = self
            .account
            .subscriptions
            .iter()
            .filter(|subscription| subscription.is_entitled())
            .any(|subscription| starts_at(subscription, now) <= at);
        // Rule 8: lapsing gives the day's tokens, at most once a UTC day.
        if !followed && self.account.free_day < calendar::day(at) {
            self.give_day();
        }
    }

    /// Rule 8: entering a paid plan forfeits what is left of the day's tokens.
    fn start_subscription(&mut self, id: SubscriptionId) {
        self.forfeit(Bucket::Fast, self.account.fast, Some(id.as_str()));
        self.account.free_day = self.account.free_day.max(calendar::day(self.at()));
        self.account.stretch += 1;
        self.account.fast_period += 1;
        self.account.current = Some(id);
        // Rule 11: never a fresh allowance by a change of status alone.
        self.account.period = self.account.current_subscription().and_then(Subscription::last_period);
    }

    /// Rule 6: unspent fast tokens move to the bank up to the cap, and fast becomes the allowance.
    fn renew(&mut self, due: DuePeriod) {
        let DuePeriod { invoice, period, .. } = due;
        let current = self.account.current.clone();
        let subscription =
            self.account.subscriptions.iter_mut().find(|known| Some(&known.id) == current.as_ref());
        if let Some(subscription) = subscription {
            subscription.grant_next_of(invoice);
        }
        let reference = period.reference();
        let by = Some(reference.as_str());
        let allowance = period.terms.allowance;
        let renewal = Posting::new(EntryKind::Renewal, Bucket::Fast, allowance.up()).by(&reference);
        if self.account.period.as_ref().is_some_and(|newer| period.is_before(newer)) {
            // Told of only after a later one took effect: its tokens are left over from an earlier period.
            self.post(renewal);
            self.roll_over(allowance, by);
        } else {
            self.account.period = Some(period);
            self.account.fast_period += 1;
            self.roll_over(self.account.fast, by);
            self.forfeit_over_cap(by);
            self.post(renewal);
        }
    }

    fn expire(&mut self, id: &HoldId) {
        if let Some(hold) = self.account.hold(id).cloned() {
            self.end_hold(&hold, crate::Tokens::ZERO, EntryKind::HoldExpired);
        }
    }

    /// Rule 8: nothing rolls over. A day of which nothing was used needs no entry.
    fn start_day(&mut self) {
        self.account.free_day = calendar::day(calendar::midnight_after(self.account.free_day));
        let allowance = self.catalogue.free_plan().allowance;
        if self.account.fast != allowance {
            self.forfeit(Bucket::Fast, self.account.fast, None);
            self.give_day();
        }
    }

    /// Gives the tokens of the day that has come.
    pub(crate) fn give_day(&mut self) {
        let day = calendar::day(self.at());
        self.account.free_day = self.account.free_day.max(day);
        self.account.fast_period += 1;
        let allowance = self.catalogue.free_plan().allowance;
        self.post(Posting::new(EntryKind::DailyReset, Bucket::Fast, allowance.up()).by(&day.to_string()));
    }

    /// What was paid for a subscription that is over has no effect any more; the last few are remembered, so that late
    /// facts of them are known for what they are.
    fn forget_ended_subscriptions(&mut self) {
        let current = self.account.current.as_ref();
        let is_over = |subscription: &Subscription| {
            subscription.ended_at().is_some() && current != Some(&subscription.id)
        };
        for subscription in self.account.subscriptions.iter_mut().filter(|subscription| is_over(subscription))
        {
            subscription.invoices.clear();
        }
        let over = self.account.subscriptions.iter().filter(|subscription| is_over(subscription)).count();
        if over > ENDED_KEPT {
            let oldest = self
                .account
                .subscriptions
                .iter()
                .filter(|subscription| is_over(subscription))
                .min_by_key(|subscription| (subscription.ended_at(), &subscription.id))
                .map(|subscription| subscription.id.clone());
            self.account.subscriptions.retain(|subscription| Some(&subscription.id) != oldest.as_ref());
        }
    }
}

impl Due {
    fn rank(&self) -> u8 {
        match self {
            Self::End => 0,
            Self::Start(_) => 1,
            Self::Period(_) => 2,
            Self::Expiry(_) => 3,
            Self::Day => 4,
        }
    }
}

/// The end of the current subscription, and its next token period. One that ends without a date, by its status, ends
/// when we know of it.
fn due_of_current(current: &Subscription, now: Timestamp) -> [Option<(Timestamp, Due)>; 2] {
    let end = current.ended_at().or_else(|| (!current.is_entitled()).then_some(now));
    let period = next_period(current, now);
    [end.map(|at| (at, Due::End)), period.map(|(at, period)| (at, Due::Period(Box::new(period))))]
}

/// The next token period of a subscription if it can be granted by now, and when it takes effect. A payment that Stripe
/// dates after our clock counts as made now.
fn next_period(subscription: &Subscription, now: Timestamp) -> Option<(Timestamp, DuePeriod)> {
    let next = subscription.next_period().filter(|next| next.due <= now)?;
    Some((next.effective.min(now), next))
}

/// When an entitled subscription takes effect: with its next paid period, or if there is none as soon as we know of it.
fn starts_at(subscription: &Subscription, now: Timestamp) -> Timestamp {
    next_period(subscription, now).map_or(now, |(at, _)| at)
}
