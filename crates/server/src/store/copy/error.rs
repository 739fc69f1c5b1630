//! Why there is no copy.

use super::cell::Tally;
use crate::store::error::Cause;
use crate::store::postgres::PostgresError;
use std::path::PathBuf;

/// Why there is no copy. The file is as it was, and the database is as empty as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It did not begin. The message names the flag and the remedy.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file holds rows that cannot be right.
    #[error("{0}; nothing was copied: repair the file, or restore a backup of it")]
    Damaged(#[source] Damage),
    /// It began and was not finished.
    #[error("{0}; nothing was copied: run it again")]
    Unfinished(#[source] Interruption),
}

/// Why a copy does not begin.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Only a file is copied.
    #[error(
        "--from is a PostgreSQL database: only a SQLite file is copied; pg_dump and pg_restore move one PostgreSQL \
         database to another"
    )]
    FromPostgres,
    /// A file is copied into PostgreSQL only.
    #[error(
        "--to is a SQLite file: a file is copied into a PostgreSQL database; the VACUUM INTO of sqlite3 makes a second \
         file"
    )]
    ToSqlite,
    /// The file cannot be copied.
    #[error("--from sqlite:{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: FileRefusal,
    },
    /// The database cannot be used.
    #[error(
        "--to {address}: {source}; give the address of a PostgreSQL server that is up, and a user who may create tables \
         there"
    )]
    Database {
        /// Its address, without a password.
        address: String,
        /// Why.
        source: Cause,
    },
    /// The database was used before.
    #[error(
        "--to {address}: it is not empty ({table} has rows); give an empty database that no service was started on"
    )]
    NotEmpty {
        /// Its address, without a password.
        address: String,
        /// A table with rows.
        table: &'static str,
    },
    /// The database has a column of a type that this program does not copy.
    #[error(
        "--to has a column {table}.{column} of the type {kind}; copy with the tokenwell-server that made this schema"
    )]
    ColumnType {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
}

/// Why a file cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum FileRefusal {
    /// There is none.
    #[error("there is no such file; give the one that the service keeps its data in")]
    Missing,
    /// Another program has it open.
    #[error("it is in use; stop the tokenwell-server that runs on it, then copy")]
    InUse,
    /// Its schema lacks steps.
    #[error("it is of an older version; run tokenwell-server migrate on it first")]
    Older,
    /// Its schema has steps that this program does not know.
    #[error("it is of a newer version; copy it with the tokenwell-server that wrote it")]
    Newer,
    /// SQLite cannot read it.
    #[error("{0}; give a file of tokenwell-server that this program may read and write")]
    Unusable(#[source] rusqlite::Error),
}

/// What is wrong with the rows of a file.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// PostgreSQL refuses a row that SQLite accepted.
    #[error("{source}, at {at}")]
    Row {
        /// What PostgreSQL said.
        source: PostgresError,
        /// The table, and the line of the copy.
        at: String,
    },
    /// An account that cannot be decoded.
    #[error("the account {account} cannot be read: {source}")]
    Account {
        /// The account.
        account: String,
        /// Why.
        source: Cause,
    },
    /// Entries that do not add up to the balance.
    #[error("the books of the account {account} do not add up: {source}")]
    Books {
        /// The account.
        account: String,
        /// The first contradiction.
        source: Cause,
    },
}

/// What interrupted a copy.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// The file cannot be read any further.
    #[error("{table}: {source}")]
    File {
        /// The table.
        table: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The database failed.
    #[error("the database of --to failed: {0}")]
    Database(#[source] PostgresError),
    /// The database failed at the commit.
    #[error("{0}; whether it was written at the last moment is not known")]
    Commit(#[source] PostgresError),
    /// What was read back is not what was written.
    #[error("{table}: {read} were read, and {written} written")]
    Differs {
        /// The table.
        table: &'static str,
        /// What was read from the file.
        read: Tally,
        /// What the database holds.
        written: Tally,
    },
    /// The task that reads the file ended early.
    #[error(transparent)]
    Task(tokio::task::JoinError),
}

impl From<Damage> for CopyError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

impl From<Interruption> for CopyError {
    fn from(interruption: Interruption) -> Self {
        Self::Unfinished(interruption)
    }
}

impl From<tokio_postgres::Error> for CopyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Unfinished(Interruption::Database(error.into()))
    }
}

impl From<tokio::task::JoinError> for CopyError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Unfinished(Interruption::Task(error))
    }
}
