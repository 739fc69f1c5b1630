//! Delivery of events to the shop, well behaved and not.

use crate::support::{Received, SECRET, Sandbox, Shop, id, types};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

fn is_signed(received: &Received) -> bool {
    let (t, v1) = received.signature.split_once(",v1=").unwrap();
    let t = t.strip_prefix("t=").unwrap();
    let age = Timestamp::now().as_second() - t.parse::<i64>().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{t}.{}", received.body).as_bytes());
    age.abs() < 60 && hex::encode(mac.finalize().into_bytes()) == v1
}

#[tokio::test]
async fn every_event_arrives_signed_and_in_order() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    sandbox.paid_pack_session().await;
    let received = shop.received();
    assert!(received.iter().all(is_signed));
    assert_eq!(types(&received), sandbox.event_types().await);
    assert_eq!(received[0].event["api_version"], "2026-09-30.endive");
}

#[tokio::test]
async fn an_event_that_is_refused_is_sent_again_with_a_fresh_signature_until_it_is_taken() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    shop.answers(&[500, 503]);
    sandbox.post("/v1/customers", "email=ada@example.com").await.ok();
    let received = shop.once(|received| received.len() == 3).await;
    assert!(received.iter().all(is_signed));
    assert!(received.iter().all(|it| it.event["id"] == received[0].event["id"]));
    assert_ne!(received[0].signature, received[2].signature);
}

#[tokio::test]
async fn a_flush_delivers_at_once_what_waits_for_its_next_try() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    shop.answers(&[500; 8]);
    sandbox.paid_pack_session().await;
    shop.answers(&[]);
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
async fn a_dropped_event_never_arrives_but_stays_in_the_list() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    sandbox.set("webhooks", json!({ "drop": 1 })).await;
    let lost = sandbox.post("/v1/customers", "").await.ok();
    let found = sandbox.post("/v1/customers", "").await.ok();
    sandbox.control("webhooks/flush", json!({})).await.ok();
    let received = shop.once(|received| !received.is_empty()).await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].event["data"]["object"]["id"], found["id"]);
    let events = sandbox.get("/v1/events?type=customer.created").await.ok();
    let listed: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|it| id(&it["data"]["object"])).collect();
    assert_eq!(listed, [id(&found), id(&lost)]);
}

#[tokio::test]
async fn a_duplicated_event_arrives_twice() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    sandbox.set("webhooks", json!({ "duplicate": 1 })).await;
    sandbox.post("/v1/customers", "").await.ok();
    sandbox.post("/v1/customers", "").await.ok();
    let received = shop.once(|received| received.len() == 3).await;
    assert_eq!(received[0].event["id"], received[1].event["id"]);
    assert_ne!(received[1].event["id"], received[2].event["id"]);
}

#[tokio::test]
async fn reversed_delivery_brings_the_last_event_first() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    sandbox.set("webhooks", json!({ "reverse": true })).await;
    sandbox.paid_pack_session().await;
    let mut types = shop.types();
    types.reverse();
    assert_eq!(types, sandbox.event_types().await);
}

#[tokio::test]
async fn a_delayed_event_comes_later_and_does_not_hold_up_the_payment() {
    let (sandbox, shop) = Sandbox::with_shop().await;
    sandbox.set("webhooks", json!({ "delay_ms": 400 })).await;
    let session = sandbox.paid_pack_session().await;
    assert_eq!(session["payment_status"], "paid");
    let created = sandbox.event_types().await.len();
    let received = shop.once(|received| received.len() == created).await;
    assert!(received.iter().all(is_signed));
}

#[tokio::test]
async fn an_unreachable_shop_does_not_keep_the_customer_from_paying() {
    let sandbox = Sandbox::start().await;
    sandbox.running.send_webhooks_to("http://127.0.0.1:9/webhooks/stripe", SECRET).unwrap();
    sandbox.paid_pack_session().await;
    let shop = Shop::open().await;
    sandbox.set("webhooks", json!({ "url": shop.url, "secret": SECRET })).await;
    sandbox.control("webhooks/flush", json!({})).await.ok();
    let received = shop.once(|received| received.len() >= 4).await;
    assert!(types(&received).contains(&"checkout.session.completed".to_owned()));
}

#[tokio::test]
async fn without_an_endpoint_nothing_waits_for_one() {
    let sandbox = Sandbox::start().await;
    sandbox.paid_pack_session().await;
    let shop = Shop::open().await;
    sandbox.running.send_webhooks_to(&shop.url, SECRET).unwrap();
    let flushed = sandbox.control("webhooks/flush", json!({})).await.ok();
    assert_eq!(flushed, json!({ "delivered": 0, "pending": 0 }));
    assert!(sandbox.running.send_webhooks_to("ftp://x", SECRET).is_err());
}
