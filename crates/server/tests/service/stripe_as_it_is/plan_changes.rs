//! Plan changes follow the money, however the portal is set up (row 2, rule 11).

use crate::clocks::{live_until, settled};
use crate::support::{User, World, eventually, text};
use serde_json::{Value, json};

const START: &str = "2026-06-01T12:00:00Z";
const HALF: &str = "2026-06-16T12:00:00Z";
const LAST_HOUR: &str = "2026-07-01T11:00:00Z";
const END: &str = "2026-07-01T12:00:00Z";

/// A user who subscribed at the start, and the time now.
async fn subscribed<'a>(world: &'a World, plan: &str, now: &str) -> User<'a> {
    live_until(world, START).await;
    let user = world.user("ada@example.com", plan).await;
    eventually("the plan's tokens", async || user.balance().await["fast"]["available"] != 0).await;
    live_until(world, now).await;
    user
}

async fn portal(world: &World, proration: &str, anchor: &str, waits: bool) {
    let conditions: &[Value] =
        &[json!({ "type": "decreasing_item_amount" }), json!({ "type": "shortening_interval" })];
    let settings = json!({
        "enabled": true,
        "default_allowed_updates": ["price", "quantity"],
        "proration_behavior": proration,
        "billing_cycle_anchor": anchor,
        "schedule_at_period_end": { "conditions": if waits { conditions } else { &[] } },
    });
    world.sandbox_set("/sandbox/portal", settings).await;
}

/// Changes the plan or the quantity in the portal.
async fn change(world: &World, mut change: Value) {
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    change["in_portal"] = true.into();
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), change).await;
    settled(world).await;
}

async fn spend(ada: &User<'_>, key: &str, amount: u64) {
    let path = format!("/v1/accounts/{}/spends", ada.account_id().await);
    ada.world.platform_post(&path, key, json!({ "amount": amount, "reason": "A film" })).await.ok();
}

/// Fast and rollover tokens, what the period was granted, and what is owed.
async fn figures(ada: &User<'_>) -> [u64; 4] {
    let balance = ada.balance().await;
    ["/fast/available", "/rollover/available", "/fast/allowance", "/owed"]
        .map(|pointer| balance.pointer(pointer).unwrap().as_u64().unwrap())
}

async fn plan(ada: &User<'_>) -> Value {
    ada.get("/v1/account").await.ok()["plan"]["id"].clone()
}

#[tokio::test]
async fn an_upgrade_in_the_portal_brings_what_is_paid_for_in_every_setting() {
    for (proration, anchor, half, end) in [
        ("always_invoice", "unchanged", [34_250, 0, 34_250, 0], [60_000, 34_250, 60_000, 0]),
        ("always_invoice", "now", [60_000, 4_250, 60_000, 0], [60_000, 4_250, 60_000, 0]),
        ("create_prorations", "unchanged", [8_500, 0, 8_500, 0], [60_000, 34_250, 60_000, 0]),
        ("create_prorations", "now", [60_000, 4_250, 60_000, 0], [60_000, 4_250, 60_000, 0]),
        ("none", "unchanged", [8_500, 0, 8_500, 0], [60_000, 8_500, 60_000, 0]),
        ("none", "now", [60_000, 8_500, 60_000, 0], [60_000, 8_500, 60_000, 0]),
    ] {
        let world = World::with_test_clock().await;
        let ada = subscribed(&world, "essential", HALF).await;
        portal(&world, proration, anchor, true).await;
        change(&world, json!({ "plan": "ultimate" })).await;
        assert_eq!(figures(&ada).await, half, "{proration}, {anchor}");
        assert_eq!(plan(&ada).await, "ultimate", "{proration}, {anchor}");
        assert_eq!(ada.balance().await["rollover"]["cap"], 180_000, "{proration}, {anchor}");
        live_until(&world, END).await;
        assert_eq!(figures(&ada).await, end, "{proration}, {anchor} at the end of the month");
        assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
        assert_eq!(world.platform("/v1/events-set-aside").await.ok()["items"], json!([]));
    }
}

#[tokio::test]
async fn a_downgrade_in_the_portal_takes_back_what_is_credited_in_every_setting() {
    for (proration, waits, spent, half, end) in [
        ("always_invoice", false, 0, [34_250, 0, 34_250, 0], [8_500, 25_500, 8_500, 0]),
        ("always_invoice", false, 60_000, [0, 0, 34_250, 25_750], [0, 0, 0, 17_250]),
        ("create_prorations", false, 60_000, [0, 0, 60_000, 0], [0, 0, 0, 17_250]),
        ("none", false, 60_000, [0, 0, 60_000, 0], [8_500, 0, 8_500, 0]),
        ("always_invoice", true, 50_000, [10_000, 0, 60_000, 0], [8_500, 10_000, 8_500, 0]),
    ] {
        let world = World::with_test_clock().await;
        let ada = subscribed(&world, "ultimate", HALF).await;
        portal(&world, proration, "unchanged", waits).await;
        if spent > 0 {
            spend(&ada, "all", spent).await;
        }
        change(&world, json!({ "plan": "essential" })).await;
        assert_eq!(figures(&ada).await, half, "{proration}, {spent} spent, waits: {waits}");
        live_until(&world, END).await;
        assert_eq!(
            figures(&ada).await,
            end,
            "{proration}, {spent} spent, waits: {waits}, at the end of the month"
        );
        assert_eq!(plan(&ada).await, "essential");
    }
}

#[tokio::test]
async fn the_quantity_in_the_portal_multiplies_allowance_and_cap() {
    let world = World::with_test_clock().await;
    let ada = subscribed(&world, "essential", HALF).await;
    portal(&world, "always_invoice", "unchanged", false).await;
    change(&world, json!({ "quantity": 3 })).await;
    assert_eq!(figures(&ada).await, [17_000, 0, 17_000, 0]);
    assert_eq!(ada.balance().await["rollover"]["cap"], 3 * 25_500);
    live_until(&world, END).await;
    assert_eq!(figures(&ada).await, [25_500, 17_000, 25_500, 0]);
}

#[tokio::test]
async fn five_switches_up_and_down_in_the_last_hour_bring_nothing() {
    for proration in ["always_invoice", "create_prorations", "none"] {
        let world = World::with_test_clock().await;
        let ada = subscribed(&world, "essential", LAST_HOUR).await;
        portal(&world, proration, "unchanged", false).await;
        let mut spent = 0;
        for switch in 0..5 {
            for plan in ["ultimate", "essential"] {
                let there = ada.balance().await["spendable"].as_u64().unwrap();
                if there > 0 {
                    spend(&ada, &format!("{switch} {plan}"), there).await;
                    spent += there;
                }
                change(&world, json!({ "plan": plan })).await;
            }
        }
        // An hour of the dearer plan brings 71 tokens more.
        assert!(spent <= 8_500 + 72, "{proration}: {spent}");
        live_until(&world, END).await;
        let [fast, rollover, ..] = figures(&ada).await;
        assert!(spent + fast + rollover <= 2 * 8_500 + 1, "{proration}: {spent} + {fast} + {rollover}");
    }
}

#[tokio::test]
async fn an_upgrade_whose_invoice_is_not_paid_changes_only_name_cap_and_renewal() {
    let world = World::with_test_clock().await;
    let ada = subscribed(&world, "essential", HALF).await;
    let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
    let path = format!("/sandbox/subscriptions/{subscription}");
    world.sandbox(&path, json!({ "status": "past_due" })).await;
    world.sandbox(&path, json!({ "plan": "ultimate", "payment_behavior": "allow_incomplete" })).await;
    settled(&world).await;
    assert_eq!(figures(&ada).await, [8_500, 0, 8_500, 0]);
    let balance = ada.balance().await;
    assert_eq!((plan(&ada).await, &balance["rollover"]["cap"]), (json!("ultimate"), &json!(180_000)));
    assert_eq!(balance["fast"]["resets_at"], "2026-07-16T12:00:00Z");
    world.sandbox(&path, json!({ "status": "active" })).await;
    settled(&world).await;
    assert_eq!(figures(&ada).await, [60_000, 4_250, 60_000, 0]);
}

/// A subscription to Essential that is free for ever, in a billing mode, half-way through its month.
async fn free_for_ever<'a>(world: &'a World, billing_mode: &str) -> User<'a> {
    live_until(world, START).await;
    let ada = world.user("ada@example.com", "free").await;
    let account = ada.account_id().await;
    let coupon = world.stripe_post("/v1/coupons", &[("percent_off", "100"), ("duration", "forever")]).await;
    let form = [
        ("mode", "subscription"),
        ("success_url", "https://example.com/"),
        ("subscription_data[metadata][tokenwell_account_id]", account.as_str()),
        ("subscription_data[billing_mode][type]", billing_mode),
        ("discounts[0][coupon]", coupon["id"].as_str().unwrap()),
        ("line_items[0][price]", "price_tokenwell_essential_month"),
        ("line_items[0][quantity]", "1"),
    ];
    let session = world.stripe_post("/v1/checkout/sessions", &form).await;
    world.sandbox(&format!("/sandbox/checkout/{}/pay", text(&session["id"])), json!({})).await;
    eventually("the plan's tokens", async || ada.balance().await["fast"]["available"] == 8_500).await;
    live_until(world, HALF).await;
    ada
}

#[tokio::test]
async fn row_2_changes_bring_and_take_the_same_tokens_if_a_discount_makes_every_line_free() {
    for billing_mode in ["flexible", "classic"] {
        let world = World::with_test_clock().await;
        let ada = free_for_ever(&world, billing_mode).await;
        portal(&world, "always_invoice", "unchanged", false).await;
        change(&world, json!({ "plan": "ultimate" })).await;
        assert_eq!(figures(&ada).await, [34_250, 0, 34_250, 0], "{billing_mode}");
        change(&world, json!({ "plan": "essential" })).await;
        assert_eq!(figures(&ada).await, [8_500, 0, 8_500, 0], "{billing_mode}");
        assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"], json!([]));
        assert_eq!(world.set_aside().await, []);
    }
}

#[tokio::test]
async fn row_2_a_year_that_is_upgraded_in_the_portal_brings_the_rest_of_its_month_and_larger_months_from_then_on()
 {
    let world = World::with_test_clock().await;
    live_until(&world, START).await;
    let ada = world.user("ada@example.com", "free").await;
    let order = json!({ "plan_id": "essential", "interval": "year" });
    let page = ada.post("/v1/subscription/checkout", order).await.ok();
    world.sandbox(&crate::support::pay(&page), json!({})).await;
    eventually("the year's first month", async || ada.balance().await["fast"]["available"] == 8_500).await;
    live_until(&world, HALF).await;
    portal(&world, "always_invoice", "unchanged", true).await;
    change(&world, json!({ "plan": "ultimate" })).await;
    assert_eq!(figures(&ada).await, [34_250, 0, 34_250, 0]);
    live_until(&world, END).await;
    assert_eq!(figures(&ada).await, [60_000, 34_250, 60_000, 0]);
}
