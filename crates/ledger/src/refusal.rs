//! Why a command was refused. A refusal changes nothing.

use crate::{HoldId, PlanId, Tokens};
use serde::{Deserialize, Serialize};

/// Why a command was refused.
///
/// The order of the variants is the precedence: where several apply, the first is given. What HTTP adds to it is in the
/// table of `docs/rules.md`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// The account was deleted (rule 18).
    #[error("the account was deleted: nothing can be done with it any more")]
    AccountDeleted,
    /// An amount of nothing, or one beyond what JSON carries exactly.
    #[error("an amount is between 1 and {} tokens, not {asked}", Tokens::MAX)]
    InvalidAmount {
        /// What was asked for.
        asked: Tokens,
    },
    /// A hold that would live for no time or for more than a day (rule 4).
    #[error("a hold lives between 1 and {} seconds, not {asked_s}", crate::HOLD_LIFE_MAX.as_secs())]
    InvalidHoldLife {
        /// The life that was asked for, in seconds.
        asked_s: u64,
    },
    /// A paid period that ends before it starts.
    #[error("a paid period must end after it starts")]
    InvalidPeriod,
    /// A paid plan that the catalogue does not have.
    #[error("the catalogue has no paid plan `{0}`: add it, or correct the lookup key of the price at Stripe")]
    UnknownPlan(PlanId),
    /// The id was used before for something else.
    #[error("the id `{0}` is in use already: every hold and every gift needs an id of its own")]
    IdInUse(String),
    /// The hold was committed, released or has expired, or there never was one (rule 4).
    #[error("the hold `{0}` has ended")]
    HoldEnded(HoldId),
    /// More was to be committed than is on hold (rule 4).
    #[error("only {held} tokens are on hold, {asked} cannot be committed")]
    CommitExceedsHold {
        /// What was asked for.
        asked: Tokens,
        /// What is on hold.
        held: Tokens,
    },
    /// More was to be spent or held than is spendable (rule 3).
    #[error("{needed} tokens are needed, {spendable} are spendable and {locked} are locked")]
    InsufficientTokens {
        /// What was asked for.
        needed: Tokens,
        /// What could have been used.
        spendable: Tokens,
        /// Top-up tokens that are there but locked or frozen.
        locked: Tokens,
        /// The one thing that would help.
        remedy: Remedy,
    },
    /// A correction took more than there is in top-up (rule 17a).
    #[error("{asked} tokens cannot be taken: top-up holds {available}")]
    CorrectionBelowZero {
        /// What was to be taken.
        asked: Tokens,
        /// What there is.
        available: Tokens,
    },
    /// The account would hold more tokens than JSON carries exactly.
    #[error("an account holds at most {} tokens", Tokens::MAX)]
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
    /// The refusal's name for programs, such as `insufficient_tokens`.
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
    /// Not entitled, nothing locked: choose a plan.
    Upgrade,
    /// Not entitled, something locked: choose a plan again.
    Resubscribe,
    /// Entitled: buy a pack.
    AddTokens,
}
