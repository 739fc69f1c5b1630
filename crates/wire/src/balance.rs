//! The balance, and the ledger entries that it is the sum of.

use crate::Tokens;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One of the three buckets that hold an account's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// The Rollover Bank: fast tokens left over from earlier periods.
    Rollover,
    /// This period's plan allowance.
    Fast,
    /// Tokens bought in packs.
    TopUp,
}

/// `GET /v1/balance`. The `available` amounts do not include tokens on hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Balance {
    /// Grows by one with every change of the account's balance.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub version: u64,
    /// The instant of this balance, by the service's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub as_of: Timestamp,
    /// This period's plan allowance.
    pub fast: Fast,
    /// The Rollover Bank.
    pub rollover: Rollover,
    /// Top-up tokens.
    pub top_up: TopUp,
    /// What a spend could use at that instant.
    pub spendable: Tokens,
    /// `spendable` plus the locked and frozen tokens.
    pub total: Tokens,
    /// Plan tokens that were spent before a credit gave them back. The next plan tokens are taken for them (rule 11).
    #[serde(default)]
    pub owed: Tokens,
    /// The bucket that the next spend takes from first. `None` if nothing is spendable.
    pub next_spent_from: Option<Bucket>,
    /// All three buckets in the order in which spends use them up, the first one first (rule 1).
    pub spend_order: Vec<Bucket>,
    /// What was used since the last reset (rule 8a). `None` if the service does not report it.
    #[serde(default)]
    pub used: Option<Used>,
    /// Whether the account can buy packs now (rule 13).
    pub can_buy: bool,
}

impl Balance {
    /// What a full well holds: the tokens that are here or on hold, and those used since the last reset.
    pub fn full(&self) -> Tokens {
        let used = self.used.as_ref().map_or(Tokens(0), |used| used.tokens);
        sum(&[self.total, self.held(), used])
    }

    /// What a spend could use, or is on hold for one.
    pub fn spendable_and_held(&self) -> Tokens {
        sum(&[self.spendable, self.held()])
    }

    fn held(&self) -> Tokens {
        sum(&[self.fast.held, self.rollover.held, self.top_up.held])
    }
}

fn sum(parts: &[Tokens]) -> Tokens {
    Tokens(parts.iter().fold(0, |sum, tokens| sum.saturating_add(tokens.0)))
}

/// What spends and committed holds used up since the last reset, of every bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Used {
    /// The tokens.
    pub tokens: Tokens,
    /// When the period that they are counted for started.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub since: Timestamp,
}

/// Fast tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Fast {
    /// Unspent in this period.
    pub available: Tokens,
    /// On hold for running jobs.
    pub held: Tokens,
    /// What this period was granted: the plan's allowance, unless the plan changed within the period (rule 11).
    pub allowance: Tokens,
    /// When the next period starts. `None` if none will.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub resets_at: Option<Timestamp>,
}

/// The Rollover Bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rollover {
    /// In the bank.
    pub available: Tokens,
    /// On hold for running jobs.
    pub held: Tokens,
    /// The most that the plan's bank may hold. It is 0 on a plan without a bank.
    pub cap: Tokens,
}

/// Top-up tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TopUp {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LockedReason {
    /// The account is not entitled. An active plan unlocks them (rule 9).
    NotEntitled,
    /// A dispute is open on the payment that bought them (rule 17).
    Dispute,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

/// `GET /v1/activity`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// One page of entries.
    pub items: Vec<Entry>,
    /// The `cursor` of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
}

/// One line of the append-only ledger: a change of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Entry {
    /// The entry's id.
    pub id: String,
    /// When it took effect.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Timestamp,
    /// What happened, such as `spend`, `grant`, `renewal`, `forfeit`.
    pub kind: String,
    /// The bucket that changed.
    pub bucket: Bucket,
    /// The change. It is negative if tokens left the bucket.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub amount: i64,
    /// What the bucket held after this entry.
    pub balance_after: Tokens,
    /// The reason that came with the spend, hold or adjustment.
    pub reason: Option<String>,
    /// The spend, purchase or period that caused it.
    pub reference: Option<String>,
    /// The name of the service key of the back end that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub service_key: Option<String>,
}

/// `GET /v1/usage/daily`: what was spent, by day and bucket. It includes days without a spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DailyUsage {
    /// Every day of the range, oldest first.
    pub days: Vec<DayUsage>,
}

/// What was spent on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DayUsage {
    /// The day, as `YYYY-MM-DD` in the time zone that was asked for.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub date: Date,
    /// From the Rollover Bank.
    pub rollover: Tokens,
    /// From the fast tokens.
    pub fast: Tokens,
    /// From the top-up tokens.
    pub top_up: Tokens,
}
