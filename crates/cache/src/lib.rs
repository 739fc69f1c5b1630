//! What the app keeps from one run to the next, in SQLite. The app writes it; `tokenwell-glance` only looks.

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};
use rusqlite_migration::{M, Migrations};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokenwell_desktop::event::{CacheState, Kept, PanelSize, Save};
use tokenwell_desktop::purchase::SavedPurchase;

const MIGRATIONS: &[M<'static>] =
    &[M::up(include_str!("../migrations/1-cache.sql")), M::up(include_str!("../migrations/2-settings.sql"))];
/// The cache's file, in the app's folder.
pub const FILE: &str = "cache.sqlite3";

/// A file beside the cache that is written anew after every change, once the change can be read. Whoever waits for
/// changes watches it: SQLite's own files change before that.
pub const BELL: &str = "cache.changed";

/// The app's folder, as Tauri finds it too: by the identifier of `tauri.conf.json`.
pub fn usual_folder() -> Option<PathBuf> {
    Some(dirs::data_local_dir()?.join("app.tokenwell.desktop"))
}

/// Why the cache cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is none: the app was never used here.
    #[error("there is none")]
    Missing,
    /// It is damaged, or cannot be opened.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// It is another version's.
    #[error("it is of another version of Tokenwell")]
    OtherVersion,
}

/// Looks at the cache in a folder, without changing or making anything.
pub fn look(folder: &Path) -> Result<Kept, Unreadable> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Err(Unreadable::Missing);
    }
    let db = Connection::open_with_flags(
        &file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // The app may be writing this very moment.
    db.busy_timeout(Duration::from_millis(500))?;
    let version: usize = db.query_row("pragma user_version", [], |row| row.get(0))?;
    if version != MIGRATIONS.len() {
        return Err(Unreadable::OtherVersion);
    }
    // A first read of the whole file's structure tells damage from figures that are not there.
    db.query_row("select count(*) from account, balance", [], |_| Ok(()))?;
    Ok(read(&db))
}

/// The cache.
pub struct Cache {
    /// `None` if there is no place to keep anything.
    db: Option<Connection>,
    bell: PathBuf,
}

/// Why something could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// There is no place for one.
    #[error("there is no cache to write to")]
    Missing,
    /// SQLite could not.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// Its schema could not be brought up to date.
    #[error(transparent)]
    Migration(#[from] rusqlite_migration::Error),
    /// Its folder could not be made.
    #[error(transparent)]
    Folder(#[from] io::Error),
    /// What was to be kept cannot be written down.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Cache {
    /// Opens the cache in a folder. A damaged one is set aside and made anew; without any, nothing is kept.
    pub fn open(folder: &Path) -> (Self, CacheState) {
        let file = folder.join(FILE);
        let (db, state) = match connect(&file) {
            Ok(db) => (Some(db), CacheState::Sound),
            Err(error) if error.is_damage() => {
                tracing::warn!("the cache is damaged and is made anew: {error}");
                match set_aside(&file).map_err(CacheError::from).and_then(|()| connect(&file)) {
                    Ok(db) => (Some(db), CacheState::Rebuilt),
                    Err(error) => (None, unwritable(&error)),
                }
            }
            Err(error) => (None, unwritable(&error)),
        };
        let cache = Self { db, bell: folder.join(BELL) };
        cache.ring();
        (cache, state)
    }

    /// All that is kept. What cannot be read, perhaps written by another version, counts as missing: it comes again
    /// with the next refresh.
    pub fn read(&self) -> Kept {
        self.db.as_ref().map(read).unwrap_or_default()
    }

    /// Keeps something. When this returns, it survives a crash and a power cut.
    pub fn write(&mut self, save: &Save) -> Result<(), CacheError> {
        self.keep(save)?;
        self.ring();
        Ok(())
    }

    fn ring(&self) {
        if let (Some(_), Err(error)) = (&self.db, fs::write(&self.bell, "\n")) {
            tracing::debug!("nobody is told of the change: {error}");
        }
    }

    fn keep(&mut self, save: &Save) -> Result<(), CacheError> {
        let db = self.db.as_mut().ok_or(CacheError::Missing)?;
        match save {
            Save::Settings(settings) => {
                let body = serde_json::to_string(settings)?;
                db.execute("insert or replace into settings (one, body) values (1, ?)", [body])?;
            }
            Save::Panel(PanelSize { width, height }) => {
                let size = params![width, height];
                db.execute("insert or replace into panel (one, width, height) values (1, ?, ?)", size)?;
            }
            Save::Service(service) => {
                db.execute("insert or replace into address (one, service) values (1, ?)", [service])?;
            }
            Save::Description(description) => keep_in_service(db, "description", description)?,
            Save::Packs(packs) => keep_in_service(db, "packs", packs)?,
            Save::Plans(plans) => keep_in_service(db, "plans", plans)?,
            Save::Account(account) => {
                let body = serde_json::to_string(account)?;
                db.execute("insert or replace into account (one, body) values (1, ?)", [body])?;
            }
            Save::Balance(kept) => {
                let version = i64::try_from(kept.balance.version).unwrap_or(i64::MAX);
                db.execute(
                    "insert or replace into balance (one, version, received_at, body) values (1, ?, ?, ?)",
                    params![version, kept.received_at.to_string(), serde_json::to_string(kept)?],
                )?;
            }
            Save::Purchase(Some(purchase)) => keep_purchase(db, purchase)?,
            Save::Purchase(None) => {
                db.execute("delete from purchase", [])?;
            }
            Save::Forget => {
                let forget = db.transaction()?;
                forget.execute_batch("delete from account; delete from balance; delete from purchase")?;
                forget.commit()?;
            }
        }
        Ok(())
    }
}

fn read(db: &Connection) -> Kept {
    Kept {
        settings: json(db, "select body from settings").unwrap_or_default(),
        panel: panel(db),
        service: text(db, "select service from address"),
        description: json(db, "select description from service"),
        account: json(db, "select body from account"),
        balance: json(db, "select body from balance"),
        packs: json(db, "select packs from service"),
        plans: json(db, "select plans from service"),
        purchase: json(db, "select body from purchase"),
    }
}

impl CacheError {
    fn is_damage(&self) -> bool {
        let damaged = |error: &rusqlite::Error| {
            matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
        };
        match self {
            Self::Database(error) => damaged(error),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => damaged(err),
            // A newer version's schema, or none of ours: as good as damaged for this version.
            Self::Migration(_) => true,
            Self::Missing | Self::Folder(_) | Self::Json(_) => false,
        }
    }
}

fn unwritable(error: &CacheError) -> CacheState {
    tracing::warn!("the cache cannot be opened, nothing is kept: {error}");
    CacheState::Unwritable
}

fn connect(file: &Path) -> Result<Connection, CacheError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut db = Connection::open(file)?;
    // Full: the purchase in flight must be on disk before its request is on the wire.
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    let check: String = db.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(corrupt, Some(check)).into());
    }
    Migrations::from_slice(MIGRATIONS).to_latest(&mut db)?;
    Ok(db)
}

/// Moves a damaged file out of the way; whoever wants to look at it finds it beside the new one.
fn set_aside(file: &Path) -> io::Result<()> {
    fs::rename(file, with_ending(file, ".damaged"))?;
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(with_ending(file, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn panel(db: &Connection) -> Option<PanelSize> {
    let size = |row: &Row<'_>| Ok(PanelSize { width: row.get(0)?, height: row.get(1)? });
    db.query_row("select width, height from panel", [], size).ok()
}

fn text(db: &Connection, query: &str) -> Option<String> {
    let found = db.query_row(query, [], |row| row.get::<_, Option<String>>(0)).optional();
    found.unwrap_or_else(|error| {
        tracing::warn!("the cache cannot be read: {error}");
        None
    })?
}

fn json<T: DeserializeOwned>(db: &Connection, query: &str) -> Option<T> {
    serde_json::from_str(&text(db, query)?).ok()
}

fn keep_in_service(db: &Connection, column: &str, value: &impl Serialize) -> Result<(), CacheError> {
    let value = serde_json::to_string(value)?;
    db.execute("insert or ignore into service (one) values (1)", [])?;
    db.execute(&format!("update service set {column} = ?"), [value])?;
    Ok(())
}

fn keep_purchase(db: &Connection, purchase: &SavedPurchase) -> Result<(), CacheError> {
    db.execute(
        "insert or replace into purchase (one, key, body) values (1, ?, ?)",
        params![purchase.order.key.to_string(), serde_json::to_string(purchase)?],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenwell_desktop::{
        purchase::Order,
        settings::{Language, Settings},
    };
    use tokenwell_wire::{Minor, Tokens};
    use uuid::Uuid;

    fn purchase() -> SavedPurchase {
        SavedPurchase {
            order: Order {
                key: Uuid::from_u128(7),
                pack_id: "medium".into(),
                quantity: 2,
                tokens: Tokens(30_000),
                amount: Minor(4_800),
                currency: "usd".into(),
                started_at: "2026-11-22T12:00:00Z".parse().unwrap(),
            },
            checkout: None,
        }
    }

    #[test]
    fn what_was_kept_is_there_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (mut cache, state) = Cache::open(folder.path());
        assert_eq!((state, cache.read()), (CacheState::Sound, Kept::default()));
        cache.write(&Save::Service("https://tokens.example".into())).unwrap();
        cache.write(&Save::Packs(vec![])).unwrap();
        let settings = Settings { language: Language::German, ..Settings::default() };
        cache.write(&Save::Settings(settings.clone())).unwrap();
        cache.write(&Save::Panel(PanelSize { width: 500, height: 700 })).unwrap();
        cache.write(&Save::Purchase(Some(purchase()))).unwrap();
        drop(cache);

        let (mut cache, state) = Cache::open(folder.path());
        let kept = cache.read();
        assert_eq!(state, CacheState::Sound);
        assert_eq!(kept.service.as_deref(), Some("https://tokens.example"));
        assert_eq!((kept.packs, kept.plans), (Some(vec![]), None));
        assert_eq!(kept.panel, Some(PanelSize { width: 500, height: 700 }));
        assert_eq!(kept.purchase, Some(purchase()));

        cache.write(&Save::Forget).unwrap();
        let kept = cache.read();
        assert_eq!((kept.purchase, kept.settings), (None, settings), "settings belong to this computer");
        assert!(kept.service.is_some(), "the service's address is nobody's secret");
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(FILE),
            "this is no database, whatever it was before; it is long enough to tell",
        )
        .unwrap();
        let (mut cache, state) = Cache::open(folder.path());
        assert_eq!(state, CacheState::Rebuilt);
        cache.write(&Save::Purchase(Some(purchase()))).unwrap();
        assert!(folder.path().join("cache.sqlite3.damaged").exists());
    }

    #[test]
    fn without_a_place_to_keep_anything_the_app_still_starts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let (mut cache, state) = Cache::open(&file);
        assert_eq!((state, cache.read()), (CacheState::Unwritable, Kept::default()));
        assert!(cache.write(&Save::Purchase(None)).is_err());
    }

    #[test]
    fn a_row_of_another_version_counts_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, _) = Cache::open(folder.path());
        let db = cache.db.as_ref().unwrap();
        db.execute("insert into account (one, body) values (1, '{\"from\":\"the future\"}')", []).unwrap();
        assert_eq!(cache.read().account, None);
    }

    #[test]
    fn a_look_reads_what_the_app_kept_while_it_runs_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(look(folder.path()), Err(Unreadable::Missing)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes nothing");

        let (mut cache, _) = Cache::open(folder.path());
        cache.write(&Save::Service("https://tokens.example".into())).unwrap();
        assert_eq!(look(folder.path()).unwrap(), cache.read());
        drop(cache);
        assert_eq!(look(folder.path()).unwrap().service.as_deref(), Some("https://tokens.example"));
    }

    #[test]
    fn a_look_at_what_is_no_cache_of_this_version_says_so_and_leaves_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, _) = Cache::open(folder.path());
        cache.db.as_ref().unwrap().pragma_update(None, "user_version", 99).unwrap();
        drop(cache);
        assert!(matches!(look(folder.path()), Err(Unreadable::OtherVersion)));

        let damaged = "this is no database, whatever it was before; it is long enough to tell".repeat(20);
        fs::write(folder.path().join(FILE), &damaged).unwrap();
        assert!(matches!(look(folder.path()), Err(Unreadable::Database(_))));
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), damaged);
    }

    #[test]
    fn a_full_disk_is_told_and_what_was_kept_before_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (mut cache, _) = Cache::open(folder.path());
        cache.write(&Save::Purchase(Some(purchase()))).unwrap();
        let db = cache.db.as_ref().unwrap();
        let pages: i64 = db.query_row("pragma page_count", [], |row| row.get(0)).unwrap();
        db.query_row(&format!("pragma max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let mut huge = purchase();
        huge.order.pack_id = "x".repeat(1_000_000);
        let error = cache.write(&Save::Purchase(Some(huge))).unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        assert_eq!(cache.read().purchase, Some(purchase()));
    }

    #[test]
    fn the_folder_is_the_one_that_tauri_finds() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        assert!(usual_folder().unwrap().ends_with(settings["identifier"].as_str().unwrap()));
    }
}
