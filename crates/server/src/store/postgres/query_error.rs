//! Why the database did not do something, and whether trying again can help.

use super::error::PostgresError;
use crate::store::error::{Cause, Closed, OpenError, StoreError};
use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

/// Why the database did not do something.
#[derive(Debug)]
pub enum QueryError {
    /// Another change came first.
    Conflict,
    /// It was aborted because of a concurrent transaction: the same again may well succeed.
    Aborted(PostgresError),
    /// The database cannot be reached, or refuses writes for now. Whether it did it is not known.
    Unreachable(Cause),
    /// Every connection was busy for too long: nothing was begun.
    Busy,
    /// A text holds a NUL.
    NulInText,
    /// A value that has to be unique is another row's.
    Taken(PostgresError),
    /// The database refused it.
    Refused(Cause),
}

/// No text of PostgreSQL can hold a NUL.
#[derive(Debug, thiserror::Error)]
#[error("a text holds a NUL, which PostgreSQL cannot store")]
struct NulInText;

/// The database was waited for too long.
#[derive(Debug, thiserror::Error)]
#[error("it did not answer in time")]
pub struct TimedOut;

impl From<tokio_postgres::Error> for QueryError {
    fn from(error: tokio_postgres::Error) -> Self {
        let error = PostgresError::from(error);
        let Some(code) = error.code() else {
            // Either the connection failed, or a value could not be sent.
            let of_the_connection = error.is_of_the_connection();
            return if of_the_connection {
                Self::Unreachable(error.into())
            } else {
                Self::Refused(error.into())
            };
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Aborted(error),
            SqlState::UNIQUE_VIOLATION => Self::Taken(error),
            SqlState::CHARACTER_NOT_IN_REPERTOIRE => Self::NulInText,
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            // A primary that became a standby.
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unreachable(error.into()),
            _ if code.code().starts_with("08") => Self::Unreachable(error.into()),
            _ => Self::Refused(error.into()),
        }
    }
}

impl QueryError {
    /// For changes whose unique values another change may take first.
    pub fn conflict_if_taken(self) -> Self {
        if matches!(self, Self::Taken(_)) { Self::Conflict } else { self }
    }
}

impl From<PoolError> for QueryError {
    fn from(error: PoolError) -> Self {
        match error {
            // Waiting does not help with a wrong password, but whether an earlier statement was done is not known either.
            PoolError::Backend(error) => Self::Unreachable(PostgresError::from(error).into()),
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            PoolError::Closed => Self::Refused(Closed.into()),
            other => Self::Unreachable(other.into()),
        }
    }
}

impl From<serde_json::Error> for QueryError {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<QueryError> for StoreError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Conflict => Self::Conflict,
            QueryError::Busy => Self::Overloaded,
            QueryError::Aborted(why) => Self::Unavailable(why.into()),
            QueryError::Unreachable(why) => Self::Unavailable(why),
            QueryError::NulInText => Self::failed(NulInText),
            QueryError::Taken(why) => Self::failed(why),
            QueryError::Refused(why) => Self::Failed(why),
        }
    }
}

impl From<QueryError> for OpenError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Aborted(why) | QueryError::Taken(why) => Self::failed(why),
            QueryError::Unreachable(why) | QueryError::Refused(why) => Self::Failed(why),
            other @ (QueryError::Conflict | QueryError::Busy | QueryError::NulInText) => {
                Self::failed(StoreError::from(other))
            }
        }
    }
}
