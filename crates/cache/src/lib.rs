//! What the app keeps from one run to the next, in SQLite. The app writes it; `tokenwell-glance` only looks.

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, ToSql, params, types::Type};
use rusqlite_migration::{M, Migrations};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokenwell_desktop::{
    account_key::AccountKey,
    cached_state::{CacheWrite, CachedAccount, CachedState, Offer, PanelSize},
    event::CacheState,
};

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../migrations/1-cache.sql")),
    M::up(include_str!("../migrations/2-settings.sql")),
    M::up(include_str!("../migrations/3-accounts.sql")),
];
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
pub fn look(folder: &Path) -> Result<CachedState, Unreadable> {
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
    db.query_row("select count(*) from accounts, offers", [], |_| Ok(()))?;
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
    pub fn read(&self) -> CachedState {
        self.db.as_ref().map(read).unwrap_or_default()
    }

    /// Keeps something. When this returns, it survives a crash and a power cut.
    pub fn write(&mut self, save: &CacheWrite) -> Result<(), CacheError> {
        self.keep(save)?;
        self.ring();
        Ok(())
    }

    fn ring(&self) {
        if let (Some(_), Err(error)) = (&self.db, fs::write(&self.bell, "\n")) {
            tracing::debug!("nobody is told of the change: {error}");
        }
    }

    fn keep(&mut self, save: &CacheWrite) -> Result<(), CacheError> {
        let db = self.db.as_mut().ok_or(CacheError::Missing)?;
        match save {
            CacheWrite::Settings(settings) => {
                let body = json(settings)?;
                db.execute("insert or replace into settings (one, body) values (1, ?)", [body])?;
            }
            CacheWrite::Panel(PanelSize { width, height }) => {
                let size = params![width, height];
                db.execute("insert or replace into panel (one, width, height) values (1, ?, ?)", size)?;
            }
            CacheWrite::Service(service) => {
                db.execute("insert or replace into address (one, service) values (1, ?)", [service])?;
            }
            CacheWrite::Offer(service, Offer { description, packs, plans }) => {
                let [description, packs, plans] = [json(description)?, json(packs)?, json(plans)?];
                db.execute(
                    "insert or replace into offers (service, description, packs, plans) values (?, ?, ?, ?)",
                    [service, &description, &packs, &plans],
                )?;
            }
            CacheWrite::Account(service, profile) => {
                db.execute(
                    "insert into accounts (service, id, body) values (?, ?, ?) \
                     on conflict (service, id) do update set body = excluded.body, signed_out = 0",
                    [service, &profile.account.id, &json(profile)?],
                )?;
            }
            CacheWrite::Balance(key, balance) => set(db, key, "balance", Some(json(balance)?))?,
            CacheWrite::Purchase(key, purchase) => {
                set(db, key, "purchase", purchase.as_ref().map(json).transpose()?)?;
            }
            CacheWrite::SignedOut(key) => set(db, key, "signed_out", 1)?,
            CacheWrite::Current(key) => {
                let change = db.transaction()?;
                change.execute("update accounts set current = 0 where current = 1", [])?;
                set(&change, key, "current", 1)?;
                change.commit()?;
            }
            CacheWrite::Forget(AccountKey { service, id }) => {
                db.execute("delete from accounts where service = ? and id = ?", [service, id])?;
            }
        }
        Ok(())
    }
}

fn read(db: &Connection) -> CachedState {
    let settings: Option<String> = text(db, "select body from settings");
    let (accounts, current) = accounts(db);
    CachedState {
        settings: settings.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default(),
        panel: panel(db),
        service: text(db, "select service from address"),
        offers: offers(db),
        accounts,
        current,
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

/// The accounts in the order in which they were added, and which of them is current.
fn accounts(db: &Connection) -> (Vec<CachedAccount>, Option<AccountKey>) {
    let columns = "select service, body, signed_out, balance, purchase, current from accounts order by place";
    let account = |row: &Row<'_>| {
        let account = CachedAccount {
            service: row.get("service")?,
            profile: value(row, "body")?,
            signed_out: row.get("signed_out")?,
            // What another version wrote differently comes again with the next refresh.
            balance: value(row, "balance").ok(),
            purchase: value(row, "purchase").ok(),
        };
        Ok((account, row.get("current")?))
    };
    let rows = rows(db, columns, account);
    let current = rows.iter().find(|(_, current)| *current).map(|(account, _)| account.key());
    (rows.into_iter().map(|(account, _)| account).collect(), current)
}

fn offers(db: &Connection) -> BTreeMap<String, Offer> {
    let offer = |row: &Row<'_>| {
        let offer = Offer {
            description: value(row, "description")?,
            packs: value(row, "packs")?,
            plans: value(row, "plans")?,
        };
        Ok((row.get("service")?, offer))
    };
    rows(db, "select service, description, packs, plans from offers", offer).into_iter().collect()
}

/// The rows that can be read; another version may have written others.
fn rows<T>(db: &Connection, query: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let all = || -> rusqlite::Result<Vec<T>> {
        let mut statement = db.prepare(query)?;
        let rows = statement.query_map([], read)?;
        Ok(rows.filter_map(Result::ok).collect())
    };
    all().unwrap_or_else(|error| {
        tracing::warn!("the cache cannot be read: {error}");
        vec![]
    })
}

/// What a column holds as JSON.
fn value<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}

fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// Changes a column of an account, if that is kept.
fn set(db: &Connection, key: &AccountKey, column: &str, value: impl ToSql) -> rusqlite::Result<()> {
    let AccountKey { service, id } = key;
    let change = format!("update accounts set {column} = ? where service = ? and id = ?");
    db.execute(&change, params![value, service, id]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{from_value, json};
    use tokenwell_desktop::{
        cached_state::{CachedBalance, Profile},
        order::{CachedPurchase, Order},
        settings::{Language, Settings},
    };
    use tokenwell_wire::{Minor, Tokens};
    use uuid::Uuid;

    const SERVICE: &str = "https://tokens.example";

    fn key(service: &str, id: &str) -> AccountKey {
        AccountKey { service: service.into(), id: id.into() }
    }

    fn ada() -> AccountKey {
        key(SERVICE, "a1")
    }

    fn purchase() -> CachedPurchase {
        CachedPurchase {
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

    fn profile_json(id: &str) -> serde_json::Value {
        json!({
            "account": {
                "id": id, "email": "ada@example.com",
                "plan": {"id": "premium", "name": "Premium", "allowance": 25_000, "allowance_period": "month", "rollover_cap": 75_000},
                "subscription": {"status": "active", "entitled": true, "renews_at": null, "cancel_at_period_end": false, "ended_at": null, "plan_id": "premium"},
            },
            "name": "Ada Moreau",
        })
    }

    fn profile(id: &str) -> Profile {
        from_value(profile_json(id)).unwrap()
    }

    fn balance_json(version: u64) -> serde_json::Value {
        json!({
            "balance": {
                "version": version, "as_of": "2026-11-22T12:00:00Z",
                "fast": {"available": 22_920, "held": 0, "allowance": 25_000, "resets_at": "2026-12-05T08:14:00Z"},
                "rollover": {"available": 1_200, "held": 0, "cap": 75_000},
                "top_up": {"available": 0, "held": 0, "locked": 0, "locked_reason": null},
                "spendable": 24_120, "total": 24_120, "next_spent_from": "rollover",
                "spend_order": ["rollover", "fast", "top_up"], "can_buy": true,
            },
            "received_at": "2026-11-22T12:00:00Z",
            "full": 40_000,
        })
    }

    fn balance(version: u64) -> CachedBalance {
        from_value(balance_json(version)).unwrap()
    }

    fn description_json() -> serde_json::Value {
        json!({
            "api_version": 1, "issuer": "https://id.example", "client_id": "tokenwell-desktop",
            "checkout_hosts": ["checkout.stripe.com"], "min_app_version": null, "low_balance_percent": [10],
            "quantity_max": 20,
        })
    }

    fn offer(client: &str) -> Offer {
        let mut description = description_json();
        description["client_id"] = json!(client);
        Offer { description: from_value(description).unwrap(), packs: vec![], plans: vec![] }
    }

    /// A cache that keeps Ada's account and purchase.
    fn with_ada(folder: &Path) -> Cache {
        let (mut cache, _) = Cache::open(folder);
        for save in [
            CacheWrite::Account(SERVICE.into(), profile("a1")),
            CacheWrite::Current(ada()),
            CacheWrite::Purchase(ada(), Some(purchase())),
        ] {
            cache.write(&save).unwrap();
        }
        cache
    }

    fn kept_purchase(cache: &Cache) -> Option<CachedPurchase> {
        cache.read().account(&ada())?.purchase.clone()
    }

    #[test]
    fn what_was_kept_is_there_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, state) = Cache::open(folder.path());
        assert_eq!((state, cache.read()), (CacheState::Sound, CachedState::default()));
        drop(cache);
        let mut cache = with_ada(folder.path());
        let settings = Settings { language: Language::German, ..Settings::default() };
        for save in [
            CacheWrite::Service(SERVICE.into()),
            CacheWrite::Offer(SERVICE.into(), offer("tokenwell-desktop")),
            CacheWrite::Settings(settings.clone()),
            CacheWrite::Panel(PanelSize { width: 500, height: 700 }),
        ] {
            cache.write(&save).unwrap();
        }
        drop(cache);

        let (mut cache, state) = Cache::open(folder.path());
        let kept = cache.read();
        assert_eq!(state, CacheState::Sound);
        assert_eq!(kept.service.as_deref(), Some(SERVICE));
        assert_eq!(kept.offers[SERVICE].packs, []);
        assert_eq!(kept.panel, Some(PanelSize { width: 500, height: 700 }));
        assert_eq!((kept.current.clone(), kept_purchase(&cache)), (Some(ada()), Some(purchase())));

        cache.write(&CacheWrite::Forget(ada())).unwrap();
        let kept = cache.read();
        assert_eq!((kept.accounts, kept.settings), (vec![], settings), "settings belong to this computer");
        assert!(kept.service.is_some(), "the service's address is nobody's secret");
    }

    #[test]
    fn a_file_of_the_version_before_keeps_its_account_figures_and_purchase() {
        let folder = tempfile::tempdir().unwrap();
        let mut old = Connection::open(folder.path().join(FILE)).unwrap();
        Migrations::from_slice(&MIGRATIONS[..2]).to_latest(&mut old).unwrap();
        // As that version wrote them.
        old.execute("insert into address (one, service) values (1, ?)", [SERVICE]).unwrap();
        old.execute("insert or ignore into service (one) values (1)", []).unwrap();
        let description = description_json().to_string();
        old.execute("update service set description = ?, packs = '[]', plans = '[]'", [description]).unwrap();
        let account = profile_json("a1").to_string();
        old.execute("insert or replace into account (one, body) values (1, ?)", [account]).unwrap();
        old.execute(
            "insert or replace into balance (one, version, received_at, body) values (1, 41, ?, ?)",
            ["2026-11-22T12:00:00Z", &balance_json(41).to_string()],
        )
        .unwrap();
        let bought = serde_json::to_string(&purchase()).unwrap();
        old.execute(
            "insert or replace into purchase (one, key, body) values (1, ?, ?)",
            [&purchase().order.key.to_string(), &bought],
        )
        .unwrap();
        drop(old);

        let (cache, state) = Cache::open(folder.path());
        let kept = cache.read();
        assert_eq!((state, kept.current.clone()), (CacheState::Sound, Some(ada())));
        let account = CachedAccount {
            service: SERVICE.into(),
            profile: profile("a1"),
            signed_out: false,
            balance: Some(balance(41)),
            purchase: Some(purchase()),
        };
        assert_eq!(kept.accounts, [account]);
        assert_eq!(kept.offers[SERVICE], offer("tokenwell-desktop"));
    }

    #[test]
    fn a_file_of_the_version_before_that_nobody_signed_in_to_is_taken_over_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut old = Connection::open(folder.path().join(FILE)).unwrap();
        Migrations::from_slice(&MIGRATIONS[..2]).to_latest(&mut old).unwrap();
        old.execute("insert into address (one, service) values (1, ?)", [SERVICE]).unwrap();
        drop(old);
        let (cache, state) = Cache::open(folder.path());
        let kept = CachedState { service: Some(SERVICE.into()), ..CachedState::default() };
        assert_eq!((state, cache.read()), (CacheState::Sound, kept));
    }

    fn any_key() -> impl Strategy<Value = AccountKey> {
        let service = prop_oneof![Just(SERVICE), Just("http://127.0.0.1:8787")];
        (service, "[ab]").prop_map(|(service, id)| key(service, &id))
    }

    fn any_save() -> impl Strategy<Value = CacheWrite> {
        prop_oneof![
            3 => any_key().prop_map(|key| CacheWrite::Account(key.service, profile(&key.id))),
            3 => (any_key(), 0..5_u64).prop_map(|(key, version)| CacheWrite::Balance(key, balance(version))),
            2 => (any_key(), any::<bool>())
                .prop_map(|(key, there)| CacheWrite::Purchase(key, there.then(purchase))),
            2 => any_key().prop_map(CacheWrite::Current),
            1 => any_key().prop_map(CacheWrite::SignedOut),
            1 => any_key().prop_map(CacheWrite::Forget),
            1 => (any_key(), "[xy]").prop_map(|(key, client)| CacheWrite::Offer(key.service, offer(&client))),
            1 => any_key().prop_map(|key| CacheWrite::Service(key.service)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_file_holds_what_the_app_knows_whatever_was_kept_in_whichever_order(
            saves in prop::collection::vec(any_save(), 0..24),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let (mut cache, _) = Cache::open(folder.path());
            let mut known = CachedState::default();
            for save in saves {
                cache.write(&save).unwrap();
                known.apply(save);
                prop_assert_eq!(&cache.read(), &known);
            }
        }
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
        cache.write(&CacheWrite::Service(SERVICE.into())).unwrap();
        assert!(folder.path().join("cache.sqlite3.damaged").exists());
    }

    #[test]
    fn without_a_place_to_keep_anything_the_app_still_starts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let (mut cache, state) = Cache::open(&file);
        assert_eq!((state, cache.read()), (CacheState::Unwritable, CachedState::default()));
        assert!(cache.write(&CacheWrite::Service(SERVICE.into())).is_err());
    }

    #[test]
    fn what_another_version_wrote_counts_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = with_ada(folder.path());
        let db = cache.db.as_ref().unwrap();
        db.execute("update accounts set balance = '{\"from\":\"the future\"}'", []).unwrap();
        assert_eq!(cache.read().shown().unwrap().balance, None);
        assert_eq!(kept_purchase(&cache), Some(purchase()), "the rest stays");
        db.execute("update accounts set body = '{\"from\":\"the future\"}'", []).unwrap();
        assert_eq!((cache.read().accounts, cache.read().current), (vec![], None));
    }

    #[test]
    fn a_look_reads_what_the_app_kept_while_it_runs_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(look(folder.path()), Err(Unreadable::Missing)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes nothing");

        let (mut cache, _) = Cache::open(folder.path());
        cache.write(&CacheWrite::Service(SERVICE.into())).unwrap();
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
        let mut cache = with_ada(folder.path());
        let db = cache.db.as_ref().unwrap();
        let pages: i64 = db.query_row("pragma page_count", [], |row| row.get(0)).unwrap();
        db.query_row(&format!("pragma max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let mut huge = purchase();
        huge.order.pack_id = "x".repeat(1_000_000);
        let error = cache.write(&CacheWrite::Purchase(ada(), Some(huge))).unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        assert_eq!(kept_purchase(&cache), Some(purchase()));
    }

    #[test]
    fn the_folder_is_the_one_that_tauri_finds() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        assert!(usual_folder().unwrap().ends_with(settings["identifier"].as_str().unwrap()));
    }
}
