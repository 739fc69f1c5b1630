//! Carries out commands: account + command + now → entries or a refusal.

use crate::account_edit::{AccountEdit, Posting};
use crate::catalogue::{Catalogue, Plan};
use crate::lot::{Dispute, DisputeState, Refund, note_dispute};
use crate::plan_line::Line;
use crate::subscription::{Subscription, TokenPeriod};
use crate::{
    Account, AdjustmentId, Bucket, Command, Decision, EntryKind, HOLD_LIFE_DEFAULT, HOLD_LIFE_MAX, Hold,
    HoldId, Lot, LotId, LotSource, LotState, Minor, Money, Outcome, PaidInvoice, PlanId, PlanTerms, Refusal,
    Slice, SpendId, SubscriptionId, SubscriptionSnapshot, Tokens, spend_order,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Applies what is due by now, then the command. A refusal changes nothing.
///
/// Each renewal or day that was due is one version, and so is the command.
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
    let mut edit = AccountEdit::new(account.clone(), catalogue);
    // What was due before a change of the plan was read follows from the plan before it.
    if let Command::SubscriptionState(snapshot) = &command
        && snapshot.status.is_entitled()
        && snapshot.ended_at.is_none()
    {
        edit.catch_up(now.min(snapshot.seen_at));
    }
    // Facts about subscriptions are recorded first, because they take effect by their own dates among what is due.
    let noted = match &command {
        Command::SubscriptionState(snapshot) => Some(edit.note_snapshot(snapshot)?),
        Command::InvoicePaid(invoice) => Some(edit.note_paid(invoice)?),
        Command::Import(import) => {
            edit.note_import(import)?;
            None
        }
        _ => None,
    };
    edit.catch_up(now);
    let outcome = match command {
        Command::CatchUp => Outcome::Done,
        Command::SubscriptionState(_) | Command::InvoicePaid(_) => edit.second_subscription(noted),
        Command::Spend { id, amount, reason } => edit.spend(&id, amount, &reason, now)?,
        Command::Hold { id, amount, reason, life } => edit.hold(id, amount, reason, life, now)?,
        Command::CommitHold { id, amount } => edit.close_hold(&id, Some(amount), now)?,
        Command::ReleaseHold { id } => edit.close_hold(&id, None, now)?,
        Command::GrantPack { lot, tokens, paid, paid_at } => edit.grant(&lot, tokens, paid, paid_at, now)?,
        Command::RefundTotal { lot, refunded, seen_at } => edit.refund(&lot, refunded, seen_at, now),
        Command::Dispute { lot, dispute, state, seen_at } => {
            edit.dispute(&lot, Dispute { id: dispute, state, seen_at }, now)
        }
        Command::FormerDispute { dispute, state, seen_at } => {
            edit.former_dispute(Dispute { id: dispute, state, seen_at }, now)
        }
        Command::Adjust { id, amount, reason } => edit.adjust(&id, amount, &reason, now)?,
        Command::Import(import) => {
            edit.import(&import, now)?;
            Outcome::Done
        }
        Command::Delete => edit.delete(now),
    };
    Ok(Decision { account: edit.account, entries: edit.entries, outcome })
}

impl AccountEdit<'_> {
    pub(crate) fn note_snapshot(
        &mut self,
        snapshot: &SubscriptionSnapshot,
    ) -> Result<SubscriptionId, Refusal> {
        let terms = self.paid_plan(&snapshot.plan);
        // A subscription that is not entitled may have a plan that the catalogue no longer has.
        if snapshot.status.is_entitled() && snapshot.ended_at.is_none() && terms.is_none() {
            return Err(Refusal::UnknownPlan(snapshot.plan.clone()));
        }
        let terms = terms.map(|terms| terms.times(snapshot.quantity));
        self.subscription_mut(&snapshot.id).note_snapshot(snapshot.clone(), terms);
        Ok(snapshot.id.clone())
    }

    fn note_paid(&mut self, invoice: &PaidInvoice) -> Result<SubscriptionId, Refusal> {
        let mut lines = Vec::new();
        for line in &invoice.lines {
            if line.end <= line.start {
                return Err(Refusal::InvalidPeriod);
            }
            let terms = self.paid_plan(&line.plan).ok_or_else(|| Refusal::UnknownPlan(line.plan.clone()))?;
            lines.push(Line::new(line, terms.times(line.quantity), invoice.paid_at));
        }
        let subscription = self.subscription_mut(&invoice.subscription);
        for line in lines {
            subscription.note_line(line);
        }
        let adopted = subscription.adopted_at.and_then(|_| subscription.last_period());
        // Rule 20: the token period that was running when the account was imported is known by its line only.
        let is_later =
            |last: &TokenPeriod| self.account.period.as_ref().is_none_or(|known| known.is_before(last));
        if self.account.current.as_ref() == Some(&invoice.subscription)
            && let Some(last) = adopted.filter(is_later)
        {
            self.account.period = Some(last);
        }
        Ok(invoice.subscription.clone())
    }

    fn paid_plan(&self, id: &PlanId) -> Option<PlanTerms> {
        self.catalogue.plan(id).filter(|plan| plan.is_paid()).map(Plan::terms)
    }

    pub(crate) fn subscription_mut(&mut self, id: &SubscriptionId) -> &mut Subscription {
        let subscriptions = &mut self.account.subscriptions;
        let index = subscriptions.iter().position(|known| known.id == *id).unwrap_or_else(|| {
            subscriptions.push(Subscription::new(id.clone()));
            subscriptions.len() - 1
        });
        &mut subscriptions[index]
    }

    /// Rule 10: reports a second entitled subscription, preferably the one that was just noted.
    fn second_subscription(&self, noted: Option<SubscriptionId>) -> Outcome {
        let seconds = || self.account.second_subscriptions();
        let second =
            noted.filter(|noted| seconds().any(|id| id == noted)).or_else(|| seconds().next().cloned());
        match (second, self.account.current.clone()) {
            (Some(id), Some(current)) => Outcome::SecondSubscription { id, current },
            _ => Outcome::Done,
        }
    }

    /// Rule 3: takes the whole amount in spend order, or nothing.
    fn spend(
        &mut self,
        id: &SpendId,
        amount: Tokens,
        reason: &str,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        check_amount(amount)?;
        let slices = self.take(amount)?;
        self.change(now, |edit| {
            for slice in &slices {
                let posting = Posting::of_slice(EntryKind::Spend, slice, slice.amount.debit(), 0);
                edit.post(posting.with_reason(reason).with_reference(id.as_str()));
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
        self.change(now, |edit| {
            for slice in &hold.slices {
                let posting =
                    Posting::of_slice(EntryKind::Hold, slice, slice.amount.debit(), slice.amount.credit());
                edit.post(posting.with_reason(&hold.reason).with_reference(hold.id.as_str()));
            }
            edit.account.holds.push(hold.clone());
        });
        Ok(Outcome::Held(hold))
    }

    /// The slices that a spend or hold of `amount` takes.
    fn take(&self, amount: Tokens) -> Result<Vec<Slice>, Refusal> {
        let account = &self.account;
        spend_order::take(account, self.catalogue, amount).ok_or_else(|| {
            let spendable = spend_order::spendable(account, self.catalogue).map(|slice| slice.amount).sum();
            let there = Bucket::ALL.into_iter().map(|bucket| account.available(bucket)).sum::<Tokens>();
            Refusal::InsufficientTokens {
                needed: amount,
                spendable,
                locked: there.less(spendable),
                remedy: account.remedy(),
            }
        })
    }

    /// Rule 4: a hold ends exactly once. It is released if `commit` is `None`.
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
        let committed = self.change(now, |edit| edit.end_hold(&hold, asked, EntryKind::HoldReleased));
        Ok(Outcome::HoldEnded { committed, released: there.less(asked) })
    }

    /// Rule 15: grants a paid purchase, always and exactly once.
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
        self.change(now, |edit| {
            let lot = edit.expect_lot(id, paid_at);
            lot.source = LotSource::Purchase(paid);
            lot.since = paid_at;
            lot.granted = tokens;
            edit.sort_lots();
            edit.post(Posting::of_lot(EntryKind::Grant, id, tokens.credit()));
            edit.settle(id);
        });
        Ok(Outcome::Done)
    }

    /// Rule 16. A refund that arrives before its payment is kept until the payment arrives.
    fn refund(&mut self, id: &LotId, total: Minor, seen_at: Timestamp, now: Timestamp) -> Outcome {
        self.change(now, |edit| {
            let lot = edit.expect_lot(id, seen_at);
            if lot.refund.is_none_or(|known| known.seen_at <= seen_at) {
                lot.refund = Some(Refund { total, seen_at });
                edit.settle(id);
            }
        });
        Outcome::Done
    }

    /// Rule 17: an open dispute freezes the lot, a lost one claws it back, and any other does neither. The state that was
    /// read last counts.
    fn dispute(&mut self, id: &LotId, dispute: Dispute, now: Timestamp) -> Outcome {
        self.change(now, |edit| {
            let lot = edit.expect_lot(id, now);
            let was_frozen = lot.state() == LotState::Frozen;
            note_dispute(&mut lot.disputes, dispute);
            let is_frozen = lot.state() == LotState::Frozen;
            match (was_frozen, is_frozen) {
                (false, true) => edit.post(Posting::of_lot(EntryKind::Freeze, id, 0)),
                (true, false) => edit.post(Posting::of_lot(EntryKind::Thaw, id, 0)),
                _ => {}
            }
            edit.settle(id);
        });
        Outcome::Done
    }

    /// Rule 13: a dispute of an earlier account of the same person stops buying, too.
    fn former_dispute(&mut self, dispute: Dispute, now: Timestamp) -> Outcome {
        self.change(now, |edit| note_dispute(&mut edit.account.former_disputes, dispute));
        Outcome::Done
    }

    /// Rule 17a: a gift gets a lot of its own. A correction takes from the newest gift first.
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
        self.change(now, |edit| {
            let gift = Lot { granted: tokens, ..Lot::new(lot.clone(), LotSource::Gift, edit.at()) };
            edit.account.lots.push(gift);
            edit.sort_lots();
            edit.post(Posting::of_lot(EntryKind::Adjustment, &lot, tokens.credit()).with_reason(reason));
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
        self.change(now, |edit| {
            for (lot, part) in &parts {
                let posting = Posting::of_lot(EntryKind::Adjustment, lot, part.debit());
                edit.post(posting.with_reason(reason).with_reference(id.as_str()));
            }
        });
        Ok(())
    }

    /// Rule 18: voids every hold and burns every bucket.
    fn delete(&mut self, now: Timestamp) -> Outcome {
        self.change(now, |edit| {
            for hold in std::mem::take(&mut edit.account.holds) {
                for slice in hold.slices.iter().rev() {
                    let amount = slice.amount;
                    let posting =
                        Posting::of_slice(EntryKind::HoldReleased, slice, amount.credit(), amount.debit());
                    edit.post(posting.with_reason(&hold.reason).with_reference(hold.id.as_str()));
                }
            }
            edit.post(Posting::new(EntryKind::Burn, Bucket::Rollover, edit.account.rollover.debit()));
            edit.post(Posting::new(EntryKind::Burn, Bucket::Fast, edit.account.fast.debit()));
            for lot in edit.account.lots.clone() {
                edit.post(Posting::of_lot(EntryKind::Burn, &lot.id, lot.remaining.debit()));
            }
            let open = edit.account.lots.iter().flat_map(|lot| &lot.disputes);
            for dispute in
                open.filter(|dispute| dispute.state == DisputeState::Opened).cloned().collect::<Vec<_>>()
            {
                note_dispute(&mut edit.account.former_disputes, dispute);
            }
            edit.account.lots.clear();
            edit.account.subscriptions.clear();
            edit.account.current = None;
            edit.account.period = None;
            edit.account.deleted_at = Some(edit.at());
        });
        Outcome::Done
    }

    /// The lot of a purchase. Adds it as awaited if it is not known yet.
    fn expect_lot(&mut self, id: &LotId, since: Timestamp) -> &mut Lot {
        let lots = &mut self.account.lots;
        let index = lots.iter().position(|lot| lot.id == *id).unwrap_or_else(|| {
            lots.push(Lot::new(id.clone(), LotSource::Awaited, since));
            lots.len() - 1
        });
        &mut lots[index]
    }

    /// Puts the lots into spend order (rule 2).
    pub(crate) fn sort_lots(&mut self) {
        self.account.lots.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    }

    /// The account must not hold more tokens than JSON keeps exact.
    pub(crate) fn check_room(&self, tokens: Tokens) -> Result<(), Refusal> {
        let account = &self.account;
        let there =
            Bucket::ALL.into_iter().map(|bucket| account.available(bucket).plus(account.held(bucket)));
        if there.sum::<Tokens>().plus(tokens) > Tokens::MAX { Err(Refusal::BalanceTooLarge) } else { Ok(()) }
    }
}

/// An amount must be at least 1, and JSON must keep it exact.
fn check_amount(asked: Tokens) -> Result<(), Refusal> {
    if asked.is_zero() || asked > Tokens::MAX { Err(Refusal::InvalidAmount { asked }) } else { Ok(()) }
}
