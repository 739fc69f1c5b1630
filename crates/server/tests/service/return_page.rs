//! The pages that the browser comes back to from Stripe: they say where the tokens are, whatever has become of them.

use crate::support::{Answer, World, card, pay, send, session, text};
use serde_json::{Value, json};

/// A page of the service, as text; it must be one that loads, runs and sends nothing.
async fn page(world: &World, path: &str) -> String {
    let Answer { status, headers, bytes, .. } = send(world.http.get(format!("{}{path}", world.origin))).await;
    assert_eq!(status, 200);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && headers["cache-control"] == "no-store");
    let page = String::from_utf8(bytes).unwrap();
    assert!(!page.contains("<script") && page.contains("<html lang=\"en\">"), "{page}");
    assert!(page.contains(r#"href="tokenwell://"#), "there is a way back into the app: {page}");
    page
}

async fn of_checkout(world: &World, checkout: &Value) -> String {
    page(world, &format!("/checkout/return?session_id={}", session(checkout))).await
}

#[track_caller]
fn says(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "it does not say `{word}`: {page}");
    }
}

#[tokio::test]
async fn the_return_page_grants_without_waiting_for_an_event() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 3).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    let shown = of_checkout(&world, &purchase).await;
    says(&shown, &["Your tokens are in Tokenwell", "15,000 top-up tokens have arrived"]);
    says(&shown, &[&format!("tokenwell://checkout?purchase={}", text(&purchase["id"]))]);
    assert_eq!(ada.purchase(&purchase).await["status"], "paid");
}

#[tokio::test]
async fn the_return_page_says_where_a_purchase_stands_in_every_state() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    // Nothing is told by events: the page finds out for itself.
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1000 })).await;

    let purchase = ada.open("small", 1).await;
    let shown = of_checkout(&world, &purchase).await;
    says(&shown, &["The checkout is still open", "Nothing was charged", &text(&purchase["checkout_url"])]);

    world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
    says(&of_checkout(&world, &purchase).await, &["Your payment is on its way", "5,000 tokens"]);
    let settle = format!("/sandbox/checkout/{}/settle", session(&purchase));
    world.sandbox(&settle, json!({ "outcome": "failed" })).await;
    says(&of_checkout(&world, &purchase).await, &["The payment did not go through", "paid back"]);

    let expired = ada.open("small", 1).await;
    ada.post(&format!("/v1/purchases/{}/cancel", text(&expired["id"])), json!({})).await.ok();
    says(&of_checkout(&world, &expired).await, &["The checkout has expired", "Nothing was charged"]);

    let bought = ada.open("small", 1).await;
    world.sandbox(&pay(&bought), card()).await;
    says(&of_checkout(&world, &bought).await, &["5,000 top-up tokens have arrived"]);
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 0 })).await;
    let charge = ada.charge_of(&bought).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 100 })).await;
    ada.until(&bought, "partially_refunded").await;
    says(&of_checkout(&world, &bought).await, &["This payment was refunded"]);
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "opened" })).await;
    ada.until(&bought, "disputed").await;
    says(&of_checkout(&world, &bought).await, &["This payment is disputed"]);
}

#[tokio::test]
async fn while_stripe_is_away_the_return_page_says_that_nothing_is_lost_and_looks_again() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 1000 })).await;
    let shown = of_checkout(&world, &purchase).await;
    says(&shown, &["Nothing is lost", r#"http-equiv="refresh""#]);
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    says(&of_checkout(&world, &purchase).await, &["Your tokens are in Tokenwell"]);
}

#[tokio::test]
async fn the_return_page_of_a_plan_says_whether_it_is_active() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1000 })).await;
    let checkout = ada.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
    says(&of_checkout(&world, &checkout).await, &["Your plan is not paid yet"]);
    world.sandbox(&pay(&checkout), card()).await;
    says(&of_checkout(&world, &checkout).await, &["Your plan is active"]);
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "premium");

    let portal = ada.post("/v1/subscription/portal", json!({})).await.ok();
    let portal = send(world.http.get(text(&portal["url"]))).await;
    let back = String::from_utf8(portal.bytes).unwrap();
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    says(&back, &[&format!("/billing/return?subscription={subscription}")]);
    let ends = json!({ "cancel_at_period_end": true });
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), ends).await;
    let shown = page(&world, &format!("/billing/return?subscription={subscription}")).await;
    says(&shown, &["Back to Tokenwell", "already"]);
    assert_eq!(ada.get("/v1/account").await.ok()["subscription"]["cancel_at_period_end"], true);
}

#[tokio::test]
async fn a_checkout_that_was_not_opened_here_is_not_looked_up() {
    let world = World::start().await;
    for odd in
        ["", "?session_id=cs_test_unknown", "?session_id=../../v1/customers", "?session_id=%3Cscript%3E"]
    {
        let shown = page(&world, &format!("/checkout/return{odd}")).await;
        says(&shown, &["Thank you", "If you paid"]);
    }
    for odd in ["", "?subscription=sub_unknown", "?subscription=../x"] {
        says(&page(&world, &format!("/billing/return{odd}")).await, &["in a moment"]);
    }
    says(&page(&world, "/checkout/cancelled").await, &["Nothing was charged"]);
}
