//! Refusals by the rules, as problems.

use super::api_error::ApiError;
use super::problem::ProblemKind;
use super::wire_types::{remedy, tokens};
use tokenwell_ledger::{Refusal, Remedy};

/// A refusal as a problem.
pub fn refusal(refusal: &Refusal) -> ApiError {
    let kind = match refusal {
        Refusal::AccountDeleted => return ApiError::account_deleted(),
        Refusal::InvalidAmount { .. } => ProblemKind::InvalidAmount,
        Refusal::InvalidHoldLife { .. } => ProblemKind::InvalidTtl,
        Refusal::HoldEnded(_) => ProblemKind::HoldEnded,
        Refusal::CommitExceedsHold { .. } => ProblemKind::CommitExceedsHold,
        Refusal::InsufficientTokens { .. } => ProblemKind::InsufficientTokens,
        Refusal::CorrectionBelowZero { .. } => ProblemKind::CorrectionBelowZero,
        Refusal::BalanceTooLarge => ProblemKind::BalanceTooLarge,
        Refusal::SubscriptionRequired { .. } => ProblemKind::SubscriptionRequired,
        Refusal::DisputeOpen => ProblemKind::DisputeOpen,
        Refusal::InvalidPeriod | Refusal::UnknownPlan(_) | Refusal::IdInUse(_) => ProblemKind::FactRefused,
    };
    let problem = ApiError::new(kind, sentence(refusal));
    match refusal {
        Refusal::InsufficientTokens { needed, spendable, locked, remedy: helps } => problem
            .with_amounts(tokens(*needed), tokens(*spendable), tokens(*locked))
            .with_remedy(remedy(*helps)),
        Refusal::SubscriptionRequired { remedy: helps } => problem.with_remedy(remedy(*helps)),
        _ => problem,
    }
}

/// The refusal's message as a sentence, followed by what to do.
fn sentence(refusal: &Refusal) -> String {
    let message = refusal.to_string();
    let mut letters = message.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let what_to_do = match refusal {
        Refusal::SubscriptionRequired { remedy: Remedy::Resubscribe } => {
            " Resubscribe to a plan first; it unlocks the tokens you have, too."
        }
        Refusal::SubscriptionRequired { .. } => " Choose a plan first.",
        Refusal::InsufficientTokens { remedy, .. } => match remedy {
            Remedy::Upgrade => " Choose a plan to get more.",
            Remedy::Resubscribe => " Resubscribe to a plan to unlock them.",
            Remedy::AddTokens => " Add tokens to go on.",
        },
        Refusal::DisputeOpen => " Packs are on sale again once it is closed.",
        _ => "",
    };
    format!("{capital}{}.{what_to_do}", letters.as_str())
}
