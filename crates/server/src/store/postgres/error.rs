//! What PostgreSQL, or the connection to it, failed at, and whether trying again can help.

use crate::store::StoreError;
use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

/// Why the database did not do something.
#[derive(Debug)]
pub enum DatabaseError {
    /// Another change came first.
    Conflict,
    /// It was aborted because of a concurrent transaction: the same again may well succeed.
    Aborted(String),
    /// The database cannot be reached, or refuses writes for now. Whether it did it is not known.
    Unreachable(String),
    /// Every connection was busy for too long: nothing was begun.
    Busy,
    /// A text holds a NUL, which no text of PostgreSQL can.
    NulInText,
    /// The database refused it.
    Refused(String),
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let words = plainly(&error);
        let Some(code) = error.code() else {
            // Without a code, either the connection failed or a value could not be sent.
            let io =
                std::error::Error::source(&error).is_none_or(<dyn std::error::Error>::is::<std::io::Error>);
            return if error.is_closed() || io { Self::Unreachable(words) } else { Self::Refused(words) };
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Aborted(words),
            SqlState::CHARACTER_NOT_IN_REPERTOIRE => Self::NulInText,
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            // A primary that became a standby.
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unreachable(words),
            _ if code.code().starts_with("08") => Self::Unreachable(words),
            _ => Self::Refused(words),
        }
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> Self {
        match error {
            // Waiting does not help with a wrong password, but whether an earlier statement was done is not known either.
            PoolError::Backend(error) => Self::Unreachable(plainly(&error)),
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            PoolError::Closed => Self::Refused("the store is closed".to_owned()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl From<StoreError> for DatabaseError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self::Conflict,
            DatabaseError::Busy => Self::Overloaded,
            DatabaseError::Aborted(why) | DatabaseError::Unreachable(why) => Self::Unavailable(why),
            DatabaseError::NulInText => {
                Self::Failed("a text holds a NUL, which PostgreSQL cannot store".to_owned())
            }
            DatabaseError::Refused(why) => Self::Failed(why),
        }
    }
}

/// What the database said, with its code, or what kept it from saying something.
pub fn plainly(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", said.message(), said.code().code());
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
