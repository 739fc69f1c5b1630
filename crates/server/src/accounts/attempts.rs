//! Optimistic concurrency: a change is decided anew when another one came first.

use super::error::AccountError;
use crate::store::StoreError;

/// How often a change is decided anew. Within an instance the account's lock orders changes. Between instances one of them
/// wins each round, so an account that all of them write to needs many.
const ATTEMPTS_MAX: u32 = 100;

/// Why an attempt at a change ended.
#[derive(Debug)]
pub enum AttemptError<E = AccountError> {
    /// Another change came first: read again and decide anew.
    Conflict,
    /// Another attempt would not help.
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

/// Makes attempts until one meets no conflict.
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
