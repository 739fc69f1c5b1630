//! The pages to which Stripe redirects the browser: they show the state of the purchase or plan.

use crate::support::{Response, World, card, eventually, metric, pay, send, session, text};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Returns a page as text. Checks that it has no scripts and that its policy allows no loads.
async fn page(world: &World, path: &str) -> String {
    let Response { status, headers, bytes, .. } =
        send(world.http.get(format!("{}{path}", world.origin))).await;
    assert_eq!(status, 200);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && headers["cache-control"] == "no-store");
    let page = String::from_utf8(bytes).unwrap();
    assert!(!page.contains("<script") && page.contains("<html lang=\"en\">"), "{page}");
    assert!(page.contains(r#"href="tokenwell://"#), "there is a link to the app: {page}");
    page
}

/// The return page of a checkout.
async fn of_checkout(world: &World, checkout: &Value) -> String {
    page(world, &format!("/checkout/return?session_id={}", session(checkout))).await
}

/// Visits the return page of a checkout until it contains the words: its answers are kept for some seconds.
async fn until(world: &World, checkout: &Value, words: &[&str]) {
    eventually(words[0], async || {
        let shown = of_checkout(world, checkout).await;
        words.iter().all(|word| shown.contains(word))
    })
    .await;
}

#[track_caller]
fn contains(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "it does not contain `{word}`: {page}");
    }
}

#[tokio::test]
async fn the_return_page_grants_the_tokens_without_an_event() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 3).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    let shown = of_checkout(&world, &purchase).await;
    contains(&shown, &["15,000 tokens added", "your tokens are in Tokenwell"]);
    contains(&shown, &[&format!("tokenwell://checkout?purchase={}", text(&purchase["id"]))]);
    assert_eq!(ada.purchase(&purchase).await["status"], "paid");
}

#[tokio::test]
async fn the_return_page_shows_every_status_of_a_purchase() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    // The sandbox drops all events, so the page must look up the session.
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1000 })).await;

    let purchase = ada.open("small", 1).await;
    let shown = of_checkout(&world, &purchase).await;
    contains(
        &shown,
        &["The checkout is still open", "Nothing was charged", &text(&purchase["checkout_url"])],
    );

    world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
    until(&world, &purchase, &["Your payment is on its way", "5,000 tokens"]).await;
    let settle = format!("/sandbox/checkout/{}/settle", session(&purchase));
    world.sandbox(&settle, json!({ "outcome": "failed" })).await;
    until(&world, &purchase, &["The payment failed", "Nothing was charged"]).await;

    let expired = ada.open("small", 1).await;
    ada.post(&format!("/v1/purchases/{}/cancel", text(&expired["id"])), json!({})).await.ok();
    contains(&of_checkout(&world, &expired).await, &["The checkout has expired", "Nothing was charged"]);

    let bought = ada.open("small", 1).await;
    world.sandbox(&pay(&bought), card()).await;
    contains(&of_checkout(&world, &bought).await, &["5,000 tokens added"]);
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 0 })).await;
    let charge = ada.charge_of(&bought).await;
    world.sandbox(&format!("/sandbox/charges/{charge}/refund"), json!({ "amount": 100 })).await;
    ada.until(&bought, "partially_refunded").await;
    contains(&of_checkout(&world, &bought).await, &["This payment was refunded"]);
    world.sandbox(&format!("/sandbox/charges/{charge}/dispute"), json!({ "state": "opened" })).await;
    ada.until(&bought, "disputed").await;
    contains(&of_checkout(&world, &bought).await, &["This payment is disputed"]);
}

#[tokio::test]
async fn while_stripe_is_unreachable_the_return_page_says_that_nothing_is_lost_and_reloads() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    world.sandbox(&pay(&purchase), card()).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 1000 })).await;
    let shown = of_checkout(&world, &purchase).await;
    contains(&shown, &["Nothing is lost", r#"http-equiv="refresh""#]);
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    until(&world, &purchase, &["tokens added"]).await;
}

#[tokio::test]
async fn the_return_page_of_a_plan_shows_whether_it_is_active() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1000 })).await;
    let checkout = ada.post("/v1/subscription/checkout", json!({ "plan_id": "premium" })).await.ok();
    contains(&of_checkout(&world, &checkout).await, &["Your plan is not paid yet"]);
    world.sandbox(&pay(&checkout), card()).await;
    until(&world, &checkout, &["Your plan is active"]).await;
    assert_eq!(ada.get("/v1/account").await.ok()["plan"]["id"], "premium");

    let portal = ada.post("/v1/subscription/portal", json!({})).await.ok();
    let portal = send(world.http.get(text(&portal["url"]))).await;
    let back = String::from_utf8(portal.bytes).unwrap();
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    contains(&back, &[&format!("/billing/return?subscription={subscription}")]);
    let cancellation = json!({ "cancel_at_period_end": true });
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), cancellation).await;
    let shown = page(&world, &format!("/billing/return?subscription={subscription}")).await;
    contains(&shown, &["Back to Tokenwell", "already"]);
    assert_eq!(ada.get("/v1/account").await.ok()["subscription"]["cancel_at_period_end"], true);
}

#[tokio::test]
async fn a_checkout_that_the_service_did_not_open_is_not_looked_up() {
    let world = World::start().await;
    for query in
        ["", "?session_id=cs_test_unknown", "?session_id=../../v1/customers", "?session_id=%3Cscript%3E"]
    {
        let shown = page(&world, &format!("/checkout/return{query}")).await;
        contains(&shown, &["Thank you", "If you paid"]);
    }
    for query in ["", "?subscription=sub_unknown", "?subscription=../x"] {
        contains(&page(&world, &format!("/billing/return{query}")).await, &["in a moment"]);
    }
    contains(&page(&world, "/checkout/cancelled").await, &["Nothing was charged"]);
}

#[tokio::test]
async fn the_return_pages_are_in_the_language_of_the_browser() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 3).await;
    world.sandbox(&pay(&purchase), card()).await;
    let path = format!("/checkout/return?session_id={}", session(&purchase));
    for (path, words) in [
        (path.as_str(), "15.000 Token gutgeschrieben"),
        ("/checkout/cancelled", "Es wurde nichts berechnet"),
        ("/billing/return", "Zurück zu Tokenwell"),
    ] {
        let request = world.http.get(format!("{}{path}", world.origin));
        let Response { headers, bytes, .. } =
            send(request.header("accept-language", "de-AT,de;q=0.9,en;q=0.5")).await;
        let shown = String::from_utf8(bytes).unwrap();
        contains(&shown, &[words, "<html lang=\"de\">"]);
        assert_eq!(headers["vary"], "accept-language");
    }
}

#[tokio::test]
async fn visitors_of_a_return_page_cause_one_look_up_and_none_once_the_checkout_is_settled() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    world.sandbox_set("/sandbox/webhooks", json!({ "drop": 1000 })).await;
    let purchase = ada.open("small", 1).await;
    let calls = async || metric(&world, r#"tokenwell_stripe_calls_total{outcome="success"}"#).await;
    // What the worker looks up meanwhile is counted, too.
    let of_the_worker = 5;
    let before = calls().await;
    join_all((0..50).map(|_| of_checkout(&world, &purchase))).await;
    let made = calls().await - before;
    assert!((1..=1 + of_the_worker).contains(&made), "{made}");
    world.sandbox(&pay(&purchase), card()).await;
    until(&world, &purchase, &["5,000 tokens added"]).await;
    let before = calls().await;
    join_all((0..50).map(|_| of_checkout(&world, &purchase))).await;
    let made = calls().await - before;
    assert!(made <= of_the_worker, "{made}");
}
