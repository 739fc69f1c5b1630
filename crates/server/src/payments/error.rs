//! Why a payment was not followed up. The messages are for operators (`last_error`, logs); `http` has the texts for users.

use super::stripe::StripeError;
use crate::accounts::{AccountError, AttemptError};
use crate::store::StoreError;
use tokenwell_ledger::{Interval, PlanId, Refusal};

/// Why a payment was not followed up.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// A call to Stripe failed.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The account was not changed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The rules refuse a fact of Stripe.
    #[error("the rules refuse what Stripe says")]
    FactRefused(#[source] Refusal),
    /// An event in the inbox cannot be read.
    #[error("the event cannot be read")]
    UnreadableEvent(#[source] serde_json::Error),
    /// Stripe's response is contradictory.
    #[error("{0}")]
    Unexpected(String),
    /// The catalogue has no price of the plan for this interval.
    #[error("the plan {plan} is not on sale by the {}", interval.name())]
    NotOnSale {
        /// The plan.
        plan: PlanId,
        /// How often it would be billed.
        interval: Interval,
    },
    /// The account has as many open checkouts as it may have.
    #[error("{open} checkouts of the account are open")]
    TooManyCheckouts {
        /// How many.
        open: u32,
    },
    /// Stripe has no price with the lookup key of a plan, or one that cannot be a plan's.
    #[error("Stripe has no active price with the lookup key {lookup_key}")]
    NoPrice {
        /// The lookup key.
        lookup_key: String,
    },
    /// Stripe's price of a pack is missing, or differs from the catalogue's.
    #[error("the pack {pack} is not sold: {why}")]
    NotSold {
        /// The pack.
        pack: String,
        /// Why.
        why: String,
    },
    /// The catalogue has no such pack.
    #[error("the catalogue has no pack {0}")]
    UnknownPack(String),
    /// The quantity is not allowed (rule 14).
    #[error("{0} of a pack cannot be bought at once")]
    InvalidQuantity(u32),
    /// The account has no customer at Stripe.
    #[error("the account has no customer at Stripe")]
    NoCustomer,
    /// The purchase is not stored, or belongs to another account.
    #[error("there is no such purchase")]
    UnknownPurchase,
}

impl PaymentError {
    /// Whether the same work may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Stripe(error) => error.is_retryable(),
            Self::Account(error) => error.is_retryable(),
            Self::NoPrice { .. } | Self::NotSold { .. } => true,
            Self::FactRefused(_)
            | Self::UnreadableEvent(_)
            | Self::Unexpected(_)
            | Self::NotOnSale { .. }
            | Self::TooManyCheckouts { .. }
            | Self::NoCustomer
            | Self::UnknownPack(_)
            | Self::InvalidQuantity(_)
            | Self::UnknownPurchase => false,
        }
    }

    /// Whether the account was deleted (rule 18).
    pub fn is_of_deleted_account(&self) -> bool {
        matches!(self, Self::Account(AccountError::Deleted))
    }

    /// Whether the account does not exist.
    pub fn is_of_unknown_account(&self) -> bool {
        matches!(self, Self::Account(AccountError::NotFound))
    }
}

impl From<StoreError> for PaymentError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<PaymentError> for AttemptError<PaymentError> {
    fn from(error: PaymentError) -> Self {
        Self::Failed(error)
    }
}
