//! The append-only ledger: every change of a bucket is an entry, and the balance is the fold of the entries.

use crate::{AccountId, Bucket, Buckets, EntryId, LotId, PlanId, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of the ledger: a change of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's id: `account.version.index`, unique over all accounts.
    pub id: EntryId,
    /// The account's version that it belongs to.
    pub version: u64,
    /// When it took effect; never earlier than the entry before it.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// The bucket that changed.
    pub bucket: Bucket,
    /// The lot that changed, for top-up tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// By how much the bucket changed: negative if tokens left it.
    pub amount: i64,
    /// By how much the tokens on hold changed that were taken from this bucket.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held: i64,
    /// What the bucket held after it.
    pub balance_after: Tokens,
    /// Why, in the words of whoever caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The spend, hold, purchase, adjustment or period that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How the account stood once everything of that moment was done.
    pub standing: Standing,
    /// What every bucket held then: the fold of the entries so far, so that a past balance is one entry away.
    pub buckets: Buckets,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(change: &i64) -> bool {
    *change == 0
}

impl Entry {
    /// How many tokens were used for good by it: a spend, or what a job took of its hold.
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
    /// Fast tokens moved to the bank, one entry for either side (rule 6).
    Rollover,
    /// Tokens lost: over the bank's cap, at the end of a day or of a plan (rules 4, 6, 8, 9, 11).
    Forfeit,
    /// A spend's slice (rule 1).
    Spend,
    /// A hold's slice (rule 4).
    Hold,
    /// A job took what was held: the bucket does not change, it gave the tokens when they were held.
    HoldCommitted,
    /// A hold's slice went back.
    HoldReleased,
    /// A hold's slice went back because its time was over.
    HoldExpired,
    /// A pack purchase's tokens (rule 15).
    Grant,
    /// Taken back after a refund or a lost dispute (rule 16).
    ClawBack,
    /// Given again, as a refund failed at Stripe (rule 16).
    ClawBackReversed,
    /// A dispute was opened; the lot cannot be used (rule 17). Changes no amount.
    Freeze,
    /// The dispute was won (rule 17). Changes no amount.
    Thaw,
    /// The plan, its state or its renewal changed, and with it what is locked. Changes no amount.
    PlanChanged,
    /// An operator's gift or correction (rule 17a).
    Adjustment,
    /// Lost with the account (rule 18).
    Burn,
}

impl EntryKind {
    /// Its name in JSON, such as `hold_released`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DailyReset => "daily_reset",
            Self::Renewal => "renewal",
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
            Self::Burn => "burn",
        }
    }
}

/// What a balance shows besides the buckets' amounts. Every change of it is in an entry, so that the balance at a past
/// instant is right in what is locked, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The plan in effect.
    pub plan: PlanId,
    /// Whether top-up tokens can be used and bought (rule 12).
    pub entitled: bool,
    /// What the plan gives per period.
    pub allowance: Tokens,
    /// The most that the bank holds.
    pub cap: Tokens,
    /// When a paid plan's next token period starts.
    pub renews_at: Option<Timestamp>,
    /// Tokens in frozen lots.
    pub frozen: Tokens,
    /// Whether a dispute is open.
    pub dispute_open: bool,
}
