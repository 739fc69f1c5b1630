//! Optimistic concurrency: a change is decided again when another one was committed first.

use super::error::AccountError;
use crate::store::StoreError;

/// The maximum number of attempts at a change. Within an instance the account's lock orders changes. Between instances one
/// of them succeeds in each round, so an account that all of them write to needs many attempts.
const ATTEMPTS_MAX: u32 = 100;

/// Why an attempt at a change ended.
#[derive(Debug)]
pub enum AttemptError<E = AccountError> {
    /// Another change was committed first: read again and decide again.
    Conflict,
    /// Another attempt cannot succeed.
    Failed(E),
}

impl<E: From<StoreError>> From<StoreError> for AttemptError<E> {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            error => Self::Failed(error.into()),
        }
    }
}

impl<E: From<AccountError>> From<AccountError> for AttemptError<E> {
    fn from(error: AccountError) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes attempts until one has no conflict.
///
/// # Errors
/// The attempt's error, or [`StoreError::Conflict`] after the last attempt.
pub async fn attempts<T, E, F>(mut attempt: impl FnMut() -> F) -> Result<T, E>
where
    E: From<StoreError>,
    F: Future<Output = Result<T, AttemptError<E>>>,
{
    for _ in 0..ATTEMPTS_MAX {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(AttemptError::Failed(error)) => return Err(error),
            Err(AttemptError::Conflict) => {}
        }
    }
    Err(StoreError::Conflict.into())
}
