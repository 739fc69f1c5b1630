//! Why an account was not changed. The messages are for operators; `http` has the texts for users.

use crate::base::batch_queue::QueueFull;
use crate::store::{ClaimKind, StoreError, StoredResponse};
use std::sync::Arc;
use tokenwell_ledger::Refusal;

/// Why an account was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// The account was deleted (rule 18).
    #[error("the account was deleted")]
    Deleted,
    /// The subject or customer is another account's, or the account has another one (rule 19).
    #[error("the account, or what it is to get, is claimed")]
    Claimed(ClaimKind),
    /// The idempotency key was used with another body.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Too many calls wait for this account.
    #[error("the queue of the account is full")]
    QueueFull(#[from] QueueFull),
    /// The rules refuse the change.
    #[error("the rules refuse it")]
    Refused(#[from] Refusal),
    /// The rules returned an outcome that the command cannot have.
    #[error("the rules returned the outcome of another command")]
    UnexpectedOutcome,
    /// An entry or a response cannot be written as JSON.
    #[error("a value cannot be written as JSON")]
    Encoding(#[from] serde_json::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change of the batch that contained this call failed.
    #[error(transparent)]
    Batch(#[from] Arc<AccountError>),
}

impl AccountError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::QueueFull(_) | Self::UnexpectedOutcome | Self::Encoding(_) | Self::Store(_) => true,
            Self::NotFound | Self::Deleted | Self::Claimed(_) | Self::KeyReused | Self::Refused(_) => false,
            Self::Batch(error) => error.is_retryable(),
        }
    }
}

/// Why a call in a batch changed nothing.
#[derive(Debug)]
pub enum DecisionError {
    /// The rules refused. The refusal is the response, and is stored like any other.
    Refused {
        /// The kind of refusal, as metrics count it.
        kind: &'static str,
        /// The response to the caller.
        response: StoredResponse,
    },
    /// The decision failed, and with it the batch.
    Failed(AccountError),
}

impl From<AccountError> for DecisionError {
    fn from(error: AccountError) -> Self {
        Self::Failed(error)
    }
}

impl From<serde_json::Error> for DecisionError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.into())
    }
}
