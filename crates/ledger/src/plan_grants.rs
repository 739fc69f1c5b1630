//! What the paid lines of a plan do to the account's tokens (rules 6, 7, 11).

use crate::account_edit::{AccountEdit, Posting};
use crate::subscription::{DuePlanEvent, PlanEvent, Subscription, TokenPeriod};
use crate::{Bucket, EntryKind, SubscriptionId, Tokens};
use jiff::Timestamp;

/// The buckets from which plan tokens are taken back, in this order.
const TAKEN_BACK_FROM: [Bucket; 2] = [Bucket::Fast, Bucket::Rollover];

impl AccountEdit<'_> {
    pub(crate) fn apply_plan_event(&mut self, DuePlanEvent { effective, event }: DuePlanEvent) {
        match event {
            PlanEvent::Period { line, period, replaced } => {
                self.start_token_period(line, *period, replaced, effective);
            }
            PlanEvent::Prorations(lines) => self.settle_prorations(&lines, effective),
        }
    }

    /// Rule 6: moves unspent fast tokens to the bank up to its cap and sets fast to the allowance.
    fn start_token_period(
        &mut self,
        line: usize,
        mut period: TokenPeriod,
        replaced: bool,
        effective: Timestamp,
    ) {
        let running = self.account.period.take();
        let Some(subscription) = self.current_subscription_mut() else { return };
        let before = subscription.due();
        subscription.begin(line, period.start);
        let granted = subscription.due().less(before);
        subscription.grant(granted);
        period.allowance = granted;
        let reference = period.reference();
        let by_period = Some(reference.as_str());
        let posting = |kind| Posting::new(kind, Bucket::Fast, granted.credit()).with_reference(&reference);
        match running {
            // A later period has already taken effect, so these tokens go to the bank.
            Some(mut running) if replaced || period.is_before(&running) => {
                if !replaced && period.end > running.start {
                    running.cap_before = running.cap_before.max(self.cap_in(&period));
                }
                self.account.period = Some(running);
                self.update_cap();
                self.post(posting(if replaced { EntryKind::Prorated } else { EntryKind::Renewal }));
                self.roll_over(granted, by_period);
            }
            running => {
                // Rule 11: if it starts before the running one ends, a lower cap waits for the renewal after it.
                let overlapping = running.filter(|running| running.end > period.start);
                period.cap_before = overlapping.map_or(Tokens::ZERO, |running| self.cap_in(&running));
                self.account.period = Some(period);
                self.update_cap();
                self.start_fast_period();
                // The date of the facts, which does not depend on the order in which they arrived.
                self.account.used.since = effective.min(self.at());
                self.roll_over(self.account.fast, by_period);
                self.forfeit_over_cap(by_period);
                self.post(posting(EntryKind::Renewal));
            }
        }
        let taken = self.take_back(TAKEN_BACK_FROM, by_period);
        if let Some(period) = &mut self.account.period {
            period.allowance = period.allowance.less(taken);
        }
    }

    /// Rule 11: grants what is due beyond what was granted, or takes it back.
    fn settle_prorations(&mut self, lines: &[usize], effective: Timestamp) {
        let (running, at) = (self.account.period.clone(), self.at());
        let Some(subscription) = self.current_subscription_mut() else { return };
        let share =
            |subscription: &Subscription| running.as_ref().map_or(0, |running| subscription.due_in(running));
        let before = share(subscription);
        subscription.settle(lines, effective.min(at));
        let rise = share(subscription) - before;
        let granted = subscription.due().less(subscription.granted);
        subscription.grant(granted);
        let is_running = running.as_ref().is_none_or(|running| effective < running.end);
        let is_within = running
            .as_ref()
            .is_none_or(|running| lines.iter().all(|line| subscription.is_within(*line, running)));
        let to_fast = match (is_running, is_within) {
            (false, _) => Tokens::ZERO,
            (true, true) => granted,
            (true, false) => granted.min(Tokens::of_sum(rise)),
        };
        let reference = subscription.id.to_string();
        let by_subscription = Some(reference.as_str());
        if let Some(period) = &mut self.account.period {
            period.allowance = period.allowance.plus(to_fast).less(Tokens::of_sum(-rise));
        }
        self.update_cap();
        let posting = Posting::new(EntryKind::Prorated, Bucket::Fast, granted.credit());
        self.post(Posting { reference: by_subscription, ..posting });
        self.roll_over(granted.less(to_fast), by_subscription);
        // What is left of an earlier token period is in the bank.
        let is_of_the_past = is_running && rise >= 0 && !is_within;
        let [fast, bank] = TAKEN_BACK_FROM;
        self.take_back(if is_of_the_past { [bank, fast] } else { [fast, bank] }, by_subscription);
    }

    /// Credits of subscriptions that have ended.
    pub(crate) fn settle_ended_subscriptions(&mut self) {
        let current = self.account.current.clone();
        let mut any = false;
        for subscription in &mut self.account.subscriptions {
            if subscription.ended_at().is_none() || Some(&subscription.id) == current.as_ref() {
                continue;
            }
            let open: Vec<usize> = subscription.open_prorations().collect();
            if let Some(last) = open.iter().map(|line| subscription.lines[*line].paid_at).max() {
                subscription.settle(&open, last);
                subscription.grant(Tokens::ZERO);
                any = true;
            }
        }
        if any {
            self.take_back(TAKEN_BACK_FROM, current.as_ref().map(SubscriptionId::as_str));
        }
    }

    /// Takes back what is owed, as far as it is there. Returns what was taken from fast.
    pub(crate) fn take_back(&mut self, from: [Bucket; 2], reference: Option<&str>) -> Tokens {
        let mut from_fast = Tokens::ZERO;
        for index in 0..self.account.subscriptions.len() {
            let subscription = &mut self.account.subscriptions[index];
            if subscription.owed.is_zero() {
                continue;
            }
            let is_current = self.account.current.as_ref() == Some(&subscription.id);
            if !is_current {
                subscription.take_lost();
            }
            // The free plan's tokens were not paid for.
            if self.account.is_entitled() {
                for bucket in from {
                    let part = self.account.subscriptions[index].owed.min(self.account.available(bucket));
                    self.account.subscriptions[index].repay(part);
                    self.post(Posting {
                        reference,
                        ..Posting::new(EntryKind::TakenBack, bucket, part.debit())
                    });
                    if bucket == Bucket::Fast {
                        from_fast = from_fast.plus(part);
                    }
                }
            }
            if is_current {
                self.account.subscriptions[index].take_lost();
            }
        }
        from_fast
    }

    pub(crate) fn current_subscription_mut(&mut self) -> Option<&mut Subscription> {
        let current = self.account.current.clone();
        self.account.subscriptions.iter_mut().find(|known| Some(&known.id) == current.as_ref())
    }

    fn cap_in(&self, period: &TokenPeriod) -> Tokens {
        self.account.current_subscription().map_or(Tokens::ZERO, |subscription| subscription.cap_in(period))
    }

    /// Sets the cap of the running period to that of the plans that are paid for.
    fn update_cap(&mut self) {
        let Some(period) = &self.account.period else { return };
        let cap = self.cap_in(period).max(period.cap_before);
        if let Some(period) = &mut self.account.period {
            period.cap = cap;
        }
    }
}

impl Subscription {
    /// Lets prorations count.
    fn settle(&mut self, lines: &[usize], at: Timestamp) {
        for line in lines {
            self.lines[*line].settled = true;
        }
        self.reach(at);
    }

    /// Adds what is granted. What was granted beyond what is due is owed.
    fn grant(&mut self, tokens: Tokens) {
        self.granted = self.granted.plus(tokens);
        self.owed = self.granted.less(self.due());
    }

    fn repay(&mut self, tokens: Tokens) {
        self.granted = self.granted.less(tokens);
        self.owed = self.owed.less(tokens);
    }

    /// What was forfeited was not spent.
    pub(crate) fn take_lost(&mut self) {
        let part = self.owed.min(self.lost);
        self.lost = self.lost.less(part);
        self.repay(part);
    }
}
