//! The door: account + command + now → entries or a refusal.

use crate::balance::remedy;
use crate::catalogue::{Catalogue, Plan};
use crate::draft::{Draft, Posting};
use crate::lot::{Dispute, Refund};
use crate::subscription::Subscription;
use crate::{
    Account, AdjustmentId, Bucket, Command, Decision, DisputeId, DisputeState, EntryKind, HOLD_LIFE_DEFAULT,
    HOLD_LIFE_MAX, Hold, HoldId, Lot, LotId, LotSource, LotState, Minor, Money, Outcome, PaidPeriod, PlanId,
    PlanTerms, Refusal, Slice, SpendId, SubscriptionId, SubscriptionSnapshot, Tokens, spend_order,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Decides on a command, after what is due by now. A refusal changes nothing.
///
/// Every change is one version: each renewal or day that was due, and the command itself.
pub fn decide(
    account: &Account,
    catalogue: &Catalogue,
    command: Command,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if account.deleted_at.is_some() {
        return Err(Refusal::AccountDeleted);
    }
    let now = now.max(account.latest);
    let mut draft = Draft::new(account.clone(), catalogue);
    // What Stripe says of a subscription is noted first: it takes effect by its own date among what is due.
    let told = match &command {
        Command::SubscriptionState(snapshot) => Some(draft.note_snapshot(snapshot)?),
        Command::PeriodPaid(paid) => Some(draft.note_paid(paid)?),
        _ => None,
    };
    draft.catch_up(now);
    let outcome = match command {
        Command::CatchUp => Outcome::Done,
        Command::SubscriptionState(_) | Command::PeriodPaid(_) => draft.second_subscription(told),
        Command::Spend { id, amount, reason } => draft.spend(&id, amount, &reason, now)?,
        Command::Hold { id, amount, reason, life } => draft.hold(id, amount, reason, life, now)?,
        Command::CommitHold { id, amount } => draft.close_hold(&id, Some(amount), now)?,
        Command::ReleaseHold { id } => draft.close_hold(&id, None, now)?,
        Command::GrantPack { lot, tokens, paid, paid_at } => draft.grant(&lot, tokens, paid, paid_at, now)?,
        Command::RefundTotal { lot, refunded, seen_at } => draft.refund(&lot, refunded, seen_at, now),
        Command::Dispute { lot, dispute, state } => draft.dispute(&lot, dispute, state, now),
        Command::Adjust { id, amount, reason } => draft.adjust(&id, amount, &reason, now)?,
        Command::Delete => draft.delete(now),
    };
    Ok(Decision { account: draft.account, entries: draft.entries, outcome })
}

/// The account as it is once all that is due by now was applied.
pub(crate) fn caught_up(account: &Account, catalogue: &Catalogue, now: Timestamp) -> Account {
    let mut draft = Draft::new(account.clone(), catalogue);
    draft.catch_up(now.max(account.latest));
    draft.account
}

impl Draft<'_> {
    fn note_snapshot(&mut self, snapshot: &SubscriptionSnapshot) -> Result<SubscriptionId, Refusal> {
        let terms = self.paid_plan(&snapshot.plan);
        // One that entitles to nothing may be of a plan that is no longer in the catalogue.
        if snapshot.status.is_entitled() && snapshot.ended_at.is_none() && terms.is_none() {
            return Err(Refusal::UnknownPlan(snapshot.plan.clone()));
        }
        self.subscription_mut(&snapshot.id).see(snapshot.clone(), terms);
        Ok(snapshot.id.clone())
    }

    fn note_paid(&mut self, paid: &PaidPeriod) -> Result<SubscriptionId, Refusal> {
        if paid.end <= paid.start {
            return Err(Refusal::InvalidPeriod);
        }
        let terms = self.paid_plan(&paid.plan).ok_or_else(|| Refusal::UnknownPlan(paid.plan.clone()))?;
        self.subscription_mut(&paid.subscription).note_paid(paid, terms);
        Ok(paid.subscription.clone())
    }

    fn paid_plan(&self, id: &PlanId) -> Option<PlanTerms> {
        self.catalogue.plan(id).filter(|plan| plan.is_paid()).map(Plan::terms)
    }

    fn subscription_mut(&mut self, id: &SubscriptionId) -> &mut Subscription {
        let subscriptions = &mut self.account.subscriptions;
        let index = subscriptions.iter().position(|known| known.id == *id).unwrap_or_else(|| {
            subscriptions.push(Subscription::new(id.clone()));
            subscriptions.len() - 1
        });
        &mut subscriptions[index]
    }

    /// Rule 10: tells of a subscription that waits beside the current one; the one just told of before others.
    fn second_subscription(&self, told: Option<SubscriptionId>) -> Outcome {
        let seconds = || self.account.second_subscriptions();
        let second = told.filter(|told| seconds().any(|id| id == told)).or_else(|| seconds().next().cloned());
        match (second, self.account.current.clone()) {
            (Some(id), Some(current)) => Outcome::SecondSubscription { id, current },
            _ => Outcome::Done,
        }
    }

    /// Rule 3: all, in spend order, or nothing.
    fn spend(
        &mut self,
        id: &SpendId,
        amount: Tokens,
        reason: &str,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        check_amount(amount)?;
        let slices = self.take(amount)?;
        self.change(now, |draft| {
            for slice in &slices {
                let posting = Posting::of_slice(EntryKind::Spend, slice, slice.amount.down(), 0);
                draft.post(posting.because(reason).by(id.as_str()));
            }
        });
        Ok(Outcome::Spent { slices })
    }

    fn hold(
        &mut self,
        id: HoldId,
        amount: Tokens,
        reason: String,
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        check_amount(amount)?;
        let life = life.unwrap_or(HOLD_LIFE_DEFAULT);
        if life < Duration::from_secs(1) || life > HOLD_LIFE_MAX {
            return Err(Refusal::InvalidHoldLife { asked_s: life.as_secs() });
        }
        if self.account.hold(&id).is_some() {
            return Err(Refusal::IdInUse(id.to_string()));
        }
        let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::ZERO);
        let hold = Hold {
            id,
            reason,
            expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
            slices: self.take(amount)?,
            stretch: self.account.stretch,
            fast_period: self.account.fast_period,
        };
        self.change(now, |draft| {
            for slice in &hold.slices {
                let posting =
                    Posting::of_slice(EntryKind::Hold, slice, slice.amount.down(), slice.amount.up());
                draft.post(posting.because(&hold.reason).by(hold.id.as_str()));
            }
            draft.account.holds.push(hold.clone());
        });
        Ok(Outcome::Held(hold))
    }

    /// What a spend or hold of `amount` takes.
    fn take(&self, amount: Tokens) -> Result<Vec<Slice>, Refusal> {
        let account = &self.account;
        spend_order::take(account, self.catalogue, amount).ok_or_else(|| {
            let spendable = spend_order::spendable(account, self.catalogue).map(|slice| slice.amount).sum();
            let there = Bucket::ALL.into_iter().map(|bucket| account.available(bucket)).sum::<Tokens>();
            Refusal::InsufficientTokens {
                needed: amount,
                spendable,
                locked: there.less(spendable),
                remedy: remedy(account),
            }
        })
    }

    /// Rule 4: a hold ends exactly once. Without an amount it is released.
    fn close_hold(
        &mut self,
        id: &HoldId,
        commit: Option<Tokens>,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let hold = self.account.hold(id).cloned().ok_or_else(|| Refusal::HoldEnded(id.clone()))?;
        let (asked, there) = (commit.unwrap_or_default(), hold.amount());
        if asked > there {
            return Err(Refusal::CommitExceedsHold { asked, held: there });
        }
        let committed = self.change(now, |draft| draft.end_hold(&hold, asked, EntryKind::HoldReleased));
        Ok(Outcome::HoldEnded { committed, released: there.less(asked) })
    }

    /// Rule 15: paid means granted, always and once.
    fn grant(
        &mut self,
        id: &LotId,
        tokens: Tokens,
        paid: Money,
        paid_at: Timestamp,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        check_amount(tokens)?;
        if self.account.lot(id).is_some_and(|lot| lot.source != LotSource::Awaited) {
            return Ok(Outcome::Done);
        }
        self.check_room(tokens)?;
        self.change(now, |draft| {
            let lot = draft.expect_lot(id, paid_at);
            lot.source = LotSource::Purchase(paid);
            lot.since = paid_at;
            lot.granted = tokens;
            draft.sort_lots();
            draft.post(Posting::of_lot(EntryKind::Grant, id, tokens.up()));
            draft.settle(id);
        });
        Ok(Outcome::Done)
    }

    /// Rule 16. A refund that is known before its payment waits for it.
    fn refund(&mut self, id: &LotId, total: Minor, seen_at: Timestamp, now: Timestamp) -> Outcome {
        self.change(now, |draft| {
            let lot = draft.expect_lot(id, seen_at);
            if lot.refund.is_none_or(|known| known.seen_at <= seen_at) {
                lot.refund = Some(Refund { total, seen_at });
                draft.settle(id);
            }
        });
        Outcome::Done
    }

    /// Rule 17: an open dispute freezes the lot, won thaws it, lost claws back.
    fn dispute(&mut self, id: &LotId, dispute: DisputeId, state: DisputeState, now: Timestamp) -> Outcome {
        self.change(now, |draft| {
            let lot = draft.expect_lot(id, now);
            let was_frozen = lot.state() == LotState::Frozen;
            if let Some(known) = lot.disputes.iter_mut().find(|known| known.id == dispute) {
                known.state = known.state.max(state);
            } else {
                lot.disputes.push(Dispute { id: dispute, state });
                lot.disputes.sort_by(|a, b| a.id.cmp(&b.id));
            }
            let is_frozen = lot.state() == LotState::Frozen;
            match (was_frozen, is_frozen) {
                (false, true) => draft.post(Posting::of_lot(EntryKind::Freeze, id, 0)),
                (true, false) => draft.post(Posting::of_lot(EntryKind::Thaw, id, 0)),
                _ => {}
            }
            draft.settle(id);
        });
        Outcome::Done
    }

    /// Rule 17a: a gift is a lot of its own; a correction takes the newest gift first.
    fn adjust(
        &mut self,
        id: &AdjustmentId,
        amount: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let tokens = Tokens(amount.unsigned_abs());
        check_amount(tokens)?;
        if amount > 0 {
            self.give(id, tokens, reason, now)?;
        } else {
            self.correct(id, tokens, reason, now)?;
        }
        Ok(Outcome::Done)
    }

    fn give(
        &mut self,
        id: &AdjustmentId,
        tokens: Tokens,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let lot = LotId::from(id.as_str());
        if self.account.lot(&lot).is_some() {
            return Err(Refusal::IdInUse(id.to_string()));
        }
        self.check_room(tokens)?;
        self.change(now, |draft| {
            let gift = Lot { granted: tokens, ..Lot::new(lot.clone(), LotSource::Gift, draft.at()) };
            draft.account.lots.push(gift);
            draft.sort_lots();
            draft.post(Posting::of_lot(EntryKind::Adjustment, &lot, tokens.up()).because(reason));
        });
        Ok(())
    }

    fn correct(
        &mut self,
        id: &AdjustmentId,
        asked: Tokens,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let available = self.account.available(Bucket::TopUp);
        if asked > available {
            return Err(Refusal::CorrectionBelowZero { asked, available });
        }
        let is_gift = |lot: &&Lot| lot.source == LotSource::Gift;
        let newest_first = || self.account.lots.iter().rev();
        let order = newest_first().filter(is_gift).chain(newest_first().filter(|lot| !is_gift(lot)));
        let mut wanted = asked;
        let mut parts = Vec::new();
        for lot in order {
            let part = lot.remaining.min(wanted);
            wanted = wanted.less(part);
            parts.push((lot.id.clone(), part));
        }
        self.change(now, |draft| {
            for (lot, part) in &parts {
                let posting = Posting::of_lot(EntryKind::Adjustment, lot, part.down());
                draft.post(posting.because(reason).by(id.as_str()));
            }
        });
        Ok(())
    }

    /// Rule 18: holds are voided and every bucket is burnt, for good.
    fn delete(&mut self, now: Timestamp) -> Outcome {
        self.change(now, |draft| {
            for hold in std::mem::take(&mut draft.account.holds) {
                for slice in hold.slices.iter().rev() {
                    let amount = slice.amount;
                    let posting =
                        Posting::of_slice(EntryKind::HoldReleased, slice, amount.up(), amount.down());
                    draft.post(posting.because(&hold.reason).by(hold.id.as_str()));
                }
            }
            draft.post(Posting::new(EntryKind::Burn, Bucket::Rollover, draft.account.rollover.down()));
            draft.post(Posting::new(EntryKind::Burn, Bucket::Fast, draft.account.fast.down()));
            for lot in draft.account.lots.clone() {
                draft.post(Posting::of_lot(EntryKind::Burn, &lot.id, lot.remaining.down()));
            }
            draft.account.lots.clear();
            draft.account.subscriptions.clear();
            draft.account.current = None;
            draft.account.period = None;
            draft.account.deleted_at = Some(draft.at());
        });
        Outcome::Done
    }

    /// The lot of a purchase; one that is not known yet is awaited.
    fn expect_lot(&mut self, id: &LotId, since: Timestamp) -> &mut Lot {
        let lots = &mut self.account.lots;
        let index = lots.iter().position(|lot| lot.id == *id).unwrap_or_else(|| {
            lots.push(Lot::new(id.clone(), LotSource::Awaited, since));
            lots.len() - 1
        });
        &mut lots[index]
    }

    /// Rule 2.
    fn sort_lots(&mut self) {
        self.account.lots.sort_by(|a, b| a.place().cmp(&b.place()));
    }

    fn check_room(&self, tokens: Tokens) -> Result<(), Refusal> {
        let account = &self.account;
        let there =
            Bucket::ALL.into_iter().map(|bucket| account.available(bucket).plus(account.held(bucket)));
        if there.sum::<Tokens>().plus(tokens) > Tokens::MAX { Err(Refusal::BalanceTooLarge) } else { Ok(()) }
    }
}

/// An amount is at least 1 and travels exactly in JSON.
fn check_amount(asked: Tokens) -> Result<(), Refusal> {
    if asked.is_zero() || asked > Tokens::MAX { Err(Refusal::InvalidAmount { asked }) } else { Ok(()) }
}
