//! The platform's API: spends, holds, adjustments, account look-ups.

use crate::support::{SERVICE_KEY, World, WorldOptions, eventually, send, text};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokenwell_server::{Scope, ServiceKey};

#[tokio::test]
async fn a_spend_returns_its_slices_and_is_replayed_under_its_key() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let purchase = ada.buy("small", 1).await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let body = json!({ "amount": 9000, "reason": "A long video" });
    let first = world.platform_post(&spends, "one", body.clone()).await;
    assert_eq!(first.status, 201);
    let spend = &first.body;
    assert_eq!(
        spend["slices"],
        json!([{ "bucket": "fast", "amount": 8500 }, { "bucket": "top_up", "lot": purchase["id"], "amount": 500 }])
    );
    assert_eq!(spend["balance"]["spendable"], 4500);
    assert_eq!(spend["balance"]["next_spent_from"], "top_up");

    // The same key returns the same bytes and spends nothing.
    assert_eq!(world.platform_post(&spends, "one", body).await.bytes, first.bytes);
    assert_eq!(ada.balance().await["spendable"], 4500);
    let other = world.platform_post(&spends, "one", json!({ "amount": 1, "reason": "Another" })).await;
    other.refused(422, "idempotency_key_reused", "another body");
    // The purchase shows the rest of its lot.
    assert_eq!(ada.purchase(&purchase).await["remaining_tokens"], 4500);
    let today = ada.get("/v1/usage/daily").await.ok();
    let days = today["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    assert_eq!((&days[29]["fast"], &days[29]["top_up"]), (&json!(8500), &json!(500)));
}

#[tokio::test]
async fn a_catalogue_that_spends_fast_tokens_first_is_applied_to_spends_and_reported_in_the_balance() {
    let built_in = include_str!("../../../ledger/src/catalogue.toml");
    let order = |first: &str, second: &str| format!("spend_order = [\"{first}\", \"{second}\", \"top_up\"]");
    let swapped = built_in.replace(&order("rollover", "fast"), &order("fast", "rollover"));
    assert_ne!(swapped, built_in);
    let world =
        World::with(WorldOptions { catalogue: Some(swapped.leak()), ..WorldOptions::default() }).await;
    let ada = world.user("ada@example.com", "essential").await;
    // A new period without a credit moves the rest of the smaller plan to rollover, so both buckets have tokens.
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    let upgrade = json!({ "plan": "ultimate", "proration_behavior": "none", "billing_cycle_anchor": "now" });
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), upgrade).await;
    eventually("the upgrade", async || ada.balance().await["fast"]["available"] == 60_000).await;

    let balance = ada.balance().await;
    assert_eq!(balance["rollover"]["available"], 8500);
    assert_eq!(balance["spend_order"], json!(["fast", "rollover", "top_up"]));
    assert_eq!(balance["next_spent_from"], "fast");
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let spend = json!({ "amount": 60_001, "reason": "A long video" });
    let spend = world.platform_post(&spends, "one", spend).await.ok();
    assert_eq!(
        spend["slices"],
        json!([{ "bucket": "fast", "amount": 60_000 }, { "bucket": "rollover", "amount": 1 }])
    );
    assert_eq!(spend["balance"]["spend_order"], balance["spend_order"]);
    assert_eq!(spend["balance"]["next_spent_from"], "rollover");
}

#[tokio::test]
async fn two_hundred_concurrent_spends_are_each_executed_once_one_after_the_other() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let before = ada.balance().await;
    let spend = async |n: u64| {
        let body = json!({ "amount": 1 + n % 40, "reason": "A portrait" });
        world.platform_post(&spends, &format!("spend-{n}"), body).await
    };
    // Each spend is sent twice at the same time.
    let responses = join_all((0..400).map(|n| spend(n / 2))).await;
    let mut firsts = Vec::new();
    for pair in responses.chunks(2) {
        assert_eq!(pair[0].status, 201, "{}", pair[0].body);
        assert_eq!(pair[0].bytes, pair[1].bytes);
        firsts.push(pair[0].body.clone());
    }
    firsts.sort_by_key(|spend| spend["balance"]["version"].as_u64());
    let mut remaining = before["spendable"].as_u64().unwrap();
    for (spend, version) in firsts.iter().zip(before["version"].as_u64().unwrap() + 1..) {
        remaining -= spend["amount"].as_u64().unwrap();
        assert_eq!(spend["balance"]["version"], version);
        assert_eq!(spend["balance"]["spendable"], remaining, "spends are executed one after the other");
    }
    assert_eq!(ada.balance().await["spendable"], remaining);
    let again = join_all((0..200).map(spend)).await;
    assert!(again.iter().zip(responses.chunks(2)).all(|(again, first)| again.bytes == first[0].bytes));
    assert_eq!(ada.balance().await["spendable"], remaining);
}

#[tokio::test]
async fn a_refused_spend_changes_nothing_and_its_refusal_is_replayed() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let before = bob.balance().await;
    let spends = format!("/v1/accounts/{}/spends", bob.account_id().await);
    let body = json!({ "amount": 1000, "reason": "Too much" });
    let first = world.platform_post(&spends, "one", body.clone()).await;
    let again = world.platform_post(&spends, "one", body).await;
    assert_eq!((first.status, &first.bytes), (again.status, &again.bytes));
    let problem = first.refused(402, "insufficient_tokens", "1000 tokens are needed, 150 are spendable");
    assert_eq!((&problem["needed"], &problem["spendable"]), (&json!(1000), &json!(150)));
    assert_eq!((&problem["locked"], &problem["remedy"]), (&json!(0), &json!("upgrade")));
    assert_eq!(bob.balance().await["version"], before["version"]);
}

#[tokio::test]
async fn a_hold_can_be_committed_in_part_and_ends_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let holds = format!("/v1/accounts/{}/holds", ada.account_id().await);
    let body = json!({ "amount": 1000, "reason": "A long job", "ttl_s": 600 });
    let hold = world.platform_post(&holds, "one", body).await.ok();
    assert_eq!(hold["slices"], json!([{ "bucket": "fast", "amount": 1000 }]));
    let balance = ada.balance().await;
    assert_eq!((&balance["fast"]["held"], &balance["spendable"]), (&json!(1000), &json!(24_000)));

    let id = text(&hold["id"]);
    let commit = format!("/v1/holds/{id}/commit");
    let too_much = world.platform_post(&commit, "more", json!({ "amount": 1001 })).await;
    too_much.refused(422, "commit_exceeds_hold", "1000");
    let ended = world.platform_post(&commit, "two", json!({ "amount": 400 })).await.ok();
    assert_eq!((&ended["committed"], &ended["balance"]["spendable"]), (&json!(400), &json!(24_600)));
    let release = format!("/v1/holds/{id}/release");
    world.platform_post(&release, "three", json!({})).await.refused(409, "hold_ended", "has ended");
    let unknown = world.platform_post("/v1/holds/none/release", "four", json!({})).await;
    unknown.refused(404, "not_found", "no such hold");

    let hold = world.platform_post(&holds, "five", json!({ "amount": 5, "reason": "Another" })).await.ok();
    let release = world.http.post(format!("{}/v1/holds/{}/release", world.origin, text(&hold["id"])));
    let released = send(release.bearer_auth(SERVICE_KEY).header("Idempotency-Key", "six")).await.ok();
    assert_eq!(released["balance"]["spendable"], 24_600, "a release needs no body");
    let too_long = json!({ "amount": 5, "reason": "Too long", "ttl_s": 86_401 });
    world.platform_post(&holds, "seven", too_long).await.refused(422, "invalid_ttl", "86400");
}

#[tokio::test]
async fn entries_carry_the_name_of_the_key_that_caused_them_and_idempotency_keys_belong_to_one_key() {
    let old = ServiceKey::named("studio", vec![Scope::Spend], "the-old-key-of-the-studio");
    let new = ServiceKey::named("studio", vec![Scope::Spend], "the-new-key-of-the-studio");
    let world = World::with(WorldOptions { service_keys: vec![old, new], ..WorldOptions::default() }).await;
    let bob = world.user("bob@example.com", "free").await;
    let spends = format!("{}/v1/accounts/{}/spends", world.origin, bob.account_id().await);
    let spend = async |key: &str| {
        let request = world.http.post(&spends).bearer_auth(key).header("Idempotency-Key", "one");
        send(request.json(&json!({ "amount": 10, "reason": "A portrait" }))).await.ok()["id"].clone()
    };
    let ids = [spend("the-old-key-of-the-studio").await, spend("the-new-key-of-the-studio").await];
    assert_ne!(ids[0], ids[1], "each key has idempotency keys of its own");
    assert_eq!(spend("the-old-key-of-the-studio").await, ids[0]);
    spend(SERVICE_KEY).await;
    let activity = bob.get("/v1/activity").await.ok();
    let names = activity["items"].as_array().unwrap().iter().map(|entry| entry["service_key"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), [None, Some("studio"), Some("studio"), None], "{activity}");
}

#[tokio::test]
async fn a_gift_is_a_lot_and_a_correction_stops_at_zero() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let adjust = format!("/v1/accounts/{}/adjustments", bob.account_id().await);
    let gift = json!({ "amount": 500, "reason": "Sorry for the outage" });
    let given = world.platform_post(&adjust, "one", gift).await.ok();
    assert_eq!((&given["amount"], &given["balance"]["top_up"]["locked"]), (&json!(500), &json!(500)));
    let less = json!({ "amount": -501, "reason": "Too generous" });
    world.platform_post(&adjust, "two", less).await.refused(422, "correction_below_zero", "500");
    world.platform_post(&adjust, "three", json!({ "amount": -500, "reason": "Undone" })).await.ok();
    assert_eq!(bob.balance().await["total"], 150);
    let activity = bob.get("/v1/activity?limit=2").await.ok();
    assert_eq!(activity["items"][0]["reason"], "Undone");
    assert_eq!(activity["items"][1]["reason"], "Sorry for the outage");
}

#[tokio::test]
async fn the_balance_of_every_past_instant_can_be_read() {
    let world = World::with_test_clock().await;
    world.set_clock("2027-01-10T12:00:00Z").await;
    let bob = world.user("bob@example.com", "free").await;
    let id = bob.account_id().await;
    let spends = format!("/v1/accounts/{id}/spends");
    world.platform_post(&spends, "one", json!({ "amount": 50, "reason": "First" })).await.ok();
    world.set_clock("2027-01-10T13:00:00Z").await;
    world.platform_post(&spends, "two", json!({ "amount": 20, "reason": "Second" })).await.ok();
    world.set_clock("2027-01-12T00:00:00Z").await;
    for (at, spendable) in [
        ("2027-01-10T12:30:00Z", 100),
        ("2027-01-10T13:00:00Z", 80),
        ("2027-01-11T00:00:00Z", 150),
        ("2027-01-12T00:00:00Z", 150),
    ] {
        let balance = world.platform(&format!("/v1/accounts/{id}/balance?at={at}")).await.ok();
        assert_eq!((&balance["spendable"], &balance["as_of"]), (&json!(spendable), &json!(at)), "{at}");
    }
    let path = |at: &str| format!("/v1/accounts/{id}/balance?at={at}");
    world.platform(&path("2027-01-13T00:00:00Z")).await.refused(400, "invalid_parameter", "future");
    world.platform(&path("2026-01-13T00:00:00Z")).await.refused(
        400,
        "invalid_parameter",
        "before the account",
    );
    world.platform(&path("yesterday")).await.refused(400, "invalid_parameter", "2026-11-01T12:00:00Z");
}

#[tokio::test]
async fn support_finds_an_account_by_its_email_address() {
    let world = World::start().await;
    let ada = world.user("Ada@example.com", "premium").await;
    let found = world.platform("/v1/accounts?email=ada@EXAMPLE.com").await.ok();
    let mut expected = ada.get("/v1/account").await.ok();
    expected["email_verified"] = true.into();
    for unnamed in ["external_id", "name"] {
        expected[unnamed] = Value::Null;
    }
    expected["customer"] = world.stripe("/v1/customers").await["data"][0]["id"].clone();
    assert_eq!(found["accounts"], json!([expected]));
    assert_eq!(world.platform("/v1/accounts?email=nobody@example.com").await.ok()["accounts"], json!([]));
    world.platform("/v1/accounts?email=").await.refused(400, "invalid_parameter", "empty");
    let unknown = world.platform("/v1/accounts/none/balance").await;
    unknown.refused(404, "not_found", "no such account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_concurrent_spends_from_tokens_for_half_of_them_exactly_half_succeed() {
    const CLIENTS: u64 = 64;
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let id = ada.account_id().await;
    let (first, second) = (ada.buy("small", 1).await, ada.buy("small", 1).await);
    // Fast tokens and two lots: 32 × 500 tokens.
    let each = 500;
    let available = CLIENTS / 2 * each;
    let spends = format!("/v1/accounts/{id}/spends");
    let surplus = json!({ "amount": 8500 + 10_000 - available, "reason": "Before" });
    world.platform_post(&spends, "before", surplus).await.ok();
    let ready = tokio::sync::Barrier::new(usize::try_from(CLIENTS).unwrap());
    let responses = join_all((0..CLIENTS).map(async |n| {
        let client = crate::support::client();
        let body = json!({ "amount": each, "reason": "One of many" });
        let request = client.post(format!("{}{spends}", world.origin)).bearer_auth(SERVICE_KEY);
        let request = request.header("Idempotency-Key", format!("client-{n}")).json(&body);
        ready.wait().await;
        send(request).await
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) =
        responses.into_iter().partition(|response| response.status == 201);
    assert_eq!((done.len(), refused.len()), (32, 32));
    for refusal in refused {
        let problem = refusal.refused(402, "insufficient_tokens", "");
        assert!(problem["spendable"].as_u64().unwrap() < each, "{problem}");
    }

    // In order of their versions, each spend continues in spend order where the one before it ended.
    let mut done: Vec<_> = done.into_iter().map(|response| response.body).collect();
    done.sort_by_key(|spend| spend["balance"]["version"].as_u64());
    let (mut taken, mut versions) = (Vec::new(), Vec::new());
    for spend in &done {
        let slices = spend["slices"].as_array().unwrap();
        let amounts = slices.iter().map(|slice| slice["amount"].as_u64().unwrap());
        assert_eq!(amounts.sum::<u64>(), each, "slices add up: {spend}");
        taken.extend(slices.iter().map(|slice| (slice["lot"].clone(), slice["amount"].as_u64().unwrap())));
        versions.push(spend["balance"]["version"].as_u64().unwrap());
    }
    assert!(versions.windows(2).all(|pair| pair[1] == pair[0] + 1), "{versions:?}");
    let lots: Vec<_> = [json!(null), first["id"].clone(), second["id"].clone()].into();
    let position = |lot: &Value| lots.iter().position(|other| other == lot).unwrap();
    assert!(
        taken.is_sorted_by_key(|(lot, _)| position(lot)),
        "fast tokens first, then the older lot, then the newer"
    );
    let of = |wanted: usize| -> u64 {
        taken.iter().filter(|(lot, _)| position(lot) == wanted).map(|(_, amount)| amount).sum()
    };
    assert_eq!([of(0), of(1), of(2)], [8500 - (18_500 - available), 5000, 5000]);
    let balance = ada.balance().await;
    assert_eq!((&balance["spendable"], &balance["total"]), (&json!(0), &json!(0)));
    let negative = ada.get("/v1/activity?limit=200").await.ok()["items"].clone();
    let negative =
        negative.as_array().unwrap().iter().filter(|entry| entry["balance_after"].as_i64() < Some(0));
    assert_eq!(negative.count(), 0, "no balance was ever negative");
}
