//! Refusals come in the precedence of the table in `docs/rules.md`. Each call starts with everything wrong with it; one
//! thing after the other is put right, and what is refused next is the next of the table.

use crate::support::{Answer, SERVICE_KEY, User, World, card, eventually, pay, send, text};
use reqwest::RequestBuilder;
use serde_json::json;

/// Status and code of every row of the documented table.
fn documented() -> Vec<(u16, String)> {
    let rules = include_str!("../../../../docs/rules.md");
    let (_, section) = rules.split_once("## Refusals\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.parse().ok()?, cells.next()?.trim_matches('`').to_owned()))
    };
    section.lines().filter_map(row).collect()
}

/// What one call was refused for, one after the other.
#[derive(Default)]
struct Peeled(Vec<(u16, String)>);

impl Peeled {
    async fn refused(&mut self, request: RequestBuilder) {
        let Answer { status, body, .. } = send(request).await;
        assert!(status >= 400, "nothing was wrong with it: {body}");
        assert_eq!(body["status"], status);
        self.0.push((status, text(&body["code"])));
    }

    /// They are these, and come in the order of the table.
    #[track_caller]
    fn are(&self, codes: &[&str]) {
        assert_eq!(self.0.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), codes);
        let mut table = documented().into_iter();
        for refusal in &self.0 {
            assert!(table.any(|row| row == *refusal), "{refusal:?} is not the next of the documented table");
        }
    }
}

const HUGE: usize = 70_000;

/// The way to the rules, which is the same for every call of the platform: who calls, the key, the body.
async fn peel_to_the_body(peeled: &mut Peeled, request: impl Fn() -> RequestBuilder) {
    let signed = || request().bearer_auth(SERVICE_KEY);
    let keyed = || signed().header("Idempotency-Key", "peeled");
    peeled.refused(request().body("{")).await;
    peeled.refused(request().bearer_auth("another").body("{")).await;
    peeled.refused(signed().body("{")).await;
    peeled.refused(signed().header("Idempotency-Key", "k".repeat(256)).body("{")).await;
    peeled.refused(keyed().body("{".repeat(HUGE))).await;
    peeled.refused(keyed().body("{")).await;
    peeled.refused(keyed().json(&json!({ "amount": "many", "reason": "" }))).await;
}

const TO_THE_BODY: [&str; 7] = [
    "missing_token",
    "invalid_token",
    "idempotency_key_required",
    "idempotency_key_invalid",
    "body_too_large",
    "malformed_json",
    "invalid_body",
];

/// A call of the platform under a key.
fn post(world: &World, path: &str, key: &str) -> RequestBuilder {
    let request = world.http.post(format!("{}{path}", world.origin));
    request.bearer_auth(SERVICE_KEY).header("Idempotency-Key", key)
}

async fn deleted(world: &World) -> (User<'_>, String) {
    let user = world.user("gone@example.com", "free").await;
    let id = user.account_id().await;
    let delete = user.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(send(delete).await.status, 204);
    (user, id)
}

#[tokio::test]
async fn spends_and_holds_are_refused_in_the_documented_order() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let (id, (_, gone)) = (bob.account_id().await, deleted(&world).await);
    let last = ["invalid_reason", "invalid_amount", "not_found", "account_deleted", "idempotency_key_reused"];
    for (what, rules) in
        [("spends", &["insufficient_tokens"][..]), ("holds", &["invalid_ttl", "insufficient_tokens"])]
    {
        let mut peeled = Peeled::default();
        peel_to_the_body(&mut peeled, || {
            world.http.post(format!("{}/v1/accounts/none/{what}", world.origin))
        })
        .await;
        let of = |account: &str, key: &str| post(&world, &format!("/v1/accounts/{account}/{what}"), key);
        let body = |amount: u64, reason: &str| match what {
            "holds" => json!({ "amount": amount, "reason": reason, "ttl_s": 0 }),
            _ => json!({ "amount": amount, "reason": reason }),
        };
        send(of(&id, "used").json(&json!({ "amount": 10, "reason": "Before" }))).await.ok();
        peeled.refused(of("none", "used").json(&body(0, ""))).await;
        peeled.refused(of("none", "used").json(&body(0, "A film"))).await;
        peeled.refused(of("none", "used").json(&body(1_000, "A film"))).await;
        peeled.refused(of(&gone, "used").json(&body(1_000, "A film"))).await;
        peeled.refused(of(&id, "used").json(&body(1_000, "A film"))).await;
        peeled.refused(of(&id, "one").json(&body(1_000, "A film"))).await;
        if what == "holds" {
            peeled.refused(of(&id, "two").json(&json!({ "amount": 1_000, "reason": "A film" }))).await;
        }
        send(of(&id, "three").json(&json!({ "amount": 1, "reason": "A film" }))).await.ok();
        peeled.are(&[&TO_THE_BODY[..], &last, rules].concat());
    }
}

#[tokio::test]
async fn ends_of_holds_and_adjustments_are_refused_in_the_documented_order() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let (id, (_, gone)) = (bob.account_id().await, deleted(&world).await);
    let hold = async |key: &str| {
        let wish = json!({ "amount": 10, "reason": "A film" });
        text(&send(post(&world, &format!("/v1/accounts/{id}/holds"), key).json(&wish)).await.ok()["id"])
    };
    let (ended, open) = (hold("ended").await, hold("open").await);
    send(post(&world, &format!("/v1/holds/{ended}/release"), "release")).await.ok();
    let mut peeled = Peeled::default();
    peel_to_the_body(&mut peeled, || world.http.post(format!("{}/v1/holds/none/commit", world.origin))).await;
    let commit = |hold: &str, amount: u64| {
        post(&world, &format!("/v1/holds/{hold}/commit"), &format!("{hold}-{amount}"))
            .json(&json!({ "amount": amount }))
    };
    peeled.refused(commit("none", 11)).await;
    peeled.refused(commit(&ended, 11)).await;
    peeled.refused(commit(&open, 11)).await;
    send(commit(&open, 10)).await.ok();
    peeled.are(&[&TO_THE_BODY[..], &["not_found", "hold_ended", "commit_exceeds_hold"]].concat());

    let mut peeled = Peeled::default();
    peel_to_the_body(&mut peeled, || {
        world.http.post(format!("{}/v1/accounts/none/adjustments", world.origin))
    })
    .await;
    let adjust = |account: &str, key: &str, amount: i64, reason: &str| {
        let path = format!("/v1/accounts/{account}/adjustments");
        post(&world, &path, key).json(&json!({ "amount": amount, "reason": reason }))
    };
    send(adjust(&id, "used", 5, "A gift")).await.ok();
    let most = (1_i64 << 53) - 1;
    peeled.refused(adjust("none", "used", 0, "")).await;
    peeled.refused(adjust("none", "used", 0, "A gift")).await;
    peeled.refused(adjust("none", "used", most, "A gift")).await;
    peeled.refused(adjust(&gone, "used", most, "A gift")).await;
    peeled.refused(adjust(&id, "used", -most, "A gift")).await;
    peeled.refused(adjust(&id, "below", -most, "A correction")).await;
    peeled.refused(adjust(&id, "above", most, "A gift")).await;
    let rest = [
        "invalid_reason",
        "invalid_amount",
        "not_found",
        "account_deleted",
        "idempotency_key_reused",
        "correction_below_zero",
        "balance_too_large",
    ];
    peeled.are(&[&TO_THE_BODY[..], &rest].concat());
}

#[tokio::test]
async fn purchases_are_refused_in_the_documented_order() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    // Lapsed, and with a dispute open.
    let bought = ada.buy("small", 1).await;
    let charge = format!("/sandbox/charges/{}/dispute", ada.charge_of(&bought).await);
    world.sandbox(&charge, json!({ "state": "opened" })).await;
    eventually("the dispute", async || ada.balance().await["can_buy"] == false).await;
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    let plan = async |id: &str| ada.get("/v1/account").await.ok()["plan"]["id"] == id;
    eventually("the lapse", async || plan("free").await).await;
    let (gone, _) = deleted(&world).await;

    let mut peeled = Peeled::default();
    let nobody = || world.http.post(format!("{}/v1/purchases", world.origin));
    let of_ada = |key: &str| ada.request("POST", "/v1/purchases").header("Idempotency-Key", key);
    let wish = |pack: &str, quantity: u32| json!({ "pack_id": pack, "quantity": quantity });
    peeled.refused(nobody().body("{")).await;
    peeled.refused(nobody().bearer_auth("another").body("{")).await;
    peeled.refused(gone.request("POST", "/v1/purchases").body("{")).await;
    peeled.refused(ada.request("POST", "/v1/purchases").body("{")).await;
    peeled.refused(of_ada(&"k".repeat(256)).body("{")).await;
    peeled.refused(of_ada("one").body("{".repeat(HUGE))).await;
    peeled.refused(of_ada("one").body("{")).await;
    peeled.refused(of_ada("one").json(&json!({ "pack_id": 7 }))).await;
    // A key of a refusal by the rules is taken.
    assert_eq!(send(of_ada("used").json(&wish("small", 1))).await.status, 403);
    peeled.refused(of_ada("used").json(&wish("huge", 0))).await;
    peeled.refused(of_ada("two").json(&wish("huge", 0))).await;
    peeled.refused(of_ada("two").json(&wish("small", 0))).await;
    peeled.refused(of_ada("two").json(&wish("small", 1))).await;
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    world.sandbox(&pay(&page), card()).await;
    eventually("the plan", async || plan("essential").await).await;
    peeled.refused(of_ada("three").json(&wish("small", 1))).await;
    world.sandbox(&charge, json!({ "state": "won" })).await;
    eventually("the dispute's end", async || ada.balance().await["can_buy"] == true).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 50 })).await;
    peeled.refused(of_ada("four").json(&wish("small", 1))).await;
    world.sandbox_set("/sandbox/faults", json!({})).await;
    send(of_ada("four").json(&wish("small", 1))).await.ok();
    peeled.are(&[
        "missing_token",
        "invalid_token",
        "account_deleted",
        "idempotency_key_required",
        "idempotency_key_invalid",
        "body_too_large",
        "malformed_json",
        "invalid_body",
        "idempotency_key_reused",
        "unknown_pack",
        "invalid_quantity",
        "subscription_required",
        "dispute_open",
        "payment_provider_unavailable",
    ]);
}
