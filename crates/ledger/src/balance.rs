//! The balance, now and at a past instant.

use crate::catalogue::Catalogue;
use crate::catch_up::caught_up;
use crate::{Account, Bucket, Buckets, Entry, Refusal, Standing, Tokens, Used, calendar};
use jiff::Timestamp;

/// What an account holds at an instant. The `available` amounts do not include tokens on hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The account's version at that instant.
    pub version: u64,
    /// The instant.
    pub as_of: Timestamp,
    /// This period's plan allowance.
    pub fast: FastBalance,
    /// The Rollover Bank.
    pub rollover: RolloverBalance,
    /// Top-up tokens.
    pub top_up: TopUpBalance,
    /// What a spend could use at that instant.
    pub spendable: Tokens,
    /// `spendable` plus the locked and frozen tokens.
    pub total: Tokens,
    /// Plan tokens that a credit gave back after they were spent. The next plan tokens are taken for them (rule 11).
    pub owed: Tokens,
    /// The bucket that the next spend takes from first. `None` if nothing is spendable.
    pub next_spent_from: Option<Bucket>,
    /// Every bucket, in the order in which spends use them up (rule 1).
    pub spend_order: [Bucket; 3],
    /// What was used since the last reset (rule 8a).
    pub used: Used,
    /// Whether the account can buy packs (rule 13).
    pub can_buy: bool,
}

/// Fast tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastBalance {
    /// Unspent in this period.
    pub available: Tokens,
    /// On hold for running jobs.
    pub held: Tokens,
    /// What the running period was granted: the plan's allowance, unless the plan changed within the period (rule 11).
    pub allowance: Tokens,
    /// When the next period starts. `None` if none will, or if the period that is due is not paid for.
    pub resets_at: Option<Timestamp>,
}

/// The Rollover Bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverBalance {
    /// In the bank.
    pub available: Tokens,
    /// On hold for running jobs.
    pub held: Tokens,
    /// The most that the plan's bank may hold. It is 0 on a plan without a bank.
    pub cap: Tokens,
}

/// Top-up tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpBalance {
    /// All of them, including locked and frozen ones.
    pub available: Tokens,
    /// On hold for running jobs.
    pub held: Tokens,
    /// How many of `available` cannot be used.
    pub locked: Tokens,
    /// Why they cannot be used. `None` if none are locked.
    pub locked_reason: Option<LockedReason>,
}

/// Why top-up tokens cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedReason {
    /// The account is not entitled. An active plan unlocks them (rule 9).
    NotEntitled,
    /// A dispute is open on the payment that bought them (rule 17).
    Dispute,
}

/// The balance now. It includes everything that is due, even if it was not applied to the account yet.
pub fn balance(account: &Account, catalogue: &Catalogue, now: Timestamp) -> Balance {
    let account = caught_up(account, catalogue, now);
    let state = State {
        version: account.version,
        buckets: Buckets::of(&account),
        standing: &account.standing,
        used: account.used,
    };
    balance_of(&state, now, catalogue)
}

/// The balance at any instant. `None` before the account was opened.
///
/// `last` is the account's last entry at that instant. It is not used for an instant after the very last entry: that
/// balance follows from the account.
pub fn balance_at(
    account: &Account,
    last: Option<&Entry>,
    catalogue: &Catalogue,
    at: Timestamp,
) -> Option<Balance> {
    if at >= account.latest {
        let balance = balance(account, catalogue, at);
        // Days of the free plan may have started since then without an entry.
        let used = match last {
            Some(last) if balance.used.since > at => used_by(last, at),
            _ => balance.used,
        };
        return Some(Balance { used, ..balance });
    }
    last.map(|last| {
        let state = State {
            version: last.version,
            buckets: last.buckets,
            standing: &last.standing,
            used: used_by(last, at),
        };
        balance_of(&state, at, catalogue)
    })
}

/// Whether the account can buy packs (rule 13), in its state after the last command.
pub fn can_buy(account: &Account) -> Result<(), Refusal> {
    if account.deleted_at.is_some() {
        Err(Refusal::AccountDeleted)
    } else if !account.is_entitled() {
        Err(Refusal::SubscriptionRequired { remedy: account.remedy() })
    } else if account.standing.dispute_open {
        Err(Refusal::DisputeOpen)
    } else {
        Ok(())
    }
}

/// A day of the free plan without a change has no entry, but it is a reset.
fn used_by(last: &Entry, at: Timestamp) -> Used {
    let midnight = calendar::midnight(calendar::day(at));
    if !last.standing.entitled && last.at < midnight { Used::none_since(midnight) } else { last.used }
}

/// What a balance is read from: the account, or its last entry at a past instant.
struct State<'a> {
    version: u64,
    buckets: Buckets,
    standing: &'a Standing,
    used: Used,
}

fn balance_of(
    State { version, buckets, standing, used }: &State<'_>,
    as_of: Timestamp,
    catalogue: &Catalogue,
) -> Balance {
    let (locked, reason) = match (standing.entitled, standing.frozen) {
        (false, _) => (buckets.top_up.available, LockedReason::NotEntitled),
        (true, frozen) => (frozen, LockedReason::Dispute),
    };
    let usable = |bucket| match bucket {
        Bucket::Rollover => buckets.rollover.available,
        Bucket::Fast => buckets.fast.available,
        Bucket::TopUp => buckets.top_up.available.less(locked),
    };
    let spend_order = catalogue.spend_order();
    let spendable = Bucket::ALL.into_iter().map(usable).sum::<Tokens>();
    // The free plan's day ends at midnight. After a paid period, only another paid one follows.
    let today = calendar::day(as_of);
    let resets_at = if standing.entitled {
        standing.renews_at.filter(|at| *at > as_of)
    } else {
        Some(calendar::midnight_after(today))
    };
    // A plan whose end is known late ends before the day that is running.
    let since = if standing.entitled { used.since } else { used.since.max(calendar::midnight(today)) };
    Balance {
        version: *version,
        as_of,
        fast: FastBalance {
            available: buckets.fast.available,
            held: buckets.fast.held,
            allowance: standing.allowance,
            resets_at,
        },
        rollover: RolloverBalance {
            available: buckets.rollover.available,
            held: buckets.rollover.held,
            cap: standing.cap,
        },
        top_up: TopUpBalance {
            available: buckets.top_up.available,
            held: buckets.top_up.held,
            locked,
            locked_reason: (!locked.is_zero()).then_some(reason),
        },
        spendable,
        total: spendable.plus(locked),
        owed: standing.owed,
        next_spent_from: spend_order.into_iter().find(|bucket| !usable(*bucket).is_zero()),
        spend_order,
        used: Used { since, ..*used },
        can_buy: standing.entitled && !standing.dispute_open,
    }
}
