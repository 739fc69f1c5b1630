//! Row 10: events in the API version of the webhook endpoint.

use crate::support::{World, eventually, text};
use serde_json::json;

#[tokio::test]
async fn row_10_renewals_refunds_and_ends_are_seen_at_once_whatever_version_the_endpoint_has() {
    for version in ["2026-09-30.endive", "2025-02-24.acacia", "2022-08-01"] {
        let world = World::with_test_clock().await;
        world.sandbox_set("/sandbox/api-versions", json!({ "endpoint": version })).await;
        world.sandbox_set("/sandbox/clock", json!({ "now": "2027-01-01T00:00:00Z" })).await;
        world.set_clock("2027-01-01T00:00:00Z").await;
        let ada = world.user("ada@example.com", "essential").await;
        let purchase = ada.buy("small", 1).await;
        // Only the invoice's event tells of the renewal: its subscription is named in another place before 2025-03-31.
        world.sandbox_set("/sandbox/webhooks", json!({ "reverse": true })).await;
        world.sandbox_set("/sandbox/clock", json!({ "now": "2027-02-01T00:00:00Z" })).await;
        world.set_clock("2027-02-01T00:00:00Z").await;
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
