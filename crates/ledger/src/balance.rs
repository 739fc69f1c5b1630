//! The balance, now and at a past instant.

use crate::catalogue::Catalogue;
use crate::decide::caught_up;
use crate::{Account, Bucket, Entry, Refusal, Remedy, Standing, Tokens, calendar};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account holds at an instant. `available` figures leave out tokens on hold.
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
    /// What a spend could use right now.
    pub spendable: Tokens,
    /// `spendable` and the locked and frozen tokens.
    pub total: Tokens,
    /// The bucket that the next spend takes from first; `None` if nothing is spendable.
    pub next_spent_from: Option<Bucket>,
    /// Every bucket, in the order in which spends use them up (rule 1).
    pub spend_order: [Bucket; 3],
    /// Whether the account can buy packs (rule 13).
    pub can_buy: bool,
}

/// Fast tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastBalance {
    /// Left in this period.
    pub available: Tokens,
    /// Set aside for running jobs.
    pub held: Tokens,
    /// What the plan gives per period.
    pub allowance: Tokens,
    /// When the next period starts; `None` if none will, or none that is paid for and due.
    pub resets_at: Option<Timestamp>,
}

/// The Rollover Bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverBalance {
    /// In the bank.
    pub available: Tokens,
    /// Set aside for running jobs.
    pub held: Tokens,
    /// The most that the plan's bank holds; 0 on a plan without one.
    pub cap: Tokens,
}

/// Top-up tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpBalance {
    /// All of them, the locked and frozen ones included.
    pub available: Tokens,
    /// Set aside for running jobs.
    pub held: Tokens,
    /// How many of `available` cannot be used.
    pub locked: Tokens,
    /// Why; `None` if none are locked.
    pub locked_reason: Option<LockedReason>,
}

/// Why top-up tokens cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedReason {
    /// The account is not entitled: they unlock with an active plan (rule 9).
    NotEntitled,
    /// A dispute is open on the payment that bought them (rule 17).
    Dispute,
}

/// Available and held tokens of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Not on hold.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub available: Tokens,
    /// On hold.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub held: Tokens,
}

fn is_empty(holding: &Holding) -> bool {
    *holding == Holding::default()
}

/// The buckets of an account: what entries add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Buckets {
    /// The Rollover Bank.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub rollover: Holding,
    /// Fast tokens.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub fast: Holding,
    /// Top-up tokens.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub top_up: Holding,
}

impl Buckets {
    /// Adds up entries, from the account's first one on.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut buckets = Self::default();
        for entry in entries {
            let holding = match entry.bucket {
                Bucket::Rollover => &mut buckets.rollover,
                Bucket::Fast => &mut buckets.fast,
                Bucket::TopUp => &mut buckets.top_up,
            };
            holding.available = holding.available.changed_by(entry.amount);
            holding.held = holding.held.changed_by(entry.held);
        }
        buckets
    }

    /// The buckets as the account has them.
    pub fn of(account: &Account) -> Self {
        let holding = |bucket| Holding { available: account.available(bucket), held: account.held(bucket) };
        Self {
            rollover: holding(Bucket::Rollover),
            fast: holding(Bucket::Fast),
            top_up: holding(Bucket::TopUp),
        }
    }
}

/// The balance now: what is due is counted in, whether or not it was applied yet.
pub fn balance(account: &Account, catalogue: &Catalogue, now: Timestamp) -> Balance {
    let account = caught_up(account, catalogue, now);
    figures(&Buckets::of(&account), &account.standing, account.version, now, catalogue)
}

/// The balance at any instant; `None` before the account was opened.
///
/// `last` is the account's last entry at that instant. An instant after the last of all is reckoned from the account.
pub fn balance_at(
    account: &Account,
    last: Option<&Entry>,
    catalogue: &Catalogue,
    at: Timestamp,
) -> Option<Balance> {
    if at >= account.latest {
        return Some(balance(account, catalogue, at));
    }
    last.map(|last| figures(&last.buckets, &last.standing, last.version, at, catalogue))
}

/// Whether the account can buy packs (rule 13), as of the last command.
pub fn can_buy(account: &Account) -> Result<(), Refusal> {
    if account.deleted_at.is_some() {
        Err(Refusal::AccountDeleted)
    } else if !account.is_entitled() {
        Err(Refusal::SubscriptionRequired { remedy: remedy(account) })
    } else if account.standing.dispute_open {
        Err(Refusal::DisputeOpen)
    } else {
        Ok(())
    }
}

/// Rule 3: the one thing that would help.
pub(crate) fn remedy(account: &Account) -> Remedy {
    match (account.is_entitled(), account.available(Bucket::TopUp)) {
        (true, _) => Remedy::AddTokens,
        (false, Tokens::ZERO) => Remedy::Upgrade,
        (false, _) => Remedy::Resubscribe,
    }
}

fn figures(
    buckets: &Buckets,
    standing: &Standing,
    version: u64,
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
    // The free plan's day ends at midnight; a paid period that is over is only followed by one that is paid for.
    let resets_at = if standing.entitled {
        standing.renews_at.filter(|at| *at > as_of)
    } else {
        Some(calendar::midnight_after(calendar::day(as_of)))
    };
    Balance {
        version,
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
        next_spent_from: spend_order.into_iter().find(|bucket| !usable(*bucket).is_zero()),
        spend_order,
        can_buy: standing.entitled && !standing.dispute_open,
    }
}
