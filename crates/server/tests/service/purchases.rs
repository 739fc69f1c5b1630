//! Buying packs, from Buy Now to the tokens.

use crate::support::{World, card, eventually, pay, send, session, text};
use serde_json::json;

#[tokio::test]
async fn a_paid_pack_is_granted_once_and_shown_everywhere() {
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
async fn the_checkout_is_made_as_stripe_wants_it() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (first, second) = (ada.open("small", 3).await, ada.open("small", 1).await);
    let of = async |purchase| world.stripe(&format!("/v1/checkout/sessions/{}", session(purchase))).await;
    let (made, other) = (of(&first).await, of(&second).await);
    assert_eq!(made["mode"], "payment");
    assert_eq!(made["metadata"]["purchase_id"], first["id"]);
    assert_eq!(made["client_reference_id"], ada.account_id().await);
    assert_eq!(made["amount_total"], first["amount"]);
    assert!(text(&made["success_url"]).ends_with("/checkout/return?session_id={CHECKOUT_SESSION_ID}"));
    assert_eq!(made["customer"], other["customer"], "one customer per account");

    world.sandbox(&pay(&first), card()).await;
    ada.until(&first, "paid").await;
    let paid = of(&first).await;
    let intent = world.stripe(&format!("/v1/payment_intents/{}", text(&paid["payment_intent"]))).await;
    assert_eq!(intent["metadata"]["purchase_id"], first["id"], "a refund finds its purchase by it");
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_bytes_and_another_body_is_refused() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let first = ada.ask_for("small", 1, "one").await;
    let again = ada.ask_for("small", 1, "one").await;
    assert_eq!((first.status, &first.bytes), (201, &again.bytes));
    assert_eq!(again.status, 201);
    ada.ask_for("small", 2, "one").await.refused(422, "idempotency_key_reused", "Use a new key");

    // Paid meanwhile: the answer is still the one that was given.
    world.sandbox(&pay(&first.body), card()).await;
    ada.until(&first.body, "paid").await;
    assert_eq!(ada.ask_for("small", 1, "one").await.bytes, first.bytes);
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn requests_sent_at_once_under_one_key_make_one_purchase() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let all = futures_util::future::join_all((0..5).map(|_| ada.ask_for("small", 1, "once"))).await;
    assert!(all.iter().all(|answer| answer.status == 201 && answer.bytes == all[0].bytes), "{all:?}");
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_purchase_that_stripe_kept_from_opening_is_taken_up_again() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    // More than the tries of this call: something else may be looked up meanwhile.
    world.sandbox_set("/sandbox/faults", json!({ "errors": 50 })).await;
    let answer = ada.ask_for("small", 1, "later").await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    assert_eq!(answer.header("retry-after"), "5");
    answer.refused(503, "payment_provider_unavailable", "Nothing was charged");
    let opened = ada.ask_for("small", 1, "later").await.ok();
    assert_eq!(opened["status"], "open");
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"].as_array().unwrap().len(), 1);

    // The work is done, and the answer lost: the same session is found again.
    world.sandbox_set("/sandbox/faults", json!({ "timeouts_after_work": 1, "rate_limited": 1 })).await;
    let opened = ada.ask_for("small", 2, "lost").await.ok();
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
    assert_eq!(cancel(&purchase).await.ok()["status"], "expired", "cancelling twice is cancelling");

    let paid = ada.buy("small", 1).await;
    cancel(&paid).await.refused(409, "already_paid", "nothing to cancel");
}

#[tokio::test]
async fn a_cancel_that_comes_after_the_payment_finds_it() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    // No event tells of the payment.
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    let answer = ada.post(&format!("/v1/purchases/{}/cancel", text(&purchase["id"])), json!({})).await;
    answer.refused(409, "already_paid", "paid already");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
}

#[tokio::test]
async fn a_free_account_is_refused_and_told_to_upgrade() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let refused = bob.ask_for("small", 1, "k").await.refused(403, "subscription_required", "Choose a plan");
    assert_eq!(refused["remedy"], "upgrade");
    assert_eq!(bob.balance().await["can_buy"], false);
    assert_eq!(bob.get("/v1/purchases").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_declined_card_leaves_the_checkout_open_for_another_try() {
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
async fn a_bank_debit_is_processing_until_it_is_settled() {
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
async fn a_refund_after_half_was_spent_claws_back_what_is_left() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    let purchase = ada.buy("small", 1).await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    // The plan's 8,500 go first.
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
async fn a_dispute_freezes_the_lot_and_stops_buying_until_it_is_won() {
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
    ada.ask_for("small", 1, "meanwhile").await.refused(403, "dispute_open", "once it is closed");
    world.sandbox(&dispute, json!({ "state": "won" })).await;
    ada.until(&purchase, "paid").await;
    assert_eq!(ada.balance().await["top_up"]["locked"], 0);
}

#[tokio::test]
async fn a_purchase_of_another_account_is_answered_like_one_that_does_not_exist() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let eve = world.user("eve@example.com", "premium").await;
    let id = text(&ada.open("small", 1).await["id"]);
    let hers = eve.get(&format!("/v1/purchases/{id}")).await.refused(404, "not_found", "no such purchase");
    let none = eve.get("/v1/purchases/none").await.refused(404, "not_found", "no such purchase");
    assert_eq!(hers, none);
    let cancel = eve.post(&format!("/v1/purchases/{id}/cancel"), json!({})).await;
    cancel.refused(404, "not_found", "no such purchase");
}

#[tokio::test]
async fn lists_come_in_pages_that_miss_nothing() {
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
async fn a_payment_that_no_event_told_of_is_found_by_looking() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    // The first look comes after 15 s.
    eventually("the first look", async || ada.purchase(&purchase).await["status"] == "paid").await;
}
