//! Which database the store is on, as `--database` names it.

use super::error::OpenError;
use super::inspection::Inspection;
use super::interface::Store;
use super::postgres::{self, Address, AddressError, PostgresStore};
use super::sqlite::{self, SqliteStore};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How long an inspection waits for a write of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// Looks at it, and creates and changes nothing.
    ///
    /// # Errors
    /// If it cannot be reached or read.
    pub async fn inspect(&self) -> Result<Inspection, OpenError> {
        match self {
            Self::Sqlite(path) => {
                let path = path.clone();
                let inspected =
                    tokio::task::spawn_blocking(move || sqlite::inspect(&path, BUSY_TIMEOUT)).await;
                inspected.map_err(OpenError::failed)?
            }
            Self::Postgres(address) => postgres::inspect(address).await,
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

#[cfg(test)]
mod tests {
    use super::super::inspection::Schema;
    use super::*;
    use rusqlite::Connection;
    use std::path::Path;

    async fn inspect(path: &Path) -> Result<Inspection, OpenError> {
        Database::Sqlite(path.to_owned()).inspect().await
    }

    #[tokio::test]
    async fn a_file_is_inspected_without_creating_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.sqlite");
        let missing = inspect(&path).await.unwrap();
        assert_eq!((missing.schema, missing.writable.is_ok()), (Schema::Missing, true));
        assert!(!path.exists());
        let nowhere = inspect(&folder.path().join("no/such/service.sqlite")).await.unwrap();
        assert!(nowhere.writable.is_err());

        Database::Sqlite(path.clone()).open().await.unwrap().close().await;
        let current = inspect(&path).await.unwrap();
        assert_eq!((current.schema, current.writable.is_ok()), (Schema::Fits(1), true));
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
        assert_eq!(inspect(&path).await.unwrap().schema, Schema::Newer(2));

        let letter = folder.path().join("letter");
        std::fs::write(&letter, "This is a letter and no database, whatever its name says.".repeat(100))
            .unwrap();
        let refused = inspect(&letter).await.unwrap_err();
        assert!(refused.to_string().contains("not a database"), "{refused}");
    }

    #[tokio::test]
    async fn a_file_that_another_process_writes_is_told_to_be_busy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.sqlite");
        Database::Sqlite(path.clone()).open().await.unwrap().close().await;
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let busy = tokio::task::spawn_blocking(move || sqlite::inspect(&path, Duration::ZERO));
        let busy = busy.await.unwrap().unwrap();
        assert!(busy.writable.unwrap_err().to_string().contains("locked"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_on_the_machine_can_read_the_database() {
        use std::os::unix::fs::PermissionsExt;
        for from_before in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("service.sqlite");
            if from_before {
                std::fs::write(&path, "").unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            }
            let store = Database::Sqlite(path).open().await.unwrap();
            store.ready().await.unwrap();
            let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
            let modes: Vec<_> = files
                .map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode() & 0o777))
                .collect();
            assert!(modes.len() == 3 && modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
            store.close().await;
        }
    }
}
