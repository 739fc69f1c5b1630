//! A subscription that is to end says so by `cancel_at`, `cancel_at_period_end` or both (row 3).

use crate::clocks::live_until;
use crate::support::{User, World, eventually, text};
use serde_json::{Value, json};

async fn subscription(world: &World) -> Value {
    world.stripe("/v1/subscriptions").await["data"][0].clone()
}

async fn shown(ada: &User<'_>) -> Value {
    ada.get("/v1/account").await.ok()["subscription"].clone()
}

fn at(seconds: &Value) -> Value {
    json!(jiff::Timestamp::from_second(seconds.as_i64().unwrap()).unwrap())
}

#[tokio::test]
async fn row_3_a_cancellation_in_the_portal_with_flexible_billing_shows_the_end() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    assert_eq!(shown(&ada).await["ends_at"], Value::Null);
    let url = text(&ada.post("/v1/subscription/portal", json!({})).await.ok()["url"]);
    let id = text(&subscription(&world).await["id"]);
    let portal = world.http.post(&url).form(&[("subscription", id.as_str()), ("action", "cancel")]);
    crate::support::send(portal).await;
    let at_stripe = subscription(&world).await;
    assert_eq!(at_stripe["cancel_at_period_end"], false, "flexible billing sets the date alone");
    eventually("the end", async || shown(&ada).await["cancel_at_period_end"] == true).await;
    let ending = shown(&ada).await;
    assert_eq!(ending["ends_at"], at(&at_stripe["cancel_at"]));
    assert_eq!(ending["renews_at"], Value::Null);
    assert_eq!(ada.balance().await["fast"]["resets_at"], Value::Null, "it will not renew");

    let portal = world.http.post(&url).form(&[("subscription", id.as_str()), ("action", "resume")]);
    crate::support::send(portal).await;
    eventually("the renewal", async || shown(&ada).await["renews_at"] != Value::Null).await;
    assert_eq!(shown(&ada).await["ends_at"], Value::Null);
}

#[tokio::test]
async fn row_3_a_subscription_ends_at_any_date_that_stripe_says() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let at_stripe = subscription(&world).await;
    let path = format!("/sandbox/subscriptions/{}", text(&at_stripe["id"]));
    let period_end = at_stripe["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    // Within the period, and after two more periods.
    for (end, renews) in [(period_end - 86_400, false), (period_end + 60 * 86_400, true)] {
        let end = at(&json!(end));
        world.sandbox(&path, json!({ "cancel_at": end })).await;
        eventually("the end", async || shown(&ada).await["ends_at"] == end).await;
        let ending = shown(&ada).await;
        assert_eq!(ending["cancel_at_period_end"], true, "{ending}");
        assert_eq!(ending["renews_at"] != Value::Null, renews, "{ending}");
    }
}

#[tokio::test]
async fn row_3_classic_billing_says_it_by_the_boolean() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let at_stripe = subscription(&world).await;
    let path = format!("/sandbox/subscriptions/{}", text(&at_stripe["id"]));
    world.sandbox(&path, json!({ "cancel_at_period_end": true })).await;
    eventually("the end", async || shown(&ada).await["cancel_at_period_end"] == true).await;
    assert_eq!(shown(&ada).await["ends_at"], at(&at_stripe["items"]["data"][0]["current_period_end"]));
}

#[tokio::test]
async fn row_3_a_plan_ends_in_the_middle_of_its_period_at_the_date_that_stripe_says() {
    let world = World::with_test_clock().await;
    live_until(&world, "2026-06-01T12:00:00Z").await;
    let ada = world.user("ada@example.com", "premium").await;
    ada.buy("small", 1).await;
    let path = format!("/sandbox/subscriptions/{}", text(&subscription(&world).await["id"]));
    world.sandbox(&path, json!({ "cancel_at": "2026-06-10T00:00:00Z" })).await;
    eventually("the end", async || shown(&ada).await["ends_at"] == "2026-06-10T00:00:00Z").await;
    // It is put off, and taken back.
    world.sandbox(&path, json!({ "cancel_at": "2026-06-20T00:00:00Z" })).await;
    eventually("the later end", async || shown(&ada).await["ends_at"] == "2026-06-20T00:00:00Z").await;
    live_until(&world, "2026-06-15T00:00:00Z").await;
    assert_eq!(ada.balance().await["fast"]["available"], 25_000);
    world.sandbox(&path, json!({ "cancel_at_period_end": false })).await;
    eventually("the renewal", async || shown(&ada).await["ends_at"] == Value::Null).await;
    world.sandbox(&path, json!({ "cancel_at": "2026-06-16T00:00:00Z" })).await;
    live_until(&world, "2026-06-17T00:00:00Z").await;
    let balance = ada.balance().await;
    assert_eq!((&balance["fast"]["available"], &balance["top_up"]["locked"]), (&json!(150), &json!(5000)));
    assert_eq!(shown(&ada).await["entitled"], false);
}

#[tokio::test]
async fn row_3_a_plan_that_ends_after_further_periods_renews_until_then_and_no_longer() {
    let world = World::with_test_clock().await;
    live_until(&world, "2026-06-01T12:00:00Z").await;
    let ada = world.user("ada@example.com", "premium").await;
    let path = format!("/sandbox/subscriptions/{}", text(&subscription(&world).await["id"]));
    world.sandbox(&path, json!({ "cancel_at": "2026-07-15T12:00:00Z" })).await;
    live_until(&world, "2026-07-01T12:00:00Z").await;
    let balance = ada.balance().await;
    assert_eq!(
        (&balance["fast"]["available"], &balance["rollover"]["available"]),
        (&json!(25_000), &json!(25_000))
    );
    assert_eq!(shown(&ada).await["ends_at"], "2026-07-15T12:00:00Z");
    assert_eq!(balance["fast"]["resets_at"], Value::Null, "the running period is the last");
    live_until(&world, "2026-07-15T12:00:00Z").await;
    assert_eq!(ada.balance().await["spendable"], 150);
}
