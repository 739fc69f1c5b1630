//! Purchases of packs: checkout, payment, grant, refund, dispute.

use crate::support::{World, card, eventually, pay, send, session, text};
use serde_json::json;

#[tokio::test]
async fn a_paid_pack_is_granted_and_visible_in_balance_activity_and_purchases() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let before = ada.balance().await;

    let purchase = ada.open("medium", 2).await;
    assert_eq!(purchase["status"], "open");
    assert_eq!((&purchase["tokens"], &purchase["amount"]), (&json!(30_000), &json!(4800)));
    assert_eq!(purchase["currency"], "usd");
    assert_eq!(purchase["granted_tokens"], 0);
    assert!(text(&purchase["checkout_url"]).starts_with(&world.sandbox.origin()));
    assert!(purchase["expires_at"].is_string());

    world.sandbox(&pay(&purchase), card()).await;
    let paid = ada.until(&purchase, "paid").await;
    assert_eq!((&paid["granted_tokens"], &paid["remaining_tokens"]), (&json!(30_000), &json!(30_000)));
    assert!(paid["checkout_url"].is_null() && paid["expires_at"].is_null());
    assert!(text(&paid["receipt_url"]).contains("/receipts/"));

    let after = ada.balance().await;
    assert_eq!(after["top_up"]["available"], 30_000);
    assert_eq!(after["spendable"].as_u64(), before["spendable"].as_u64().map(|before| before + 30_000));
    let activity = ada.get("/v1/activity").await.ok();
    let newest = &activity["items"][0];
    assert_eq!((&newest["kind"], &newest["amount"]), (&json!("grant"), &json!(30_000)));
    assert_eq!(newest["reference"], paid["id"]);
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"][0], paid);
}

#[tokio::test]
async fn the_checkout_has_the_amount_metadata_and_customer_of_its_purchase() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (first, second) = (ada.open("small", 3).await, ada.open("small", 1).await);
    let of = async |purchase| world.stripe(&format!("/v1/checkout/sessions/{}", session(purchase))).await;
    let (made, other) = (of(&first).await, of(&second).await);
    assert_eq!(made["mode"], "payment");
    assert_eq!(made["metadata"]["tokenwell_purchase_id"], first["id"]);
    assert_eq!(made["client_reference_id"], ada.account_id().await);
    assert_eq!(made["amount_total"], first["amount"]);
    assert!(text(&made["success_url"]).ends_with("/checkout/return?session_id={CHECKOUT_SESSION_ID}"));
    assert_eq!(made["customer"], other["customer"], "one customer per account");

    world.sandbox(&pay(&first), card()).await;
    ada.until(&first, "paid").await;
    let paid = of(&first).await;
    let intent = world.stripe(&format!("/v1/payment_intents/{}", text(&paid["payment_intent"]))).await;
    assert_eq!(
        intent["metadata"]["tokenwell_purchase_id"], first["id"],
        "a refund finds its purchase by this metadata"
    );
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_and_another_body_under_its_key_is_refused() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let first = ada.request_purchase("small", 1, "one").await;
    let again = ada.request_purchase("small", 1, "one").await;
    assert_eq!((first.status, &first.bytes), (201, &again.bytes));
    assert_eq!(again.status, 201);
    ada.request_purchase("small", 2, "one").await.refused(422, "idempotency_key_reused", "Use a new key");

    // A replay returns the first response even after the payment.
    world.sandbox(&pay(&first.body), card()).await;
    ada.until(&first.body, "paid").await;
    assert_eq!(ada.request_purchase("small", 1, "one").await.bytes, first.bytes);
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn concurrent_requests_under_one_key_make_one_purchase() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let all = futures_util::future::join_all((0..5).map(|_| ada.request_purchase("small", 1, "once"))).await;
    assert!(all.iter().all(|response| response.status == 201 && response.bytes == all[0].bytes), "{all:?}");
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_purchase_that_failed_at_stripe_is_opened_by_a_retry_under_the_same_key() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    // More errors than this call has attempts, because look-ups in the background use some of them.
    world.sandbox_set("/sandbox/faults", json!({ "errors": 50 })).await;
    let response = ada.request_purchase("small", 1, "later").await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    assert_eq!(response.header("retry-after"), "5");
    response.refused(503, "payment_provider_unavailable", "Nothing was charged");
    let opened = ada.request_purchase("small", 1, "later").await.ok();
    assert_eq!(opened["status"], "open");
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);

    // Stripe made the session, but its response was lost. The retry finds the same session.
    world.sandbox_set("/sandbox/faults", json!({ "timeouts_after_work": 1, "rate_limited": 1 })).await;
    let opened = ada.request_purchase("small", 2, "lost").await.ok();
    world.sandbox(&pay(&opened), card()).await;
    ada.until(&opened, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["available"], 10_000);
}

#[tokio::test]
async fn a_cancelled_purchase_expires_at_stripe_and_a_paid_one_cannot_be_cancelled() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let cancel = async |purchase: &serde_json::Value| {
        ada.post(&format!("/v1/purchases/{}/cancel", text(&purchase["id"])), json!({})).await
    };
    let purchase = ada.open("small", 1).await;
    let cancelled = cancel(&purchase).await.ok();
    assert_eq!((&cancelled["status"], &cancelled["checkout_url"]), (&json!("expired"), &json!(null)));
    let at_stripe = world.stripe(&format!("/v1/checkout/sessions/{}", session(&purchase))).await;
    assert_eq!(at_stripe["status"], "expired");
    assert_eq!(cancel(&purchase).await.ok()["status"], "expired", "a second cancellation returns the same");

    let paid = ada.buy("small", 1).await;
    cancel(&paid).await.refused(409, "already_paid", "nothing to cancel");
}

#[tokio::test]
async fn a_cancellation_after_the_payment_is_refused_and_grants_the_tokens() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    // The sandbox drops the events of the payment.
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    let response = ada.post(&format!("/v1/purchases/{}/cancel", text(&purchase["id"])), json!({})).await;
    response.refused(409, "already_paid", "paid already");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

#[tokio::test]
async fn a_purchase_of_a_free_account_is_refused_with_the_remedy_upgrade() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let refused =
        bob.request_purchase("small", 1, "k").await.refused(403, "subscription_required", "Choose a plan");
    assert_eq!(refused["remedy"], "upgrade");
    assert_eq!(bob.balance().await["can_buy"], false);
    assert_eq!(bob.get("/v1/purchases").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn after_a_declined_card_the_checkout_is_still_open_and_can_be_paid() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let declined = json!({ "method": "card", "card": "4000000000000002" });
    let url = format!("{}{}", world.sandbox.origin(), pay(&purchase));
    assert_eq!(send(world.http.post(url).json(&declined)).await.status, 402);
    assert_eq!(ada.purchase(&purchase).await["status"], "open");
    world.sandbox(&pay(&purchase), card()).await;
    ada.until(&purchase, "paid").await;
}

#[tokio::test]
async fn a_bank_debit_is_processing_and_grants_nothing_until_it_is_settled() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    for (outcome, status, tokens) in [("succeeded", "paid", 5000), ("failed", "failed", 5000)] {
        let purchase = ada.open("small", 1).await;
        world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
        let processing = ada.until(&purchase, "processing").await;
        assert_eq!(processing["granted_tokens"], 0, "nothing is granted before it is paid");
        let settle = format!("/sandbox/checkout/{}/settle", session(&purchase));
        world.sandbox(&settle, json!({ "outcome": outcome })).await;
        ada.until(&purchase, status).await;
        assert_eq!(ada.balance().await["top_up"]["available"], tokens);
    }
}

#[tokio::test]
async fn a_refund_claws_back_the_unspent_tokens_and_records_the_rest() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let purchase = ada.buy("small", 1).await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    // The plan's 8,500 tokens are spent first.
    let spend = json!({ "amount": 8500 + 3000, "reason": "A long video" });
    world.platform_post(&spends, "s", spend).await.ok();
    let refund = format!("/sandbox/charges/{}/refund", ada.charge_of(&purchase).await);
    world.sandbox(&refund, json!({ "amount": 450 })).await;
    let partly = ada.until(&purchase, "partially_refunded").await;
    assert_eq!((&partly["remaining_tokens"], &partly["unrecovered_tokens"]), (&json!(0), &json!(500)));
    world.sandbox(&refund, json!({ "amount": 450 })).await;
    let wholly = ada.until(&purchase, "refunded").await;
    assert_eq!((&wholly["remaining_tokens"], &wholly["unrecovered_tokens"]), (&json!(0), &json!(3000)));
    assert_eq!(ada.balance().await["spendable"], 0);
}

#[tokio::test]
async fn a_dispute_locks_its_lot_and_blocks_purchases_until_it_is_won() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.buy("small", 1).await;
    let dispute = format!("/sandbox/charges/{}/dispute", ada.charge_of(&purchase).await);
    world.sandbox(&dispute, json!({ "state": "opened" })).await;
    ada.until(&purchase, "disputed").await;
    let frozen = ada.balance().await;
    assert_eq!(
        (&frozen["top_up"]["locked"], &frozen["top_up"]["locked_reason"]),
        (&json!(5000), &json!("dispute"))
    );
    ada.request_purchase("small", 1, "meanwhile").await.refused(403, "dispute_open", "once it is closed");
    world.sandbox(&dispute, json!({ "state": "won" })).await;
    ada.until(&purchase, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["locked"], 0);
}

#[tokio::test]
async fn another_accounts_purchase_returns_404_like_one_that_does_not_exist() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let eve = world.user("eve@example.com", "premium").await;
    let id = text(&ada.open("small", 1).await["id"]);
    let existing =
        eve.get(&format!("/v1/purchases/{id}")).await.refused(404, "not_found", "no such purchase");
    let none = eve.get("/v1/purchases/none").await.refused(404, "not_found", "no such purchase");
    assert_eq!(existing, none);
    let cancel = eve.post(&format!("/v1/purchases/{id}/cancel"), json!({})).await;
    cancel.refused(404, "not_found", "no such purchase");
}

#[tokio::test]
async fn pages_of_a_list_contain_every_item_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.insert(0, text(&ada.open("small", 1).await["id"]));
    }
    let mut seen = Vec::new();
    let mut path = "/v1/purchases?limit=2".to_owned();
    loop {
        let page = ada.get(&path).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|purchase| text(&purchase["id"])));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/purchases?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, opened);
}

#[tokio::test]
async fn a_payment_without_an_event_is_found_by_the_next_look_up() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    // The first look-up is after 15 s.
    eventually("the first look-up", async || ada.purchase(&purchase).await["status"] == "paid").await;
}
