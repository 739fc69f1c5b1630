//! Opening the database: its settings, its schema, and what happens to a damaged file.

use crate::{CacheError, ReadError, private};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use rusqlite_migration::{M, Migrations};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokenwell_desktop::event::CacheState;

/// The steps of the schema. A new version of the app adds a step and never changes an earlier one.
pub(crate) const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/1-cache.sql")),
    M::up(include_str!("../migrations/2-in-memory.sql")),
    M::up(include_str!("../migrations/3-key-accounts.sql")),
    M::up(include_str!("../migrations/4-reminded.sql")),
];

/// A way to reach files: the name of a VFS of SQLite, or the system's own.
pub(crate) type Vfs = Option<&'static str>;

/// Opens the database for writing. A damaged file is moved aside and replaced by a new one.
pub(crate) fn open_or_replace(file: &Path) -> Result<(Connection, CacheState), CacheError> {
    open_or_replace_on(file, None)
}

pub(crate) fn open_or_replace_on(file: &Path, vfs: Vfs) -> Result<(Connection, CacheState), CacheError> {
    match open_on(file, STEPS, vfs) {
        Ok(db) => Ok((db, CacheState::Sound)),
        Err(error) if error.is_damage() => {
            tracing::warn!("the cache is damaged and is replaced by a new one: {error}");
            move_aside(file)?;
            Ok((open_on(file, STEPS, vfs)?, CacheState::Rebuilt))
        }
        Err(error) => Err(error),
    }
}

/// Opens the database for writing, checks it, and migrates its schema.
#[cfg(test)]
pub(crate) fn open(file: &Path, steps: &[M<'static>]) -> Result<Connection, CacheError> {
    open_on(file, steps, None)
}

fn open_on(file: &Path, steps: &[M<'static>], vfs: Vfs) -> Result<Connection, CacheError> {
    if let Some(folder) = file.parent() {
        private::create_folder(folder)?;
    }
    if file.exists() && !file.is_file() {
        // Opening a pipe would wait for whoever writes to it.
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the cache is not a file").into());
    }
    // SQLite gives its other files the permissions of this one.
    private::create_file(file)?;
    match ready(connect(file, vfs)?, Journal::WriteAhead, steps) {
        Err(error) if !error.is_damage() => {
            // Some network file systems have no shared memory, which the write-ahead log needs.
            let db = ready(connect(file, vfs)?, Journal::Rollback, steps).map_err(|_| error)?;
            tracing::warn!("the cache's folder has no shared memory, so the cache uses a rollback journal");
            Ok(db)
        }
        result => result,
    }
}

/// How changes are made safe against a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Journal {
    WriteAhead,
    Rollback,
}

fn connect(file: &Path, vfs: Vfs) -> rusqlite::Result<Connection> {
    match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(file, OpenFlags::default(), vfs),
        None => Connection::open(file),
    }
}

fn set_journal(db: &Connection, journal: Journal) -> rusqlite::Result<()> {
    let set = |mode: &str| {
        db.query_row(&format!("pragma journal_mode = {mode}"), [], |row| row.get::<_, String>(0))
    };
    match journal {
        Journal::WriteAhead if set("wal")? == "wal" => Ok(()),
        Journal::WriteAhead => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_PROTOCOL),
            None,
        )),
        Journal::Rollback => {
            // A log that was written elsewhere can be read without shared memory by one who has the file alone.
            db.pragma_update(None, "locking_mode", "exclusive")?;
            set("truncate")?;
            db.pragma_update(None, "locking_mode", "normal")
        }
    }
}

/// Sets the database up, checks it, and migrates its schema.
fn ready(mut db: Connection, journal: Journal, steps: &[M<'static>]) -> Result<Connection, CacheError> {
    distrust(&db)?;
    set_journal(&db, journal)?;
    // Full: the purchase in flight must be on disk before its request is sent.
    db.pragma_update(None, "synchronous", "full")?;
    check_schema(&db, steps)?;
    let check: String = db.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(damaged(&check).into());
    }
    Migrations::from_slice(steps).to_latest(&mut db)?;
    Ok(db)
}

/// Nothing in the file is run as a program.
fn distrust(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map(drop)
}

fn damaged(why: &str) -> rusqlite::Error {
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(corrupt, Some(why.to_owned()))
}

/// Fails if the tables are not those that the steps up to the file's version make. Somebody else wrote such a file: a view in
/// place of a table could be read without end, and a trigger could undo what is written. Of a later version nothing is known.
fn check_schema(db: &Connection, steps: &[M<'static>]) -> Result<(), CacheError> {
    let version: i64 = db.query_row("pragma user_version", [], |row| row.get(0))?;
    let version = usize::try_from(version).map_err(|_| damaged("its version is negative"))?;
    let Some(steps) = steps.get(..version) else { return Ok(()) };
    let mut own = Connection::open_in_memory()?;
    if !steps.is_empty() {
        Migrations::from_slice(steps).to_latest(&mut own)?;
    }
    if schema(db)? == schema(&own)? { Ok(()) } else { Err(damaged("its tables are not the app's").into()) }
}

/// Every table, index, view and trigger.
fn schema(db: &Connection) -> rusqlite::Result<Vec<[Option<String>; 3]>> {
    let mut statement = db.prepare("select type, name, sql from sqlite_schema order by name, type")?;
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    rows.collect()
}

/// Opens the database for reading only.
pub(crate) fn open_read_only(file: &Path) -> Result<Connection, ReadError> {
    if !file.is_file() {
        return Err(ReadError::Missing);
    }
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // The app may be writing at the same time.
    db.busy_timeout(Duration::from_millis(500))?;
    let version: usize = db.query_row("pragma user_version", [], |row| row.get(0))?;
    if version != STEPS.len() {
        return Err(ReadError::OtherVersion);
    }
    distrust(&db)?;
    check_schema(&db, STEPS).map_err(|_| damaged("its tables are not the app's"))?;
    // Reads from each of the larger tables once, so that damage is an error here and not a missing value later.
    db.query_row("select count(*) from accounts, offers", [], |_| Ok(()))?;
    Ok(db)
}

/// Moves a damaged file aside. It stays beside the new one, so that it can be examined.
fn move_aside(file: &Path) -> io::Result<()> {
    fs::rename(file, with_suffix(file, ".damaged"))?;
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(with_suffix(file, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
