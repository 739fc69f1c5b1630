//! Which database the store is on, as `--database` names it.

use super::postgres::{self, Address, PostgresStore};
use super::{SqliteStore, Store};
use std::fmt;
use std::path::PathBuf;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, made if it is not there. It serves one instance of the service.
    Sqlite(PathBuf),
    /// A PostgreSQL database. It serves any number of instances.
    Postgres(Box<Address>),
}

impl Database {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// What is wrong with it and what to give; the value is not repeated, since it may carry a password.
    pub fn parse(value: &str) -> Result<Self, String> {
        match value.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => {
                Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
            }
            Some(("postgres" | "postgresql", _)) => {
                Address::parse(value).map(|address| Self::Postgres(Box::new(address))).map_err(|reason| {
                    format!(
                        "is not the address of a PostgreSQL database ({reason}): give one such as \
                         postgres://user:password@host/tokenwell"
                    )
                })
            }
            _ => Err("is not a database address: give sqlite:PATH, such as sqlite:tokenwell.db, or \
                      postgres://user:password@host/tokenwell"
                .to_owned()),
        }
    }

    /// Opens it and brings its schema up to date.
    ///
    /// # Errors
    /// In words: what is wrong.
    pub async fn open(&self) -> Result<Box<dyn Store>, String> {
        match self {
            Self::Sqlite(path) => {
                let path = path.clone();
                let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await;
                Ok(Box::new(opened.map_err(|error| error.to_string())??))
            }
            Self::Postgres(address) => Ok(Box::new(PostgresStore::open(address).await?)),
        }
    }

    /// Brings its schema up to date, ahead of the instances that need it.
    ///
    /// # Errors
    /// In words: what is wrong.
    pub async fn migrate(&self) -> Result<(), String> {
        match self {
            Self::Sqlite(_) => {
                self.open().await?.close().await;
                Ok(())
            }
            Self::Postgres(address) => postgres::migrate(address).await.map(drop),
        }
    }

    /// What to do if it cannot be opened.
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
