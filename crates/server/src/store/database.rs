//! Which database the store is on, as `--database` names it.

use super::error::OpenError;
use super::interface::Store;
use super::postgres::{self, Address, AddressError, PostgresStore};
use super::sqlite::SqliteStore;
use std::fmt;
use std::path::PathBuf;

/// Where everything is stored.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, created if it is missing. It serves one instance of the service.
    Sqlite(PathBuf),
    /// A PostgreSQL database. It serves any number of instances.
    Postgres(Box<Address>),
}

/// What is wrong with the address of a database, after the name of the flag. The address is not repeated, since it may carry
/// a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseAddressError {
    /// It is neither a SQLite file nor a PostgreSQL database.
    #[error(
        "is not a database address: give sqlite:PATH, such as sqlite:tokenwell.db, or \
         postgres://user:password@host/tokenwell"
    )]
    Unknown,
    /// It is not a usable address of PostgreSQL.
    #[error(
        "is not the address of a PostgreSQL database ({0}): give one such as postgres://user:password@host/tokenwell"
    )]
    Postgres(#[source] AddressError),
}

impl Database {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub fn parse(value: &str) -> Result<Self, DatabaseAddressError> {
        match value.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => {
                Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
            }
            Some(("postgres" | "postgresql", _)) => Address::parse(value)
                .map(|address| Self::Postgres(Box::new(address)))
                .map_err(DatabaseAddressError::Postgres),
            _ => Err(DatabaseAddressError::Unknown),
        }
    }

    /// Opens it and makes the steps that its schema lacks.
    pub async fn open(&self) -> Result<Box<dyn Store>, OpenError> {
        match self {
            Self::Sqlite(path) => {
                let path = path.clone();
                let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await;
                Ok(Box::new(opened.map_err(OpenError::failed)??))
            }
            Self::Postgres(address) => Ok(Box::new(PostgresStore::open(address).await?)),
        }
    }

    /// Makes the steps that its schema lacks, before the instances that need them start.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match self {
            Self::Sqlite(_) => {
                self.open().await?.close().await;
                Ok(())
            }
            Self::Postgres(address) => postgres::migrate(address).await.map(drop),
        }
    }

    /// What to do if it cannot be used.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "give a file in a folder that this program may write to",
            Self::Postgres(_) => {
                "give the address of a PostgreSQL server that is up, and a user who may create tables there"
            }
        }
    }
}

/// Without user and password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}
