//! The copy from SQLite to PostgreSQL: afterwards the service returns the same bytes and continues to work.

use crate::support::{
    Response, User, WEBHOOK_SECRET, World, card, deliver, event, eventually, metric, pay, send,
    session as session_of, signature, text,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Output};
use tokenwell_stage::Postgres;

/// The path, idempotency key and body of a POST request.
type PostRequest = (String, String, Value);

/// The status and bytes of every list and object that users and the platform can read.
async fn all_readable_data(world: &World, tokens: &BTreeMap<&str, String>) -> Vec<(String, u16, Vec<u8>)> {
    let mut responses = Vec::new();
    for (name, token) in tokens {
        let user = User { world, token: token.clone() };
        for path in
            ["account", "balance", "purchases", "activity?limit=200", "activity.csv", "activity?kind=spend"]
        {
            let Response { status, bytes, .. } = user.get(&format!("/v1/{path}")).await;
            responses.push((format!("{path} of {name}"), status, bytes));
        }
    }
    for path in ["refunds-due", "events-set-aside", "accounts?email=ada@example.com"] {
        let Response { status, bytes, .. } = world.platform(&format!("/v1/{path}")).await;
        responses.push((path.to_owned(), status, bytes));
    }
    responses
}

/// Sends the requests again, with the same keys and bodies.
async fn replayed(
    world: &World,
    requests: &[PostRequest],
    ada: &str,
    purchase: &(String, Value),
) -> Vec<(u16, Vec<u8>)> {
    let mut responses = Vec::new();
    for (path, key, body) in requests {
        let response = world.platform_post(path, key, body.clone()).await;
        responses.push((response.status, response.bytes));
    }
    let request = User { world, token: ada.to_owned() }.request("POST", "/v1/purchases");
    let again = send(request.header("Idempotency-Key", &purchase.0).json(&purchase.1)).await;
    responses.push((again.status, again.bytes));
    responses
}

fn copy(from: &str, to: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tokenwell-server"));
    program.env_clear().args(["copy", "--from", from, "--to", to]).output().unwrap()
}

async fn run_copy(from: String, to: String) -> Output {
    tokio::task::spawn_blocking(move || copy(&from, &to)).await.unwrap()
}

/// A user who deletes the account while a payment is processing, and signs in again. Returns the access tokens of the
/// deleted and of the new account.
async fn deleted_and_new_account(world: &World) -> (String, String) {
    let eve = world.user("eve@example.com", "essential").await;
    let late = eve.open("small", 1).await;
    world.sandbox(&pay(&late), json!({ "method": "bank_debit" })).await;
    eve.until(&late, "processing").await;
    let gone = eve.token.clone();
    let deleted = eve.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(send(deleted).await.status, 204);
    let settle = format!("/sandbox/checkout/{}/settle", session_of(&late));
    world.sandbox(&settle, json!({ "outcome": "succeeded" })).await;
    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the payment to be listed", async || due().await != json!([])).await;
    let back = world.user("eve@example.com", "free").await;
    (gone, back.token)
}

/// Buys a pack and refunds half of it.
async fn partly_refunded(world: &World, user: &User<'_>) -> Value {
    let purchase = user.open("medium", 1).await;
    world.sandbox(&pay(&purchase), card()).await;
    user.until(&purchase, "paid").await;
    let charge = user.charge_of(&purchase).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 1200 })).await;
    user.until(&purchase, "partially_refunded").await;
    purchase
}

/// The number of Stripe's events in a state.
async fn events(world: &World, state: &str) -> u64 {
    metric(world, &format!("tokenwell_stripe_events{{state=\"{state}\"}}")).await
}

/// Delivers an event that is worked off and one that is set aside. Returns the first.
async fn one_event_done_and_one_set_aside(world: &World, session: &str) -> Vec<u8> {
    let done = event("evt_done", "checkout.session.completed", &json!({ "id": session }));
    let aside = event("evt_aside", "customer.subscription.updated", &json!({ "id": "sub_unknown" }));
    for body in [&done, &aside] {
        assert_eq!(deliver(world, body, Some(&signature(body, WEBHOOK_SECRET, 0))).await.status, 200);
    }
    eventually("the event to be set aside", async || events(world, "set_aside").await == 1).await;
    eventually("the other events to be worked off", async || events(world, "waiting").await == 0).await;
    done
}

/// Requests of the platform. One of them is refused.
fn platform_requests(account: &str) -> Vec<PostRequest> {
    let request =
        |path: &str, key: &str, body| (format!("/v1/accounts/{account}/{path}"), key.to_owned(), body);
    vec![
        request("spends", "one", json!({ "amount": 40, "reason": "A portrait" })),
        request("spends", "too much", json!({ "amount": 900_000, "reason": "A film" })),
        request("holds", "open", json!({ "amount": 700, "reason": "A film", "ttl_s": 3600 })),
        request("holds", "ended", json!({ "amount": 50, "reason": "A clip", "ttl_s": 3600 })),
        request("adjustments", "gift", json!({ "amount": 5, "reason": "Sorry" })),
    ]
}

/// Copies a file with three accounts to an empty database and returns its address. Checks that a second copy is refused.
async fn copy_once(from: &str, entries: i64) -> String {
    let to = Postgres::shared().database();
    let copy = run_copy(from.to_owned(), to.clone()).await;
    let summary = String::from_utf8(copy.stdout).unwrap();
    assert_eq!(copy.status.code(), Some(0), "{}", String::from_utf8_lossy(&copy.stderr));
    assert!(summary.contains(&format!("entries: {entries} rows, digest ")), "{summary}");
    let proof = format!("the fold of {entries} entries is the balance, in each of 3 accounts\n");
    assert!(summary.ends_with(&proof), "{summary}");
    let again = run_copy(from.to_owned(), to.clone()).await;
    let reason = String::from_utf8(again.stderr).unwrap();
    assert_eq!((again.status.code(), reason.contains("it is not empty")), (Some(2), true), "{reason}");
    to
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_copied_from_sqlite_to_postgresql_returns_the_same_bytes_and_continues_to_work() {
    let mut world = World::on_sqlite_with_test_clock().await;
    // One account has packs, a refund, spends, holds and a refusal.
    let ada = world.user("ada@example.com", "premium").await;
    let id = ada.account_id().await;
    let spends = format!("/v1/accounts/{id}/spends");
    ada.buy("small", 1).await;
    let session = session_of(&partly_refunded(&world, &ada).await);
    let purchase_request = ("ada-opens".to_owned(), json!({ "pack_id": "small", "quantity": 2 }));
    let open = ada.request_purchase("small", 2, &purchase_request.0).await.ok();
    let mut requests = platform_requests(&id);
    let mut responses = Vec::new();
    for (path, key, body) in &requests {
        responses.push(world.platform_post(path, key, body.clone()).await.body);
    }
    let (hold, ended) = (text(&responses[2]["id"]), text(&responses[3]["id"]));
    requests.push((format!("/v1/holds/{ended}/commit"), "commit".to_owned(), json!({ "amount": 20 })));
    world.platform_post(&requests[5].0, &requests[5].1, requests[5].2.clone()).await.ok();

    let (deleted, new) = deleted_and_new_account(&world).await;

    let done = one_event_done_and_one_set_aside(&world, &session).await;

    // A stream that is closed, and misses a refusal.
    let mut stream = ada.listen(None).await;
    let (_, _, seen) = stream.next().await.unwrap();
    drop(stream);
    let missed = json!({ "amount": 800_000, "reason": "Missed" });
    world.platform_post(&spends, "missed", missed).await.refused(402, "insufficient_tokens", "800000");

    let tokens: BTreeMap<_, _> =
        [("ada", ada.token.clone()), ("eve, deleted", deleted), ("eve, new", new)].into();
    let readable = all_readable_data(&world, &tokens).await;
    let replays = replayed(&world, &requests, &tokens["ada"], &purchase_request).await;
    let entries = world.count("SELECT count(*) FROM entries").await;
    let busy = run_copy(world.database.clone(), Postgres::shared().database()).await;
    let stderr = String::from_utf8(busy.stderr).unwrap();
    assert_eq!((busy.status.code(), stderr.contains("it is in use")), (Some(2), true), "{stderr}");
    world.stop_service().await;

    world.database = copy_once(&world.database, entries).await;
    world.restart().await;
    assert_eq!(all_readable_data(&world, &tokens).await, readable);
    assert_eq!(replayed(&world, &requests, &tokens["ada"], &purchase_request).await, replays);
    assert_eq!(deliver(&world, &done, Some(&signature(&done, WEBHOOK_SECRET, 0))).await.status, 200);
    assert_eq!(events(&world, "waiting").await, 0, "an event that was worked off is not worked off again");
    assert_eq!(world.count("SELECT count(*) FROM entries").await, entries);

    // The service continues to work.
    let ada = User { world: &world, token: tokens["ada"].clone() };
    let mut stream = ada.listen(Some(&seen)).await;
    assert_eq!(stream.next().await.unwrap().2, seen, "the stream resumes after the last event");
    stream.until("spend_refused", |refused| refused["needed"] == 800_000).await;
    let before = ada.balance().await;
    let commit = json!({ "amount": 700 });
    world.platform_post(&format!("/v1/holds/{hold}/commit"), "later", commit).await.ok();
    world.sandbox(&pay(&open), card()).await;
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    ada.until(&open, "paid").await;
    ada.buy("small", 1).await;
    let body = json!({ "amount": 1, "reason": "Another portrait" });
    world.platform_post(&spends, "two", body).await.ok();
    stream.until("balance", |balance| balance["version"].as_u64() > before["version"].as_u64()).await;
    let spendable = |balance: &Value| balance["spendable"].as_i64().unwrap();
    assert_eq!(spendable(&ada.balance().await), spendable(&before) + 10_000 + 5_000 - 1);
    world.platform_post("/v1/events-set-aside/evt_aside/retry", "retry", json!(null)).await.ok();
    eventually("the event to be set aside again", async || events(&world, "set_aside").await == 1).await;
}

#[test]
fn a_copy_that_is_not_possible_is_reported_in_one_line_that_names_the_flag_and_the_fix() {
    let file = "sqlite:/no/such/file";
    let cluster = "postgres://ada:must_not_show@127.0.0.1:1/tokenwell";
    for (from, to, words) in [
        (file, cluster, "--from sqlite:/no/such/file: there is no such file"),
        (cluster, cluster, "pg_dump"),
        (file, file, "VACUUM INTO"),
        ("nonsense", cluster, "--from is not a database address"),
        (file, "nonsense", "--to is not a database address"),
    ] {
        let Output { status, stdout, stderr } = copy(from, to);
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), stdout.len(), stderr.lines().count()), (Some(2), 0, 1), "{stderr}");
        assert!(
            stderr.contains(words) && !stderr.contains("must_not_show"),
            "`{stderr}` does not contain `{words}`"
        );
    }
    let mut incomplete = Command::new(env!("CARGO_BIN_EXE_tokenwell-server"));
    let stderr = incomplete.env_clear().args(["copy", "--from", file]).output().unwrap().stderr;
    assert!(String::from_utf8(stderr).unwrap().contains("--to is missing: give an empty database"));
}
