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
