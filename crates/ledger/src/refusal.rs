//! Why a command was refused. A refusal changes nothing.

use crate::{HoldId, PlanId, Tokens};
use serde::{Deserialize, Serialize};

/// Why a command was refused.
///
/// The order of the variants is their precedence: if several reasons apply, the first one is returned. The table in
/// `docs/rules.md` lists the HTTP status of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// The account was deleted (rule 18).
    #[error("the account was deleted and accepts no more commands")]
    AccountDeleted,
    /// The amount is zero, or too large for JSON to keep exact.
    #[error("an amount must be between 1 and {} tokens, not {asked}", Tokens::MAX)]
    InvalidAmount {
        /// The requested amount.
        asked: Tokens,
    },
    /// The hold would live for less than a second or for more than a day (rule 4).
    #[error("a hold must live between 1 and {} seconds, not {asked_s}", crate::HOLD_LIFE_MAX.as_secs())]
    InvalidHoldLife {
        /// The requested life in seconds.
        asked_s: u64,
    },
    /// The paid period does not end after it starts.
    #[error("a paid period must end after it starts")]
    InvalidPeriod,
    /// The catalogue has no such paid plan.
    #[error("the catalogue has no paid plan `{0}`: add it, or correct the lookup key of the price at Stripe")]
    UnknownPlan(PlanId),
    /// The id already belongs to another hold or lot.
    #[error("the id `{0}` is already in use: give every hold and every gift an id of its own")]
    IdInUse(String),
    /// The hold was committed, released or has expired, or it never existed (rule 4).
    #[error("the hold `{0}` has ended")]
    HoldEnded(HoldId),
    /// The commit asks for more than is on hold (rule 4).
    #[error("only {held} tokens are on hold, {asked} cannot be committed")]
    CommitExceedsHold {
        /// The requested amount.
        asked: Tokens,
        /// What is on hold.
        held: Tokens,
    },
    /// The spend or hold asks for more than is spendable (rule 3).
    #[error("{needed} tokens are needed, {spendable} are spendable and {locked} are locked")]
    InsufficientTokens {
        /// The requested amount.
        needed: Tokens,
        /// What a spend could use.
        spendable: Tokens,
        /// Top-up tokens that are locked or frozen.
        locked: Tokens,
        /// What would make it possible.
        remedy: Remedy,
    },
    /// The correction would take more than top-up holds (rule 17a).
    #[error("{asked} tokens cannot be taken: top-up holds {available}")]
    CorrectionBelowZero {
        /// The requested amount.
        asked: Tokens,
        /// What top-up holds.
        available: Tokens,
    },
    /// The account would hold more tokens than JSON keeps exact.
    #[error("an account can hold at most {} tokens", Tokens::MAX)]
    BalanceTooLarge,
    /// Only an entitled account can buy (rule 13).
    #[error("packs can be bought with an active subscription only")]
    SubscriptionRequired {
        /// `upgrade` or `resubscribe`.
        remedy: Remedy,
    },
    /// An account with an open dispute cannot buy (rule 13).
    #[error("packs cannot be bought while a dispute of an earlier payment is open")]
    DisputeOpen,
}

impl Refusal {
    /// The name of the refusal for programs, such as `insufficient_tokens`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountDeleted => "account_deleted",
            Self::InvalidAmount { .. } => "invalid_amount",
            Self::InvalidHoldLife { .. } => "invalid_hold_life",
            Self::InvalidPeriod => "invalid_period",
            Self::UnknownPlan(_) => "unknown_plan",
            Self::IdInUse(_) => "id_in_use",
            Self::HoldEnded(_) => "hold_ended",
            Self::CommitExceedsHold { .. } => "commit_exceeds_hold",
            Self::InsufficientTokens { .. } => "insufficient_tokens",
            Self::CorrectionBelowZero { .. } => "correction_below_zero",
            Self::BalanceTooLarge => "balance_too_large",
            Self::SubscriptionRequired { .. } => "subscription_required",
            Self::DisputeOpen => "dispute_open",
        }
    }
}

/// What would make a refused spend or purchase possible (rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Choose a plan: the account is not entitled and has no locked tokens.
    Upgrade,
    /// Choose a plan again: the account is not entitled and has locked tokens.
    Resubscribe,
    /// Buy a pack: the account is entitled.
    AddTokens,
}
