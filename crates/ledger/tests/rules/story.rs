//! An account with all its entries and a clock, and methods that read like a story. Every command checks all invariants.

use crate::promises;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokenwell_ledger::{
    Account, Balance, Bucket, Catalogue, Command, Decision, DisputeState, Entry, EntryKind, Interval,
    LineKind, Lot, Minor, Money, Outcome, PaidInvoice, PaidLine, Refusal, Slice, SubscriptionSnapshot,
    SubscriptionStatus, Tokens, balance, balance_at, decide,
};

pub const ESSENTIAL: u64 = 8_500;
pub const PREMIUM: u64 = 25_000;

/// 1 November 2026, noon.
pub fn start() -> Timestamp {
    at("2026-11-01T12:00:00Z")
}

pub fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub fn usd(amount: u64) -> Money {
    Money { amount: Minor(amount), currency: "usd".to_owned().try_into().unwrap() }
}

#[derive(Clone)]
pub struct Story {
    pub catalogue: Catalogue,
    pub account: Account,
    pub entries: Vec<Entry>,
    pub now: Timestamp,
    pub ids: u32,
}

impl Story {
    /// A new account on the free plan.
    pub fn free() -> Self {
        Self::with(Catalogue::built_in(), start())
    }

    pub fn with(catalogue: Catalogue, now: Timestamp) -> Self {
        let (account, entries) = Account::open("acct".into(), &catalogue, now);
        Self { catalogue, account, entries, now, ids: 0 }
    }

    /// A new account that subscribed at once, billed monthly.
    pub fn subscribed(plan: &str) -> Self {
        let mut story = Self::free();
        story.subscribe("sub_1", plan);
        story
    }

    /// An essential account with tokens in every bucket: 1,000 in the bank, 8,500 fast, 5,000 top-up.
    pub fn with_all_buckets() -> Self {
        let mut story = Self::subscribed("essential");
        story.spend(ESSENTIAL - 1_000);
        story.go("2026-12-01T12:00:00Z");
        story.pay_month("sub_1", "essential", "2026-12-01T12:00:00Z");
        story.buy("pack", 5_000, 900);
        story.buckets([1_000, ESSENTIAL, 5_000]);
        story
    }

    pub fn try_apply(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let before = self.account.clone();
        let Decision { account, entries, outcome } = decide(&before, &self.catalogue, command, self.now)?;
        self.account = account;
        self.entries.extend(entries);
        promises::check_step(self, &before);
        Ok(outcome)
    }

    pub fn apply(&mut self, command: Command) -> Outcome {
        self.try_apply(command).unwrap()
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("id_{}", self.ids)
    }

    /// Moves the clock to a time and applies what is due.
    pub fn go(&mut self, time: &str) {
        self.now = at(time);
        self.apply(Command::CatchUp);
    }

    pub fn wait(&mut self, time: SignedDuration) {
        self.now += time;
        self.apply(Command::CatchUp);
    }

    pub fn try_spend(&mut self, amount: u64) -> Result<Vec<(Bucket, u64)>, Refusal> {
        let command =
            Command::Spend { id: self.id().into(), amount: Tokens(amount), reason: "an image".into() };
        match self.try_apply(command)? {
            Outcome::Spent { slices } => Ok(short(&slices)),
            other => panic!("a spend ended in {other:?}"),
        }
    }

    pub fn spend(&mut self, amount: u64) -> Vec<(Bucket, u64)> {
        self.try_spend(amount).unwrap()
    }

    pub fn try_hold(
        &mut self,
        id: &str,
        amount: u64,
        life_s: Option<u64>,
    ) -> Result<Vec<(Bucket, u64)>, Refusal> {
        let command = Command::Hold {
            id: id.into(),
            amount: Tokens(amount),
            reason: "a film".into(),
            life: life_s.map(Duration::from_secs),
        };
        match self.try_apply(command)? {
            Outcome::Held(hold) => Ok(short(hold.slices())),
            other => panic!("a hold ended in {other:?}"),
        }
    }

    /// Makes a hold that lives a day.
    pub fn hold(&mut self, id: &str, amount: u64) -> Vec<(Bucket, u64)> {
        self.try_hold(id, amount, Some(24 * 3_600)).unwrap()
    }

    pub fn commit(&mut self, id: &str, amount: u64) -> Result<Outcome, Refusal> {
        self.try_apply(Command::CommitHold { id: id.into(), amount: Tokens(amount) })
    }

    pub fn release(&mut self, id: &str) -> Result<Outcome, Refusal> {
        self.try_apply(Command::ReleaseHold { id: id.into() })
    }

    /// Pays for a pack now.
    pub fn buy(&mut self, id: &str, tokens: u64, cents: u64) {
        self.apply(grant(id, tokens, cents, self.now));
    }

    pub fn refund(&mut self, id: &str, cents: u64) {
        self.apply(Command::RefundTotal { lot: id.into(), refunded: Minor(cents), seen_at: self.now });
    }

    pub fn dispute(&mut self, id: &str, state: DisputeState) {
        let (lot, dispute, seen_at) = (id.into(), "dp_1".into(), self.now);
        self.apply(Command::Dispute { lot, dispute, state, seen_at });
    }

    pub fn adjust(&mut self, amount: i64) -> Result<Outcome, Refusal> {
        let id = self.id().into();
        self.try_apply(Command::Adjust { id, amount, reason: "a word".into() })
    }

    /// Subscribes now, billed monthly, with the facts that a checkout at Stripe reports.
    pub fn subscribe(&mut self, id: &str, plan: &str) {
        self.apply(Command::SubscriptionState(snapshot(id, plan, self.now)));
        let now = self.now.to_string();
        self.pay_month(id, plan, &now);
    }

    /// Pays the invoice for the month from `start`: at `start`, or now if `start` is past.
    pub fn pay_month(&mut self, id: &str, plan: &str, start: &str) {
        let start = at(start);
        let paid_at = start.max(self.now);
        self.apply(Command::InvoicePaid(PaidInvoice { paid_at, ..month(id, plan, start) }));
    }

    pub fn status(&mut self, id: &str, plan: &str, status: SubscriptionStatus) {
        let seen = SubscriptionSnapshot { status, anchor: start(), ..snapshot(id, plan, self.now) };
        self.apply(Command::SubscriptionState(seen));
    }

    /// Ends the subscription now.
    pub fn end(&mut self, id: &str, plan: &str) {
        self.apply(Command::SubscriptionState(ended(id, plan, self.now)));
    }

    pub fn balance(&self) -> Balance {
        balance(&self.account, &self.catalogue, self.now)
    }

    /// The balance at a past instant. `None` before the account was opened.
    pub fn balance_at(&self, at: Timestamp) -> Option<Balance> {
        let until = self.entries.partition_point(|entry| entry.at <= at);
        balance_at(&self.account, self.entries[..until].last(), &self.catalogue, at)
    }

    pub fn lot(&self, id: &str) -> &Lot {
        self.account.lot(&id.into()).unwrap()
    }

    /// Asserts what rollover, fast and top-up hold.
    #[track_caller]
    pub fn buckets(&self, expected: [u64; 3]) {
        let balance = self.balance();
        let found = [balance.rollover.available, balance.fast.available, balance.top_up.available];
        assert_eq!(found.map(|tokens| tokens.0), expected, "rollover, fast, top-up");
    }

    /// Kind, bucket and amount of the entries from index `first` on.
    pub fn entries_from(&self, first: usize) -> Vec<(EntryKind, Bucket, i64)> {
        self.entries[first..].iter().map(|entry| (entry.kind, entry.bucket, entry.amount)).collect()
    }
}

/// Bucket and amount of each slice.
pub fn short(slices: &[Slice]) -> Vec<(Bucket, u64)> {
    slices.iter().map(|slice| (slice.bucket, slice.amount.0)).collect()
}

pub fn grant(id: &str, tokens: u64, cents: u64, paid_at: Timestamp) -> Command {
    Command::GrantPack { lot: id.into(), tokens: Tokens(tokens), paid: usd(cents), paid_at }
}

/// An active subscription that started at `now` and was read at the same time.
pub fn snapshot(id: &str, plan: &str, now: Timestamp) -> SubscriptionSnapshot {
    SubscriptionSnapshot {
        id: id.into(),
        status: SubscriptionStatus::Active,
        plan: plan.into(),
        interval: Interval::Month,
        quantity: 1,
        started_at: now,
        anchor: now,
        cancel_at_period_end: false,
        cancel_at: None,
        trial_end: None,
        ended_at: None,
        seen_at: now,
    }
}

/// A subscription that ended at `now` and was read at the same time.
pub fn ended(id: &str, plan: &str, now: Timestamp) -> SubscriptionSnapshot {
    SubscriptionSnapshot {
        status: SubscriptionStatus::Canceled,
        ended_at: Some(now),
        ..snapshot(id, plan, now)
    }
}

/// A month that was paid at its start.
pub fn month(id: &str, plan: &str, start: Timestamp) -> PaidInvoice {
    invoice(id, start, [line(LineKind::Period, plan, start, months_after(start, 1))])
}

/// A year that was paid at its start.
pub fn year(id: &str, plan: &str, start: Timestamp) -> PaidInvoice {
    let line = line(LineKind::Period, plan, start, months_after(start, 12));
    invoice(id, start, [PaidLine { interval: Interval::Year, ..line }])
}

pub fn invoice<const N: usize>(id: &str, paid_at: Timestamp, lines: [PaidLine; N]) -> PaidInvoice {
    PaidInvoice { subscription: id.into(), paid_at, lines: lines.into() }
}

/// A line of one monthly plan.
pub fn line(kind: LineKind, plan: &str, start: Timestamp, end: Timestamp) -> PaidLine {
    PaidLine {
        id: format!("{kind:?} {plan} {start} {end}").into(),
        plan: plan.into(),
        interval: Interval::Month,
        quantity: 1,
        kind,
        start,
        end,
    }
}

pub fn months_after(start: Timestamp, months: i32) -> Timestamp {
    use jiff::{ToSpan, tz::TimeZone};
    start.to_zoned(TimeZone::UTC).checked_add(months.months()).unwrap().timestamp()
}
