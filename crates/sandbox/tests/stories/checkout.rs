//! The hosted checkout page, and the events of its payments.

use crate::support::{Sandbox, id};
use serde_json::{Value, json};

async fn submit(sandbox: &Sandbox, session: &Value, form: &[(&str, &str)]) -> (u16, String, Option<String>) {
    let response = sandbox.client.post(session["url"].as_str().unwrap()).form(form).send().await.unwrap();
    let location = response.headers().get("Location").map(|to| to.to_str().unwrap().to_owned());
    (response.status().as_u16(), response.text().await.unwrap(), location)
}

async fn reload(sandbox: &Sandbox, session: &Value) -> Value {
    sandbox.get(&format!("/v1/checkout/sessions/{}", id(session))).await.ok()
}

const CARD: [(&str, &str); 4] =
    [("method", "card"), ("expiry", "12 / 34"), ("cvc", "123"), ("name", "Ada Moreau")];

fn card<'a>(number: &'a str, email: &'a str) -> Vec<(&'a str, &'a str)> {
    [&CARD[..], &[("number", number), ("email", email)]].concat()
}

#[tokio::test]
async fn the_page_shows_the_line_items_the_total_and_that_no_money_moves() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    let (status, page) = sandbox.page(session["url"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    for text in ["Sandbox: no money moves", "15,000 top-up tokens", "2 × $24.00", "$48.00"] {
        assert!(page.contains(text), "{text} is missing");
    }
    for id in ["pay-card", "pay-apple", "pay-google", "pay-paypal", "card-number", "pay", "cancel"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id} is missing");
    }
    assert!(page.contains("href=\"http://localhost/cancelled\""));
    assert!(!page.contains("<script") && !page.contains("src="), "the page loads something");
}

#[tokio::test]
async fn the_customer_is_sent_back_after_the_merchant_accepted_the_event() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    let session = sandbox.pack_session().await;
    let (status, _, location) =
        submit(&sandbox, &session, &card("4242 4242 4242 4242", "ada@example.com")).await;
    assert_eq!(status, 303);
    assert_eq!(location.unwrap(), format!("http://localhost/paid?session_id={}", id(&session)));
    assert_eq!(
        merchant.types(),
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed"
        ]
    );
    let session = reload(&sandbox, &session).await;
    assert_eq!(
        (session["status"].as_str(), session["payment_status"].as_str()),
        (Some("complete"), Some("paid"))
    );
    assert_eq!(session["url"], Value::Null);
    assert_eq!(session["customer_details"]["email"], "ada@example.com");

    let intent = session["payment_intent"].as_str().unwrap();
    let intent = sandbox.get(&format!("/v1/payment_intents/{intent}?expand[]=latest_charge")).await.ok();
    let charge = &intent["latest_charge"];
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    let (status, receipt) = sandbox.page(charge["receipt_url"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert!(receipt.contains("$48.00") && receipt.contains("visa ending in 4242"));
}

#[tokio::test]
async fn a_declined_card_is_reported_and_another_card_can_pay() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    let (status, page, _) = submit(&sandbox, &session, &card("4000000000000002", "ada@example.com")).await;
    assert_eq!(status, 402);
    assert!(page.contains("id=\"error\"") && page.contains("Your card was declined."));
    assert_eq!(reload(&sandbox, &session).await["status"], "open");
    let (status, ..) = submit(&sandbox, &session, &card("5555555555554444", "ada@example.com")).await;
    assert_eq!(status, 303);
    let types = sandbox.event_types().await;
    let count = |kind: &str| types.iter().filter(|it| *it == kind).count();
    assert_eq!(
        (count("payment_intent.created"), count("payment_intent.payment_failed"), count("charge.succeeded")),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn invalid_fields_are_reported_and_no_payment_is_attempted() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    for (form, word) in [
        (vec![("method", "card"), ("email", "a@b.c")], "card number"),
        (
            vec![("method", "card"), ("number", "4242424242424242"), ("expiry", "soon"), ("email", "a@b.c")],
            "MM/YY",
        ),
        (
            vec![("method", "card"), ("number", "4242424242424242"), ("cvc", "12"), ("email", "a@b.c")],
            "security code",
        ),
        (vec![("method", "card"), ("number", "4242424242424242")], "e-mail"),
        (vec![("method", "cash")], "Choose how"),
    ] {
        let (status, page, _) = submit(&sandbox, &session, &form).await;
        assert_eq!(status, 422, "{word}");
        assert!(page.contains(word), "{word} is missing");
    }
    assert!(sandbox.event_types().await.is_empty());
}

#[tokio::test]
async fn wallets_and_paypal_pay_with_one_click() {
    let sandbox = Sandbox::start().await;
    for (method, pointer, value) in [
        ("apple_pay", "/card/wallet/type", "apple_pay"),
        ("google_pay", "/card/wallet/type", "google_pay"),
        ("paypal", "/type", "paypal"),
    ] {
        let session = sandbox.pack_session().await;
        assert_eq!(submit(&sandbox, &session, &[("method", method)]).await.0, 303);
        let session = reload(&sandbox, &session).await;
        let charges = sandbox
            .get(&format!("/v1/charges?payment_intent={}", session["payment_intent"].as_str().unwrap()))
            .await
            .ok();
        assert_eq!(charges["data"][0]["payment_method_details"].pointer(pointer), Some(&json!(value)));
    }
}

#[tokio::test]
async fn a_card_that_requires_authentication_is_paid_only_if_it_passes() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    let form = card("4000002760003184", "ada@example.com");
    let (status, page, _) = submit(&sandbox, &session, &form).await;
    assert_eq!(status, 200);
    assert!(page.contains("Confirm it is you"));
    let (status, page, _) =
        submit(&sandbox, &session, &[&form[..], &[("authentication", "failed")]].concat()).await;
    assert_eq!(status, 402);
    assert!(page.contains("unable to authenticate"));
    let (status, ..) =
        submit(&sandbox, &session, &[&form[..], &[("authentication", "passed")]].concat()).await;
    assert_eq!(status, 303);
}

#[tokio::test]
async fn a_closed_session_accepts_no_payment() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pack_session().await;
    sandbox.pay(&paid, json!({})).await.ok();
    let expired = sandbox.pack_session().await;
    let body = sandbox.post(&format!("/v1/checkout/sessions/{}/expire", id(&expired)), "").await.ok();
    assert_eq!((body["status"].as_str(), &body["url"]), (Some("expired"), &Value::Null));
    sandbox.post(&format!("/v1/checkout/sessions/{}/expire", id(&paid)), "").await.refused(400);
    for session in [&paid, &expired] {
        let (_, page) = sandbox.page(session["url"].as_str().unwrap()).await;
        assert!(page.contains("no longer open"));
        let (_, page, location) = submit(&sandbox, session, &[("method", "paypal")]).await;
        assert!(page.contains("no longer open") && location.is_none());
        sandbox.pay(session, json!({})).await.refused(400);
    }
    let (status, page) = sandbox.page(&sandbox.url("/c/pay/cs_test_nothing")).await;
    assert_eq!(status, 404);
    assert!(page.contains("No such checkout"));
}

#[tokio::test]
async fn a_session_expires_by_the_billing_clock() {
    let sandbox = Sandbox::start().await;
    sandbox.set("clock", json!({ "now": "2026-12-01T09:00:00Z" })).await;
    let session = sandbox.pack_session().await;
    sandbox.set("clock", json!({ "now": "2026-12-02T08:59:59Z" })).await;
    assert_eq!(reload(&sandbox, &session).await["status"], "open");
    sandbox.set("clock", json!({ "now": "2026-12-02T09:00:00Z" })).await;
    assert_eq!(reload(&sandbox, &session).await["status"], "expired");
    assert_eq!(sandbox.event_types().await, ["checkout.session.expired"]);
}

#[tokio::test]
async fn a_bank_debit_completes_unpaid_and_is_settled_later() {
    let sandbox = Sandbox::start().await;
    for (outcome, payment_status, event) in [
        ("succeeded", "paid", "checkout.session.async_payment_succeeded"),
        ("failed", "unpaid", "checkout.session.async_payment_failed"),
    ] {
        let session = sandbox.pack_session().await;
        let session = sandbox.pay(&session, json!({ "method": "bank_debit" })).await.ok();
        assert_eq!(
            (session["status"].as_str(), session["payment_status"].as_str()),
            (Some("complete"), Some("unpaid"))
        );
        let path = format!("checkout/{}/settle", id(&session));
        let settled = sandbox.control(&path, json!({ "outcome": outcome })).await.ok();
        assert_eq!(settled["payment_status"], payment_status);
        assert_eq!(sandbox.event_types().await.last().unwrap(), event);
        sandbox.control(&path, json!({ "outcome": outcome })).await.refused(400);
    }
}

#[tokio::test]
async fn a_declined_payment_by_request_responds_with_402_and_the_session_stays_open() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    let error =
        sandbox.pay(&session, json!({ "method": "card", "card": "4000000000009995" })).await.refused(402);
    assert_eq!(
        (error["type"].as_str(), error["decline_code"].as_str()),
        (Some("card_error"), Some("insufficient_funds"))
    );
    assert_eq!(reload(&sandbox, &session).await["status"], "open");
    sandbox.pay(&session, json!({ "method": "card", "card": "4242424242424242" })).await.ok();
}

#[tokio::test]
async fn a_card_that_is_disputed_pays_before_the_dispute_opens() {
    let sandbox = Sandbox::start().await;
    let session = sandbox.pack_session().await;
    sandbox.pay(&session, json!({ "card": "4000000000000259" })).await.ok();
    let types = sandbox.event_types().await;
    let position = |kind: &str| types.iter().position(|it| it == kind).unwrap();
    assert!(position("checkout.session.completed") < position("charge.dispute.created"));
    assert_eq!(sandbox.get("/v1/disputes").await.ok()["data"][0]["status"], "needs_response");
}
