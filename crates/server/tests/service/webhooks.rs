//! Stripe's events: signatures, duplicates, order, and events that fail.

use crate::support::{
    WEBHOOK_SECRET, World, card, deliver, event, eventually, metric, paid_without_events, pay, peers,
    signature, text,
};
use serde_json::json;
use std::process::Command;

/// The number of events that are not worked off.
pub async fn waiting(world: &World) -> u64 {
    metric(world, r#"tokenwell_stripe_events{state="waiting"}"#).await
}

#[tokio::test]
async fn duplicate_and_reordered_events_grant_once() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_without_events(&ada).await;
    let at_stripe = world.stripe(&format!("/v1/checkout/sessions/{session}")).await;
    let payment = json!({ "id": "ch_any", "payment_intent": at_stripe["payment_intent"] });
    let mut deliveries = Vec::new();
    for (id, kind, object) in [
        ("evt_r", "charge.refunded", &payment),
        ("evt_c", "charge.succeeded", &payment),
        ("evt_1", "checkout.session.completed", &json!({ "id": session })),
        ("evt_2", "checkout.session.completed", &json!({ "id": session })),
        ("evt_3", "checkout.session.async_payment_succeeded", &json!({ "id": session })),
        // An outdated event: the session is not in this state.
        ("evt_4", "checkout.session.expired", &json!({ "id": session })),
    ] {
        let body = event(id, kind, object);
        deliveries.extend([body.clone(), body]);
    }
    let responses = futures_util::future::join_all(
        deliveries
            .iter()
            .map(async |body| deliver(&world, body, Some(&signature(body, WEBHOOK_SECRET, 0))).await.status),
    )
    .await;
    assert!(responses.iter().all(|status| *status == 200), "{responses:?}");
    ada.until(&purchase, "paid").await;
    eventually("every event to be worked off", async || waiting(&world).await == 0).await;
    assert_eq!(ada.purchase(&purchase).await["status"], "paid");
    assert_eq!(ada.balance().await["top_up"]["available"], 5000);
    let activity = ada.get("/v1/activity").await.ok();
    let grants =
        activity["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "grant").count();
    assert_eq!(grants, 1);
}

#[tokio::test]
async fn an_event_that_fails_is_set_aside_and_does_not_delay_others() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_without_events(&ada).await;
    for (id, object) in [("evt_bad", "cs_test_unknown"), ("evt_good", &session)] {
        let body = event(id, "checkout.session.completed", &json!({ "id": object }));
        assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    }
    ada.until(&purchase, "paid").await;
    eventually("the event to be set aside", async || waiting(&world).await == 0).await;
    assert_eq!(metric(&world, r#"tokenwell_stripe_events{state="set_aside"}"#).await, 1);
    let listed = world.platform("/v1/events-set-aside").await.ok()["items"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed[0]["id"], &listed[0]["type"], &listed[0]["object"], &listed[0]["attempts"]),
        (&json!("evt_bad"), &json!("checkout.session.completed"), &json!("cs_test_unknown"), &json!(5))
    );
    assert!(text(&listed[0]["why"]).contains("no such object"), "{listed}");
}

#[tokio::test]
async fn an_operator_can_retry_an_event_that_was_set_aside() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let listed = async || world.platform("/v1/events-set-aside").await.ok()["items"].clone();
    // The event names a subscription that Stripe does not have.
    let body = event("evt_early", "customer.subscription.updated", &json!({ "id": "sub_early" }));
    assert_eq!(deliver(&world, &body, Some(&signature(&body, WEBHOOK_SECRET, 0))).await.status, 200);
    eventually("the event to be set aside", async || listed().await != json!([])).await;
    let retry = "/v1/events-set-aside/evt_early/retry";
    let retried = world.platform_post(retry, "again", json!(null)).await;
    assert_eq!((retried.status, &retried.body["id"]), (200, &json!("evt_early")));
    assert_eq!(world.platform_post(retry, "again", json!(null)).await.bytes, retried.bytes);
    eventually("the event to fail again", async || listed().await != json!([])).await;
    assert_eq!(listed().await[0]["attempts"], 5, "every retry has five attempts");
    let unknown = world.platform_post("/v1/events-set-aside/evt_none/retry", "none", json!(null)).await;
    unknown.refused(404, "not_found", "no such event set aside");
    ada.get("/v1/events-set-aside").await.refused(401, "invalid_token", "--service-key");
}

#[tokio::test]
async fn duplicate_reversed_and_dropped_deliveries_end_in_the_same_state() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    for misbehaviour in
        [json!({ "duplicate": 20 }), json!({ "reverse": true }), json!({ "drop": 1, "duplicate": 5 })]
    {
        world.sandbox_set("/sandbox/webhooks", misbehaviour).await;
        let purchase = ada.open("small", 1).await;
        world.sandbox(&pay(&purchase), card()).await;
        world.sandbox("/sandbox/webhooks/flush", json!({})).await;
        ada.until(&purchase, "paid").await;
    }
    assert_eq!(ada.balance().await["top_up"]["available"], 15_000);
}

#[tokio::test]
async fn a_webhook_signed_by_the_official_sdk_is_accepted_and_a_tampered_one_is_not() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (purchase, session) = paid_without_events(&ada).await;
    let body = event("evt_sdk", "checkout.session.completed", &json!({ "id": session }));
    let script = "import Stripe from 'stripe';
        const [payload, secret] = process.argv.slice(1);
        const stripe = new Stripe('sk_test_tests');
        process.stdout.write(stripe.webhooks.generateTestHeaderString({ payload, secret }));";
    let signed = Command::new("node")
        .args(["--input-type=module", "--eval", script, "--"])
        .args([std::str::from_utf8(&body).unwrap(), WEBHOOK_SECRET])
        .current_dir(peers())
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let signature = String::from_utf8(signed.stdout).unwrap();

    let tampered = String::from_utf8(body.clone()).unwrap().replace("completed", "expired").into_bytes();
    deliver(&world, &tampered, Some(&signature)).await.refused(400, "invalid_signature", "No signature fits");
    assert_eq!(deliver(&world, &body, Some(&signature)).await.status, 200);
    ada.until(&purchase, "paid").await;
}
