//! The append-only ledger. Every change of a bucket is an entry, and the balance is the sum of the entries.

use crate::{AccountId, Bucket, EntryId, LotId, PlanId, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of the ledger: a change of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's id, `account.version.index`. It is unique across all accounts.
    pub id: EntryId,
    /// The version of the account that this entry belongs to.
    pub version: u64,
    /// When it took effect. It is never earlier than the previous entry.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// The bucket that changed.
    pub bucket: Bucket,
    /// The lot that changed, for top-up tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The change of the bucket. It is negative if tokens left it.
    pub amount: i64,
    /// The change of the tokens on hold that were taken from this bucket.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held: i64,
    /// What the bucket held after this entry.
    pub balance_after: Tokens,
    /// The reason that came with the spend, hold or adjustment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The spend, hold, purchase, adjustment or period that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The account's standing after the whole change.
    pub standing: Standing,
    /// What was used since the last reset, after the whole change.
    pub used: Used,
    /// What every bucket held after the whole change, and what was used of it until then. A past balance can be read from
    /// this one entry, and what was used within a time from the entries before its start and its end.
    pub buckets: Buckets,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(change: &i64) -> bool {
    *change == 0
}

impl Entry {
    /// The tokens that this entry used for good: those of a spend, or those that a job took of its hold.
    pub fn spent(&self) -> Tokens {
        match self.kind {
            EntryKind::Spend => Tokens(self.amount.unsigned_abs()),
            EntryKind::HoldCommitted => Tokens(self.held.unsigned_abs()),
            _ => Tokens::ZERO,
        }
    }

    pub(crate) fn id_of(account: &AccountId, version: u64, index: usize) -> EntryId {
        format!("{account}.{version}.{index}").into()
    }
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The free plan's tokens of a day (rule 8).
    DailyReset,
    /// A token period's allowance (rules 6, 7).
    Renewal,
    /// The tokens of a plan change within a token period, or of a plan line that was paid for the past (rule 11).
    Prorated,
    /// Plan tokens taken back after a credit (rule 11).
    TakenBack,
    /// Fast tokens moved to the bank. There is one entry for each side (rule 6).
    Rollover,
    /// Tokens lost because they exceed the bank's cap, or because a day or plan ended (rules 4, 6, 8, 9, 11).
    Forfeit,
    /// A slice of a spend (rule 1).
    Spend,
    /// A slice of a hold (rule 4).
    Hold,
    /// A job used tokens on hold. The bucket does not change, because the tokens left it with the hold.
    HoldCommitted,
    /// A slice of a hold went back.
    HoldReleased,
    /// A slice of a hold went back because the hold expired.
    HoldExpired,
    /// The tokens of a pack purchase (rule 15).
    Grant,
    /// Tokens taken back after a refund or a lost dispute (rule 16).
    ClawBack,
    /// Tokens returned because a refund failed at Stripe (rule 16).
    ClawBackReversed,
    /// A dispute was opened, so the lot cannot be used (rule 17). Changes no amount.
    Freeze,
    /// The dispute was won (rule 17). Changes no amount.
    Thaw,
    /// The plan, its state or its renewal changed, and with it which tokens are locked. Changes no amount.
    PlanChanged,
    /// An operator's gift or correction (rule 17a).
    Adjustment,
    /// Tokens that the user brought from another system (rule 20).
    Imported,
    /// Tokens lost with the account (rule 18).
    Burn,
}

impl EntryKind {
    /// Its name in JSON, such as `hold_released`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DailyReset => "daily_reset",
            Self::Renewal => "renewal",
            Self::Prorated => "prorated",
            Self::TakenBack => "taken_back",
            Self::Rollover => "rollover",
            Self::Forfeit => "forfeit",
            Self::Spend => "spend",
            Self::Hold => "hold",
            Self::HoldCommitted => "hold_committed",
            Self::HoldReleased => "hold_released",
            Self::HoldExpired => "hold_expired",
            Self::Grant => "grant",
            Self::ClawBack => "claw_back",
            Self::ClawBackReversed => "claw_back_reversed",
            Self::Freeze => "freeze",
            Self::Thaw => "thaw",
            Self::PlanChanged => "plan_changed",
            Self::Adjustment => "adjustment",
            Self::Imported => "imported",
            Self::Burn => "burn",
        }
    }
}

/// What a balance shows besides the amounts in the buckets. Every change of it is in an entry, so a past balance also
/// shows which tokens were locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The plan in effect.
    pub plan: PlanId,
    /// Whether top-up tokens can be used and bought (rule 12).
    pub entitled: bool,
    /// What the running period was granted (rule 11).
    pub allowance: Tokens,
    /// The most that the bank may hold.
    pub cap: Tokens,
    /// Plan tokens that were spent and are to be taken back (rule 11).
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub owed: Tokens,
    /// When a paid plan's next token period starts.
    pub renews_at: Option<Timestamp>,
    /// Tokens in frozen lots.
    pub frozen: Tokens,
    /// Whether a dispute is open.
    pub dispute_open: bool,
}

/// What spends and committed holds used up since the last reset (rule 8a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The last reset.
    pub since: Timestamp,
    /// The tokens used, of every bucket.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub tokens: Tokens,
}

impl Used {
    /// Nothing was used since a reset.
    pub(crate) fn none_since(since: Timestamp) -> Self {
        Self { since, tokens: Tokens::ZERO }
    }

    /// The sum never exceeds what JSON keeps exact.
    pub(crate) fn plus(self, tokens: Tokens) -> Self {
        Self { tokens: self.tokens.plus(tokens).min(Tokens::MAX), ..self }
    }
}

/// What one bucket holds, and what was used of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Not on hold.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub available: Tokens,
    /// On hold.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub held: Tokens,
    /// Used for good since the account was opened.
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub used: Tokens,
}

impl Holding {
    /// What was used of the bucket after `entry`. The sum never exceeds what JSON keeps exact.
    pub(crate) fn used_with(&self, entry: &Entry) -> Tokens {
        self.used.plus(entry.spent()).min(Tokens::MAX)
    }
}

fn is_empty(holding: &Holding) -> bool {
    *holding == Holding::default()
}

/// What every bucket of an account holds, and what was used of it. It is the sum of the entries.
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
    /// The sum of an account's entries, which must start with the first one.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut buckets = Self::default();
        for entry in entries {
            let holding = buckets.get_mut(entry.bucket);
            holding.available = holding.available.changed_by(entry.amount);
            holding.held = holding.held.changed_by(entry.held);
            holding.used = holding.used_with(entry);
        }
        buckets
    }

    /// What one bucket holds.
    pub fn get(&self, bucket: Bucket) -> &Holding {
        match bucket {
            Bucket::Rollover => &self.rollover,
            Bucket::Fast => &self.fast,
            Bucket::TopUp => &self.top_up,
        }
    }

    pub(crate) fn get_mut(&mut self, bucket: Bucket) -> &mut Holding {
        match bucket {
            Bucket::Rollover => &mut self.rollover,
            Bucket::Fast => &mut self.fast,
            Bucket::TopUp => &mut self.top_up,
        }
    }
}
