//! Row 10: events in the API version of the webhook endpoint.

use crate::clocks::move_clocks;
use crate::support::{WEBHOOK_SECRET, World, deliver, event, eventually, signature, text};
use serde_json::json;

#[tokio::test]
async fn row_10_renewals_refunds_and_ends_are_seen_at_once_whatever_version_the_endpoint_has() {
    for version in ["2026-09-30.endive", "2025-02-24.acacia", "2022-08-01"] {
        let world = World::with_test_clock().await;
        world.sandbox_set("/sandbox/api-versions", json!({ "endpoint": version })).await;
        move_clocks(&world, "2027-01-01T00:00:00Z").await;
        let ada = world.user("ada@example.com", "essential").await;
        let purchase = ada.buy("small", 1).await;
        // Only the invoice's event tells of the renewal: its subscription is named in another place before 2025-03-31.
        world.sandbox_set("/sandbox/webhooks", json!({ "reverse": true })).await;
        move_clocks(&world, "2027-02-01T00:00:00Z").await;
        eventually(version, async || ada.balance().await["rollover"]["available"] == 8500).await;
        let charge = ada.charge_of(&purchase).await;
        world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 450 })).await;
        ada.until(&purchase, "partially_refunded").await;
        let subscription = text(&world.stripe("/v1/subscriptions").await["data"][0]["id"]);
        let path = format!("/sandbox/subscriptions/{subscription}");
        world.sandbox(&path, json!({ "status": "canceled" })).await;
        eventually(version, async || ada.balance().await["can_buy"] == false).await;
        world.all_events_worked_off().await;
        assert_eq!(world.set_aside().await, [], "{version}");
    }
}

#[tokio::test]
async fn row_10_an_event_names_its_subscription_in_every_place_and_form_that_stripe_has_had() {
    let world = World::start().await;
    let (_, subscription) = (
        world.user("ada@example.com", "free").await,
        json!({ "id": "sub_unknown", "object": "subscription" }),
    );
    for (number, invoice) in [
        json!({ "id": "in_1", "object": "invoice", "subscription": "sub_unknown" }),
        json!({ "id": "in_2", "object": "invoice", "subscription": subscription, "parent": null }),
        json!({
            "id": "in_3", "object": "invoice",
            "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription } },
        }),
    ]
    .iter()
    .enumerate()
    {
        let body = event(&format!("evt_form_{number}"), "invoice.paid", invoice);
        deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.ok();
    }
    // The subscription is looked up, and Stripe does not know it.
    eventually("every event to be set aside", async || world.set_aside().await.len() == 3).await;
    for (_, why) in world.set_aside().await {
        assert!(why.contains("sub_unknown"), "{why}");
    }
}
