//! Changes at Stripe whose events were lost are found, and `tokenwell-server reconcile` reports and repairs drift.

use crate::support::{User, World, eventually, metric, text};
use serde_json::{Value, json};
use tokenwell_server::Drift;

/// Makes the sandbox deliver no events. They are still in its list of events.
async fn drop_events(world: &World) {
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 100_000 })).await;
}

async fn refund(user: &User<'_>, purchase: &Value, amount: u64) {
    let charge = user.charge_of(purchase).await;
    user.world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": amount })).await;
}

async fn subscription(world: &World) -> String {
    text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"])
}

#[tokio::test]
async fn changes_at_stripe_while_the_service_was_stopped_are_found_at_its_start() {
    let mut world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let (charge, token) = (ada.charge_of(&purchase).await, ada.token.clone());
    let subscription = subscription(&world).await;
    world.stop_service().await;
    drop_events(&world).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 450 })).await;
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    world.restart().await;
    let ada = User { world: &world, token };
    ada.until(&purchase, "partially_refunded").await;
    eventually("the lapse", async || ada.balance().await["can_buy"] == false).await;
    assert!(metric(&world, "tokenwell_stripe_events_found_total").await >= 3);
}

#[tokio::test]
async fn an_event_scan_reads_every_page_of_a_long_backlog() {
    let mut world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let (charge, token) = (ada.charge_of(&purchase).await, ada.token.clone());
    let subscription = format!("/sandbox/subscriptions/{}", subscription(&world).await);
    world.stop_service().await;
    drop_events(&world).await;
    // The refund is the oldest event, and the list is newest first.
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 900 })).await;
    for round in 0..240 {
        world.sandbox(&subscription, json!({ "cancel_at_period_end": round % 2 == 0 })).await;
    }
    world.restart().await;
    let ada = User { world: &world, token };
    ada.until(&purchase, "refunded").await;
    eventually("the whole list", async || metric(&world, "tokenwell_stripe_events_found_total").await >= 242)
        .await;
}

#[tokio::test]
async fn an_event_scan_does_not_count_delivered_events() {
    let mut world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    ada.buy("small", 1).await;
    let token = ada.token.clone();
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    world.restart().await;
    eventually("the event scan", async || {
        metric(&world, "tokenwell_stripe_walked_timestamp_seconds").await > 0
    })
    .await;
    assert_eq!(metric(&world, "tokenwell_stripe_events_found_total").await, 0);
    let ada = User { world: &world, token };
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

#[tokio::test]
async fn events_are_scanned_as_soon_as_stripe_is_reachable_again_after_an_outage() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    drop_events(&world).await;
    refund(&ada, &purchase, 450).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 20 })).await;
    ada.request_purchase("small", 1, "during").await.refused(
        503,
        "payment_provider_unavailable",
        "Nothing was charged",
    );
    assert_eq!(
        ada.purchase(&purchase).await["status"],
        "paid",
        "the service does not know of the refund yet"
    );
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    ada.request_purchase("small", 1, "after").await.ok();
    ada.until(&purchase, "partially_refunded").await;
}

#[tokio::test]
async fn a_subscription_that_ended_without_an_event_is_found_by_the_next_look_up() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    drop_events(&world).await;
    let subscription = subscription(&world).await;
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    // The first look-up is after 15 s, the next event scan after a minute.
    eventually("the first look-up", async || ada.balance().await["can_buy"] == false).await;
}

/// Reconciles. Returns the reported lines and the number of drifts that are left.
pub async fn reconcile(world: &World, dry_run: bool) -> (Vec<String>, u64) {
    let mut lines = Vec::new();
    let report = |drift: &Drift| lines.push(drift.to_string());
    let remaining = tokenwell_server::reconcile(world.settings(), dry_run, report).await.unwrap();
    lines.sort();
    (lines, remaining)
}

#[tokio::test]
async fn reconcile_reports_each_drift_once_and_repairs_it() {
    let mut world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (bought, open) = (ada.buy("small", 1).await, ada.open("medium", 1).await);
    let account = ada.account_id().await;
    let (charge, token) = (ada.charge_of(&bought).await, ada.token.clone());
    let ids =
        |purchase: &Value| format!("purchase id={} account={account} session=cs_", text(&purchase["id"]));
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    eventually("every event to be worked off", async || {
        metric(&world, r#"tokenwell_stripe_events{state="waiting"}"#).await == 0
    })
    .await;
    assert_eq!(reconcile(&world, true).await, (vec![], 0), "there is no drift while events are delivered");

    world.stop_service().await;
    drop_events(&world).await;
    let subscription = subscription(&world).await;
    world.sandbox(&crate::support::pay(&open), crate::support::card()).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 450 })).await;
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    let (lines, remaining) = reconcile(&world, true).await;
    assert_eq!((lines.len(), remaining), (3, 3), "{lines:#?}");
    let line = |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap();
    assert!(
        line(&ids(&bought)).ends_with(
            ": ledger says paid, 5000 tokens granted; Stripe says partially_refunded, 5000 tokens granted, 450 refunded"
        ),
        "{lines:#?}"
    );
    assert!(
        line(&ids(&open))
            .ends_with(": ledger says open, 0 tokens granted; Stripe says paid, 15000 tokens granted"),
        "{lines:#?}"
    );
    assert_eq!(
        line("subscription"),
        &format!(
            "subscription id={subscription} account={account}: ledger says active on premium, 1 paid lines; \
             Stripe says canceled on premium, ended"
        )
    );
    assert_eq!(reconcile(&world, true).await, (lines.clone(), 3), "a dry run writes nothing");
    assert_eq!(reconcile(&world, false).await, (lines, 0));
    assert_eq!(reconcile(&world, true).await, (vec![], 0));
    world.restart().await;
    let ada = User { world: &world, token };
    assert_eq!(ada.purchase(&open).await["granted_tokens"], 15_000);
    assert_eq!(ada.purchase(&bought).await["status"], "partially_refunded");
    assert_eq!(ada.balance().await["can_buy"], false);
}

#[tokio::test]
async fn a_payment_for_an_unknown_purchase_is_drift_until_it_is_listed_for_refund() {
    let world = World::start().await;
    drop_events(&world).await;
    let form = [
        ("mode", "payment"),
        ("success_url", "https://example.com/"),
        ("metadata[tokenwell_purchase_id]", "of-a-database-that-is-gone"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "900"),
        ("line_items[0][price_data][product_data][name]", "Small"),
    ];
    let url = format!("{}/v1/checkout/sessions", world.sandbox.origin());
    let session =
        crate::support::send(world.http.post(url).bearer_auth(crate::support::STRIPE_KEY).form(&form))
            .await
            .ok();
    let id = text(&session["id"]);
    assert_eq!(reconcile(&world, true).await, (vec![], 0), "an unpaid session is no drift");
    world.sandbox(&format!("/sandbox/checkout/{id}/pay"), crate::support::card()).await;
    let line = format!(
        "payment id={id}: ledger says nothing; Stripe says paid 900 usd, to be refunded: the purchase that was paid for is \
         not known here"
    );
    assert_eq!(reconcile(&world, true).await, (vec![line.clone()], 1));
    assert_eq!(reconcile(&world, false).await, (vec![line], 0));
    assert_eq!(reconcile(&world, true).await, (vec![], 0));
    assert_eq!(world.platform("/v1/refunds-due").await.ok()["items"][0]["checkout_session"], id);
}
