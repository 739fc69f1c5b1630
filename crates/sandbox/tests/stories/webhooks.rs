//! Delivery of events to the merchant, with and without faults.

use crate::support::{Merchant, Received, SECRET, Sandbox, id, send, types};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

/// The age of a signature that Stripe's clients accept, in seconds.
const TOLERANCE_S: i64 = 300;

fn is_signed(received: &Received) -> bool {
    let (t, v1) = received.signature.split_once(",v1=").unwrap();
    let t = t.strip_prefix("t=").unwrap();
    let age = Timestamp::now().as_second() - t.parse::<i64>().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{t}.{}", received.body).as_bytes());
    age.abs() < TOLERANCE_S && hex::encode(mac.finalize().into_bytes()) == v1
}

#[tokio::test]
async fn every_event_arrives_signed_and_in_order() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.paid_pack_session().await;
    let received = merchant.received();
    assert!(received.iter().all(is_signed));
    assert_eq!(types(&received), sandbox.event_types().await);
    assert_eq!(received[0].event["api_version"], "2026-09-30.endive");
}

#[tokio::test]
async fn a_refused_event_is_sent_again_with_a_new_signature_until_it_is_accepted() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    merchant.respond_with(&[500, 503]);
    sandbox.post("/v1/customers", "email=ada@example.com").await.ok();
    let received = merchant.received_when(|received| received.len() == 3).await;
    assert!(received.iter().all(is_signed));
    assert!(received.iter().all(|it| it.event["id"] == received[0].event["id"]));
    assert_ne!(received[0].signature, received[2].signature);
}

#[tokio::test]
async fn a_flush_attempts_every_waiting_delivery_at_once() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    merchant.respond_with(&[500; 8]);
    sandbox.paid_pack_session().await;
    merchant.respond_with(&[]);
    let events = sandbox.event_types().await.len();
    let mut delivered = 0;
    while delivered < events {
        let flushed = sandbox.control("webhooks/flush", json!({})).await.ok();
        delivered += usize::try_from(flushed["delivered"].as_u64().unwrap()).unwrap();
        if flushed["pending"] == 0 {
            break;
        }
    }
    let pending = sandbox.get("/v1/events?delivery_success=false").await.ok();
    assert_eq!(pending["data"], json!([]));
}

#[tokio::test]
async fn a_dropped_event_is_not_delivered_and_stays_in_the_list() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.set("webhooks", json!({ "drop": 1 })).await;
    let lost = sandbox.post("/v1/customers", "").await.ok();
    let found = sandbox.post("/v1/customers", "").await.ok();
    sandbox.control("webhooks/flush", json!({})).await.ok();
    let received = merchant.received_when(|received| !received.is_empty()).await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].event["data"]["object"]["id"], found["id"]);
    let events = sandbox.get("/v1/events?type=customer.created").await.ok();
    let listed: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|it| id(&it["data"]["object"])).collect();
    assert_eq!(listed, [id(&found), id(&lost)]);
}

#[tokio::test]
async fn a_duplicated_event_arrives_twice() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.set("webhooks", json!({ "duplicate": 1 })).await;
    sandbox.post("/v1/customers", "").await.ok();
    sandbox.post("/v1/customers", "").await.ok();
    let received = merchant.received_when(|received| received.len() == 3).await;
    assert_eq!(received[0].event["id"], received[1].event["id"]);
    assert_ne!(received[1].event["id"], received[2].event["id"]);
}

#[tokio::test]
async fn reversed_delivery_sends_the_last_event_first() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.set("webhooks", json!({ "reverse": true })).await;
    sandbox.paid_pack_session().await;
    let mut types = merchant.types();
    types.reverse();
    assert_eq!(types, sandbox.event_types().await);
}

#[tokio::test]
async fn a_delayed_event_is_delivered_later_and_does_not_delay_the_payment() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.set("webhooks", json!({ "delay_ms": 400 })).await;
    let session = sandbox.paid_pack_session().await;
    assert_eq!(session["payment_status"], "paid");
    let created = sandbox.event_types().await.len();
    let received = merchant.received_when(|received| received.len() == created).await;
    assert!(received.iter().all(is_signed));
}

#[tokio::test]
async fn an_unreachable_merchant_does_not_prevent_a_payment() {
    let sandbox = Sandbox::start().await;
    sandbox.running.send_webhooks_to("http://127.0.0.1:9/webhooks/stripe", SECRET).unwrap();
    sandbox.paid_pack_session().await;
    let merchant = Merchant::open().await;
    sandbox.set("webhooks", json!({ "url": merchant.url, "secret": SECRET })).await;
    sandbox.control("webhooks/flush", json!({})).await.ok();
    let received = merchant.received_when(|received| received.len() >= 4).await;
    assert!(types(&received).contains(&"checkout.session.completed".to_owned()));
}

#[tokio::test]
async fn events_without_an_endpoint_are_not_delivered_to_a_later_one() {
    let sandbox = Sandbox::start().await;
    sandbox.paid_pack_session().await;
    let merchant = Merchant::open().await;
    sandbox.running.send_webhooks_to(&merchant.url, SECRET).unwrap();
    let flushed = sandbox.control("webhooks/flush", json!({})).await.ok();
    assert_eq!(flushed, json!({ "delivered": 0, "pending": 0 }));
    assert!(sandbox.running.send_webhooks_to("ftp://x", SECRET).is_err());
}

#[tokio::test]
async fn events_are_delivered_in_the_endpoints_version_and_listed_in_the_accounts() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    let invoice = async |body| {
        sandbox.set("api-versions", body).await;
        let subscription = sandbox.subscription("premium", "month").await;
        let delivered = merchant.received().into_iter().rfind(|it| it.event["type"] == "invoice.paid");
        let listed = sandbox.get("/v1/events?type=invoice.paid").await.ok()["data"][0].clone();
        (id(&subscription).to_owned(), delivered.unwrap().event, listed)
    };
    let old = |event: &Value| event["data"]["object"]["subscription"].clone();
    let current =
        |event: &Value| event["data"]["object"]["parent"]["subscription_details"]["subscription"].clone();
    let (subscription, delivered, listed) = invoice(json!({ "endpoint": "2025-02-24.acacia" })).await;
    assert_eq!(
        (&delivered["api_version"], old(&delivered)),
        (&json!("2025-02-24.acacia"), json!(subscription))
    );
    assert_eq!((delivered["data"]["object"].get("parent"), current(&listed)), (None, json!(subscription)));
    let lines = &delivered["data"]["object"]["lines"]["data"];
    assert_eq!(lines[0]["price"]["lookup_key"], "tokenwell_premium_month");

    let (subscription, delivered, listed) =
        invoice(json!({ "account": "2022-08-01", "endpoint": "2026-09-30.endive" })).await;
    assert_eq!((current(&delivered), old(&listed)), (json!(subscription), json!(subscription)));
    // A call that names no version gets the account's default.
    let read = async |version: Option<&str>| {
        let request = sandbox.client.get(sandbox.url("/v1/invoices")).bearer_auth("sk_test_story");
        let request =
            version.iter().fold(request, |request, version| request.header("Stripe-Version", *version));
        send(request).await
    };
    let named = read(Some("2026-09-30.endive")).await.ok();
    assert!(named["data"][0].get("subscription").is_none(), "{named}");
    assert_eq!(read(None).await.ok()["data"][0]["subscription"], json!(subscription));
    read(Some("endive")).await.refused(400);
    sandbox.try_to_set("api-versions", json!({ "endpoint": "soon" })).await.refused(400);
}

#[tokio::test]
async fn before_acacia_refunds_of_charges_have_no_refund_events_and_charges_include_their_refunds() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    sandbox.set("api-versions", json!({ "endpoint": "2022-08-01" })).await;
    sandbox.paid_pack_session().await;
    let charge = sandbox.get("/v1/charges").await.ok()["data"][0].clone();
    let refund = sandbox.control(&format!("charges/{}/refund", id(&charge)), json!({})).await.ok();
    sandbox.control(&format!("refunds/{}/fail", id(&refund)), json!({})).await.ok();
    let received = merchant.received();
    let delivered = types(&received);
    assert!(delivered.contains(&"charge.refund.updated".to_owned()), "{delivered:?}");
    assert!(!delivered.iter().any(|delivered| delivered.starts_with("refund.")), "{delivered:?}");
    let refunded = received.iter().find(|it| it.event["type"] == "charge.refunded").unwrap();
    assert_eq!(refunded.event["data"]["object"]["refunds"]["data"][0]["id"], refund["id"]);
    assert!(sandbox.event_types().await.contains(&"refund.failed".to_owned()));
}
