//! What PostgreSQL says, in words that may be logged.

use std::error::Error;
use std::fmt;
use tokio_postgres::error::SqlState;

/// What the database, or the connection to it, said. A server's DETAIL is left out: it repeats values of rows, such as e-mail
/// addresses.
pub struct PostgresError(tokio_postgres::Error);

impl PostgresError {
    /// The code, if it was the database that said something.
    pub fn code(&self) -> Option<&SqlState> {
        self.0.code()
    }

    /// Whether the connection failed, rather than the statement.
    pub fn is_of_the_connection(&self) -> bool {
        self.0.is_closed()
            || (self.code().is_none() && self.0.source().is_none_or(<dyn Error>::is::<std::io::Error>))
    }

    /// Where in a COPY it failed, such as the line and column.
    pub fn copied_line(&self) -> Option<&str> {
        self.0.as_db_error().and_then(|error| error.where_())
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = self.0.as_db_error() {
            return write!(f, "{} (SQLSTATE {})", error.message(), error.code().code());
        }
        match self.0.source() {
            Some(source) => write!(f, "{}: {source}", self.0),
            None => self.0.fmt(f),
        }
    }
}

/// As it is displayed, for the same reason.
impl fmt::Debug for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for PostgresError {
    /// What is below the source that is displayed already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if self.0.as_db_error().is_some() { None } else { self.0.source().and_then(Error::source) }
    }
}
