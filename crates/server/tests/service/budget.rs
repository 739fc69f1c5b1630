//! What a request of a stranger may cause, in figures and not in time (`docs/threat-model.md`).

use crate::support::{World, card, event, eventually, metric, pay, send, session, signature};
use reqwest::RequestBuilder;
use serde_json::json;
use std::collections::BTreeMap;

/// How often each request is sent.
const TIMES: u64 = 20;
/// Calls of Stripe that the service makes by itself during a test.
const OWN_CALLS: u64 = 10;

/// What strangers have caused so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Caused {
    hashed: u64,
    look_ups: u64,
    calls: u64,
}

async fn caused(world: &World) -> Caused {
    Caused {
        hashed: metric(world, "tokenwell_strangers_hashed_bytes_total").await,
        look_ups: metric(world, "tokenwell_strangers_look_ups_total").await,
        calls: metric(world, r#"tokenwell_stripe_calls_total{outcome="success"}"#).await,
    }
}

/// The requests of a stranger, and what all of them may cause together.
fn requests(world: &World, open: &str, settled: &str) -> BTreeMap<&'static str, (RequestBuilder, Caused)> {
    let nothing = Caused { hashed: 0, look_ups: 0, calls: 0 };
    let body = event("evt_1", "charge.updated", &json!({ "id": "ch_1", "padding": "x".repeat(50_000) }));
    let all_hashed = Caused { hashed: TIMES * body.len() as u64, ..nothing };
    let webhook = |signature: String| {
        world
            .http
            .post(format!("{}/webhooks/stripe", world.origin))
            .header("Stripe-Signature", signature)
            .body(body.clone())
    };
    let get = |path: String| world.http.get(format!("{}{path}", world.origin));
    let now = jiff::Timestamp::now().as_second();
    let zeros = format!("v1={}", "00".repeat(32));
    BTreeMap::from([
        ("a webhook of 2,000 signatures", (webhook(format!("t={now}{}", ",v1=".repeat(2000))), nothing)),
        ("a webhook of eleven", (webhook(format!("t={now}{}", format!(",{zeros}").repeat(11))), nothing)),
        ("an old webhook", (webhook(format!("t=1,{zeros}")), nothing)),
        ("a webhook of ten", (webhook(format!("t={now}{}", format!(",{zeros}").repeat(10))), all_hashed)),
        ("another secret", (webhook(signature(&body, "whsec_another", 0)), all_hashed)),
        ("an unknown session", (get("/checkout/return?session_id=cs_unknown".to_owned()), nothing)),
        ("an unknown subscription", (get("/billing/return?subscription=sub_unknown".to_owned()), nothing)),
        ("a settled session", (get(format!("/checkout/return?session_id={settled}")), nothing)),
        (
            "an open session",
            // Its answer is kept for three seconds, which a slow machine may need for the requests.
            (
                get(format!("/checkout/return?session_id={open}")),
                Caused { look_ups: TIMES / 2, calls: TIMES / 2, hashed: 0 },
            ),
        ),
        ("no token", (get("/v1/balance".to_owned()), nothing)),
        ("a token that is none", (get("/v1/balance".to_owned()).bearer_auth("garbage"), nothing)),
        ("a key that is none", (get("/v1/refunds-due".to_owned()).bearer_auth("garbage"), nothing)),
    ])
}

#[tokio::test]
async fn a_strangers_request_stays_within_its_budget() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let (open, paid) = (ada.open("small", 1).await, ada.open("medium", 1).await);
    world.sandbox(&pay(&paid), card()).await;
    ada.until(&paid, "paid").await;
    world.all_events_worked_off().await;
    let settled = caused(&world).await;
    eventually("the service to be idle", async || caused(&world).await == settled).await;
    for (what, (request, budget)) in requests(&world, &session(&open), &session(&paid)) {
        let before = caused(&world).await;
        for _ in 0..TIMES {
            send(request.try_clone().unwrap()).await;
        }
        let after = caused(&world).await;
        let (hashed, look_ups) = (after.hashed - before.hashed, after.look_ups - before.look_ups);
        assert!(hashed <= budget.hashed && look_ups <= budget.look_ups, "{what}: {before:?} {after:?}");
        assert!(after.calls - before.calls <= budget.calls + OWN_CALLS, "{what}: {before:?} {after:?}");
    }
}
