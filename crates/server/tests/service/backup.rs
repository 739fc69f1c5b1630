//! A backup of a SQLite file, made during spends as `docs/operating.md` describes, and a service that starts on it.

use crate::support::{SERVICE_KEY, World, eventually, pooled_client, send, text};
use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

const SPENDERS: usize = 4;

#[tokio::test]
async fn a_backup_made_during_spends_contains_every_spend_acknowledged_before_it_and_can_be_used() {
    let mut world = World::on_sqlite().await;
    let ada = world.user("ada@example.com", "ultimate").await;
    let account = ada.account_id().await;
    let url = format!("{}/v1/accounts/{account}/spends", world.origin);
    let (http, stop) = (pooled_client(), CancellationToken::new());
    let acknowledged: Mutex<BTreeSet<String>> = Mutex::default();
    let spender = async |number: usize| {
        let mut count = 0;
        while !stop.is_cancelled() {
            let request = http.post(&url).bearer_auth(SERVICE_KEY);
            let request = request.header("Idempotency-Key", format!("{number}-{count}"));
            let spend = send(request.json(&json!({ "amount": 1, "reason": "A sketch" }))).await.ok();
            acknowledged.lock().unwrap().insert(text(&spend["id"]));
            count += 1;
        }
    };
    let count = || acknowledged.lock().unwrap().len();
    let path = world.database.strip_prefix("sqlite:").unwrap().to_owned();
    let backup = format!("{path}.backup");
    let operator = async {
        eventually("spends", async || count() >= 50).await;
        let before = acknowledged.lock().unwrap().clone();
        let (from, to) = (path.clone(), backup.clone());
        let copy = move || Connection::open(from).unwrap().execute("VACUUM INTO ?", [to]).unwrap();
        tokio::task::spawn_blocking(copy).await.unwrap();
        let copied = count();
        eventually("more spends", async || count() >= copied + 50).await;
        stop.cancel();
        before
    };
    let (before, _) = tokio::join!(operator, join_all((0..SPENDERS).map(spender)));

    // The service starts on the backup instead of its own file.
    let token = ada.token.clone();
    world.stop_service().await;
    world.database = format!("sqlite:{backup}");
    world.restart().await;
    let ada = crate::support::User { world: &world, token };
    let restored = Connection::open(&backup).unwrap();
    let check: String = restored.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let mut spends = restored.prepare("SELECT reference FROM entries WHERE kind = 'spend'").unwrap();
    let spends = spends.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let spends: Vec<String> = spends.collect::<Result<_, _>>().unwrap();
    let all = acknowledged.into_inner().unwrap();
    let restored: BTreeSet<String> = spends.iter().cloned().collect();
    assert_eq!(spends.len(), restored.len(), "no spend is stored twice");
    assert!(restored.is_superset(&before), "every spend acknowledged before the backup is in it");
    let never_acknowledged = restored.difference(&all).count();
    assert_eq!(never_acknowledged, 0, "the backup has only acknowledged spends");
    assert!(restored.len() < all.len(), "the backup has no spends that were made after it");
    let balance = ada.balance().await;
    assert_eq!(balance["spendable"], 60_000 - restored.len(), "the balance is the sum of the entries");

    // The service accepts spends on it.
    let spends = format!("/v1/accounts/{account}/spends");
    world.platform_post(&spends, "after", json!({ "amount": 1, "reason": "Afterwards" })).await.ok();
}
