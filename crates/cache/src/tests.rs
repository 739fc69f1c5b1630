//! Tests of the cache on real files.

mod hostile;
#[cfg(unix)]
mod no_shared_memory;

use super::*;
use jiff::Timestamp;
use proptest::prelude::*;
use rusqlite_migration::M;
use serde_json::{from_value, json};
use std::fs;
use tokenwell_desktop::{
    account_key::AccountKey,
    cached_state::{CachedBalance, Offer, PanelSize, Profile},
    key_account::KeyAccount,
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

/// A cache with Ada's account and purchase.
fn with_ada(folder: &Path) -> Cache {
    let (mut cache, _) = Cache::open(folder);
    for write in [
        CacheWrite::Account(SERVICE.into(), profile("a1")),
        CacheWrite::Current(ada()),
        CacheWrite::Purchase(ada(), Some(purchase())),
    ] {
        cache.write(&write).unwrap();
    }
    cache
}

/// An account that is read with an API key.
fn key_account(key: &AccountKey, refused: bool) -> KeyAccount {
    from_value(json!({
        "service": key.service, "id": key.id, "platform": "leonardo", "name": "Leonardo.Ai", "refused": refused,
        "alerts": {"/paid": "0.5"},
        "readings": {
            "meters": [
                {"id": "/paid", "name": "Paid tokens", "amount": "12.4567", "unit": "tokens", "limit": null, "renews_at": null},
                {"id": "/more", "name": "More", "amount": null, "unit": {"money": "EUR"}, "limit": "10", "renews_at": "2026-12-01T00:00:00Z"},
            ],
            "received_at": "2026-11-22T12:00:00Z",
        },
    }))
    .unwrap()
}

#[test]
fn the_exact_figures_of_a_platform_are_read_again_and_what_is_not_reported_stays_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let (platform, other) = (key("https://cloud.leonardo.ai", "k1"), key("https://api.stability.ai", "k2"));
    let mut cache = with_ada(folder.path());
    for write in [
        CacheWrite::KeyAccount(key_account(&other, true)),
        CacheWrite::KeyAccount(key_account(&platform, false)),
        CacheWrite::Current(platform.clone()),
    ] {
        cache.write(&write).unwrap();
    }
    drop(cache);
    let mut stored = read(folder.path()).unwrap();
    assert_eq!(stored.current, Some(platform.clone()), "Ada's account is not current any more");
    assert_eq!(stored.key_accounts, [key_account(&other, true), key_account(&platform, false)]);
    let amounts: Vec<Option<String>> = stored.key_accounts[1]
        .meters()
        .iter()
        .map(|meter| meter.amount.map(|amount| amount.to_string()))
        .collect();
    assert_eq!(amounts, [Some("12.4567".to_owned()), None]);

    let (mut cache, _) = Cache::open(folder.path());
    cache.write(&CacheWrite::Forget(platform)).unwrap();
    stored = cache.read();
    assert_eq!((stored.key_accounts.len(), stored.current), (1, None));
}

fn stored_purchase(cache: &Cache) -> Option<CachedPurchase> {
    cache.read().account(&ada())?.purchase.clone()
}

#[test]
fn everything_stored_is_read_again_in_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, state) = Cache::open(folder.path());
    assert_eq!((state, cache.read()), (CacheState::Sound, CachedState::default()));
    drop(cache);
    let mut cache = with_ada(folder.path());
    let settings = Settings { language: Language::German, ..Settings::default() };
    for write in [
        CacheWrite::Service(SERVICE.into()),
        CacheWrite::Offer(SERVICE.into(), offer("tokenwell-desktop")),
        CacheWrite::Settings(settings.clone()),
        CacheWrite::Panel(PanelSize { width: 500, height: 700 }),
    ] {
        cache.write(&write).unwrap();
    }
    drop(cache);

    let (mut cache, state) = Cache::open(folder.path());
    let stored = cache.read();
    assert_eq!(state, CacheState::Sound);
    assert_eq!(stored.service.as_deref(), Some(SERVICE));
    assert_eq!(stored.offers[SERVICE].packs, []);
    assert_eq!(stored.panel, Some(PanelSize { width: 500, height: 700 }));
    assert_eq!((stored.current.clone(), stored_purchase(&cache)), (Some(ada()), Some(purchase())));

    cache.write(&CacheWrite::Forget(ada())).unwrap();
    let stored = cache.read();
    assert_eq!(
        (stored.accounts, stored.settings),
        (vec![], settings),
        "settings belong to this computer, not to an account"
    );
    assert!(stored.service.is_some(), "the service's address is not secret");
}

/// The schema with one more step, as a later version would have it.
fn later_steps() -> Vec<M<'static>> {
    let later = M::up("alter table accounts add column colour text not null default 'teal'");
    database::STEPS.iter().cloned().chain([later]).collect()
}

#[test]
fn a_later_version_migrates_the_file_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let before = with_ada(folder.path()).read();
    let db = database::open(&folder.path().join(FILE), &later_steps()).unwrap();
    assert_eq!(read::state(&db), before);
    let colour: String = db.query_row("select colour from accounts", [], |row| row.get(0)).unwrap();
    assert_eq!(colour, "teal");
}

#[test]
fn a_file_of_a_later_version_is_moved_aside_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(with_ada(folder.path()));
    drop(database::open(&folder.path().join(FILE), &later_steps()).unwrap());
    assert!(matches!(read(folder.path()), Err(ReadError::OtherVersion)));

    let (cache, state) = Cache::open(folder.path());
    assert_eq!((state, cache.read()), (CacheState::Rebuilt, CachedState::default()));
    let aside = Connection::open(folder.path().join("cache.sqlite3.damaged")).unwrap();
    assert_eq!(read::state(&aside).accounts.len(), 1, "its accounts are preserved");
}

fn any_key() -> impl Strategy<Value = AccountKey> {
    let service = prop_oneof![Just(SERVICE), Just("http://127.0.0.1:8787")];
    (service, "[ab]").prop_map(|(service, id)| key(service, &id))
}

fn any_write() -> impl Strategy<Value = CacheWrite> {
    prop_oneof![
        3 => any_key().prop_map(|key| CacheWrite::Account(key.service, profile(&key.id))),
        3 => (any_key(), 0..5_u64).prop_map(|(key, version)| CacheWrite::Balance(key, balance(version))),
        2 => (any_key(), any::<bool>())
            .prop_map(|(key, there)| CacheWrite::Purchase(key, there.then(purchase))),
        2 => any_key().prop_map(CacheWrite::Current),
        1 => any_key().prop_map(CacheWrite::SignedOut),
        1 => (any_key(), any::<bool>()).prop_map(|(key, memory)| CacheWrite::InMemory(key, memory)),
        1 => (any_key(), 0..5_i64).prop_map(|(key, at)| {
            CacheWrite::Reminded(key, Timestamp::from_second(at).unwrap())
        }),
        1 => any_key().prop_map(CacheWrite::Forget),
        1 => (any_key(), "[xy]").prop_map(|(key, client)| CacheWrite::Offer(key.service, offer(&client))),
        1 => any_key().prop_map(|key| CacheWrite::Service(key.service)),
        2 => (any_key(), any::<bool>()).prop_map(|(key, refused)| CacheWrite::KeyAccount(key_account(&key, refused))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_file_and_the_state_in_memory_agree_after_any_sequence_of_writes(
        writes in prop::collection::vec(any_write(), 0..24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut cache, _) = Cache::open(folder.path());
        let mut known = CachedState::default();
        for write in writes {
            cache.write(&write).unwrap();
            known.apply(write);
            prop_assert_eq!(&cache.read(), &known);
        }
    }
}

#[test]
fn a_damaged_file_is_moved_aside_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(FILE),
        "this is not a database, and it is long enough to be recognized as damaged",
    )
    .unwrap();
    let (mut cache, state) = Cache::open(folder.path());
    assert_eq!(state, CacheState::Rebuilt);
    cache.write(&CacheWrite::Service(SERVICE.into())).unwrap();
    assert!(folder.path().join("cache.sqlite3.damaged").exists());
}

#[test]
fn the_app_starts_even_if_nothing_can_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let (mut cache, state) = Cache::open(&file);
    assert_eq!((state, cache.read()), (CacheState::Unwritable, CachedState::default()));
    assert!(cache.write(&CacheWrite::Service(SERVICE.into())).is_err());
}

#[test]
fn a_value_that_this_version_cannot_read_counts_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = with_ada(folder.path());
    let db = cache.db.as_ref().unwrap();
    db.execute("update accounts set balance = '{\"from\":\"the future\"}'", []).unwrap();
    assert_eq!(cache.read().shown().unwrap().balance, None);
    assert_eq!(stored_purchase(&cache), Some(purchase()), "the rest of the account stays");
    db.execute("update accounts set profile = '{\"from\":\"the future\"}'", []).unwrap();
    assert_eq!((cache.read().accounts, cache.read().current), (vec![], None));
}

#[test]
fn the_cache_can_be_read_while_the_app_runs_and_reading_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(ReadError::Missing)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "reading creates nothing");

    let (mut cache, _) = Cache::open(folder.path());
    cache.write(&CacheWrite::Service(SERVICE.into())).unwrap();
    assert_eq!(read(folder.path()).unwrap(), cache.read());
    drop(cache);
    assert_eq!(read(folder.path()).unwrap().service.as_deref(), Some("https://tokens.example"));
}

#[test]
fn a_file_of_another_version_or_program_is_an_error_and_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, _) = Cache::open(folder.path());
    cache.db.as_ref().unwrap().pragma_update(None, "user_version", 99).unwrap();
    drop(cache);
    assert!(matches!(read(folder.path()), Err(ReadError::OtherVersion)));

    let damaged = "this is not a database, and it is long enough to be recognized as damaged".repeat(20);
    fs::write(folder.path().join(FILE), &damaged).unwrap();
    assert!(matches!(read(folder.path()), Err(ReadError::Database(_))));
    assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), damaged);
}

#[test]
fn a_full_disk_is_an_error_and_preserves_the_stored_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = with_ada(folder.path());
    let db = cache.db.as_ref().unwrap();
    let pages: i64 = db.query_row("pragma page_count", [], |row| row.get(0)).unwrap();
    db.query_row(&format!("pragma max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let mut huge = purchase();
    huge.order.pack_id = "x".repeat(1_000_000);
    let error = cache.write(&CacheWrite::Purchase(ada(), Some(huge))).unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(stored_purchase(&cache), Some(purchase()));
}

#[test]
fn the_default_folder_is_the_same_as_tauris() {
    let settings: serde_json::Value = serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
    assert!(default_folder().unwrap().ends_with(settings["identifier"].as_str().unwrap()));
}

#[cfg(unix)]
#[test]
fn nobody_else_on_the_machine_can_read_the_cache() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("share/app");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    // A file from before, which everybody can read.
    fs::write(folder.join(FILE), "").unwrap();
    fs::set_permissions(folder.join(FILE), fs::Permissions::from_mode(0o644)).unwrap();
    let (mut cache, _) = Cache::open(&folder);
    cache.write(&CacheWrite::Service(SERVICE.into())).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn the_note_that_the_service_was_heard_is_the_accounts_and_wakes_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let at = |time: &str| time.parse().unwrap();
    assert_eq!(last_heard::read(folder.path(), &ada()), None);
    last_heard::note(folder.path(), &ada(), at("2026-11-22T12:00:00Z")).unwrap();
    last_heard::note(folder.path(), &ada(), at("2026-11-22T12:05:00Z")).unwrap();
    assert_eq!(last_heard::read(folder.path(), &ada()), Some(at("2026-11-22T12:05:00Z")));
    assert_eq!(last_heard::read(folder.path(), &key(SERVICE, "other")), None);
    let beside: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["heard"], "nothing in the folder that is watched");

    fs::write(folder.path().join("heard/last"), "no time").unwrap();
    assert_eq!(last_heard::read(folder.path(), &ada()), None);
}
