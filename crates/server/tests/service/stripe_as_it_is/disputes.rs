//! The state of a dispute at Stripe decides, in both directions; an inquiry takes no money (row 13).

use crate::support::{User, World, eventually, metric};
use serde_json::{Value, json};

/// What a dispute changes: the purchase's status, spendable and locked top-up tokens, and whether the account can buy.
async fn standing(ada: &User<'_>, purchase: &Value) -> (Value, u64, u64, bool) {
    let (purchase, balance) = (ada.purchase(purchase).await, ada.balance().await);
    let top_up = &balance["top_up"];
    let figure = |name: &str| top_up[name].as_u64().unwrap();
    (purchase["status"].clone(), figure("available"), figure("locked"), balance["can_buy"] == true)
}

#[tokio::test]
async fn row_13_the_newest_state_of_a_dispute_counts_whatever_was_said_before() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let dispute = format!("/sandbox/charges/{}/dispute", ada.charge_of(&purchase).await);
    for (change, status, available, locked, can_buy) in [
        (json!({ "state": "opened" }), "disputed", 5000, 5000, false),
        (json!({ "state": "lost" }), "disputed", 0, 0, true),
        // An appeal, and its success.
        (json!({ "status": "appeal_needs_response" }), "disputed", 5000, 5000, false),
        (json!({ "status": "appeal_under_review" }), "disputed", 5000, 5000, false),
        (json!({ "status": "won" }), "paid", 5000, 0, true),
        (json!({ "status": "lost" }), "disputed", 0, 0, true),
        (json!({ "status": "won" }), "paid", 5000, 0, true),
        (json!({ "status": "prevented" }), "paid", 5000, 0, true),
    ] {
        world.sandbox(&dispute, change.clone()).await;
        let expected = (json!(status), available, locked, can_buy);
        eventually(&change.to_string(), async || standing(&ada, &purchase).await == expected).await;
    }
}

#[tokio::test]
async fn row_13_an_inquiry_freezes_nothing_and_blocks_no_purchase_until_it_becomes_a_dispute() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let dispute = format!("/sandbox/charges/{}/dispute", ada.charge_of(&purchase).await);
    let worked = async || metric(&world, r#"tokenwell_stripe_events_worked_total{outcome="done"}"#).await;
    let usable = (json!("paid"), 5000, 0, true);
    for change in [json!({ "state": "inquiry" }), json!({ "status": "warning_under_review" })] {
        let before = worked().await;
        world.sandbox(&dispute, change).await;
        eventually("the event", async || worked().await > before).await;
        assert_eq!(standing(&ada, &purchase).await, usable);
    }
    let frozen = (json!("disputed"), 5000, 5000, false);
    world.sandbox(&dispute, json!({ "status": "needs_response" })).await;
    eventually("the dispute", async || standing(&ada, &purchase).await == frozen).await;
    world.sandbox(&dispute, json!({ "status": "warning_closed" })).await;
    eventually("the end", async || standing(&ada, &purchase).await == usable).await;
}

#[tokio::test]
async fn row_13_a_status_of_the_future_freezes_and_is_counted_and_listed() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let dispute = format!("/sandbox/charges/{}/dispute", ada.charge_of(&purchase).await);
    world.sandbox(&dispute, json!({ "state": "opened" })).await;
    world.sandbox(&dispute, json!({ "state": "won" })).await;
    ada.until(&purchase, "paid").await;
    world.sandbox(&dispute, json!({ "status": "second_chargeback" })).await;
    let frozen = (json!("disputed"), 5000, 5000, false);
    eventually("the freeze", async || standing(&ada, &purchase).await == frozen).await;
    let set_aside = async || world.platform("/v1/events-set-aside").await.ok()["items"].clone();
    eventually("the operator's list", async || set_aside().await != json!([])).await;
    let listed = set_aside().await.to_string();
    assert!(listed.contains("`second_chargeback`, which this version does not know"), "{listed}");
    assert!(metric(&world, r#"tokenwell_stripe_unknown_values_total{what="dispute_status"}"#).await > 0);
}

#[tokio::test]
async fn row_13_a_dispute_that_is_won_after_a_part_was_refunded_leaves_the_refunds_share_taken_back() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let charge = ada.charge_of(&purchase).await;
    let (refund, dispute) =
        (format!("/sandbox/charges/{charge}/refund"), format!("/sandbox/charges/{charge}/dispute"));
    for cents in [100, 100, 101] {
        world.sandbox(&refund, json!({ "amount": cents })).await;
    }
    // ⌊5,000 × 301 / 900⌋ are taken back.
    let kept = 5_000 - 1_672;
    let expected = (json!("partially_refunded"), kept, 0, true);
    eventually("the refunds", async || standing(&ada, &purchase).await == expected).await;
    for (change, status, available, locked, can_buy) in [
        (json!({ "state": "opened" }), "disputed", kept, kept, false),
        (json!({ "state": "lost" }), "disputed", 0, 0, true),
        (json!({ "status": "appeal_under_review" }), "disputed", kept, kept, false),
        (json!({ "status": "won" }), "partially_refunded", kept, 0, true),
    ] {
        world.sandbox(&dispute, change.clone()).await;
        let expected = (json!(status), available, locked, can_buy);
        eventually(&change.to_string(), async || standing(&ada, &purchase).await == expected).await;
    }
    world.sandbox(&refund, json!({})).await;
    ada.until(&purchase, "refunded").await;
    assert_eq!(standing(&ada, &purchase).await.1, 0);
    let (drift, _) = crate::reconciler::reconcile(&world, true).await;
    assert_eq!(drift, Vec::<String>::new());
}

#[tokio::test]
async fn row_13_a_dispute_of_a_plans_payment_blocks_purchases_only_while_it_is_open() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let charge = world.stripe("/v1/charges").await["data"][0]["id"].clone();
    let dispute = format!("/sandbox/charges/{}/dispute", charge.as_str().unwrap());
    let can_buy = async || ada.balance().await["can_buy"] == true;
    world.sandbox(&dispute, json!({ "state": "inquiry" })).await;
    world.all_events_worked_off().await;
    assert!(can_buy().await, "an inquiry takes no money");
    for (change, allowed) in [
        (json!({ "status": "under_review" }), false),
        (json!({ "status": "lost" }), true),
        (json!({ "status": "appeal_needs_response" }), false),
        (json!({ "status": "a_status_of_the_future" }), false),
        (json!({ "status": "won" }), true),
    ] {
        world.sandbox(&dispute, change.clone()).await;
        eventually(&change.to_string(), async || can_buy().await == allowed).await;
    }
    assert_eq!(ada.balance().await["fast"]["available"], 25_000, "a plan's tokens are not clawed back");
}
