//! Refusals follow the precedence of the table in `docs/rules.md`. Each test starts with a request that has every mistake,
//! and corrects one after the other. Each refusal must be further down in the table.

use crate::support::{Response, SERVICE_KEY, User, World, card, eventually, pay, send, text};
use reqwest::RequestBuilder;
use serde_json::json;

/// The status and code of every row of the documented table.
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

/// The refusals of one call, in the order of the requests.
#[derive(Default)]
struct Refusals(Vec<(u16, String)>);

impl Refusals {
    async fn record(&mut self, request: RequestBuilder) {
        let Response { status, body, .. } = send(request).await;
        assert!(status >= 400, "the request was not refused: {body}");
        assert_eq!(body["status"], status);
        self.0.push((status, text(&body["code"])));
    }

    /// Checks that the codes are these, and that they are in the order of the table.
    #[track_caller]
    fn assert_codes(&self, codes: &[&str]) {
        assert_eq!(self.0.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), codes);
        let mut table = documented().into_iter();
        for refusal in &self.0 {
            assert!(
                table.any(|row| row == *refusal),
                "{refusal:?} is not further down in the documented table"
            );
        }
    }
}

const HUGE: usize = 70_000;

/// Records the refusals that every POST request of the platform has before the rules: caller, key, body.
async fn record_up_to_the_body(refusals: &mut Refusals, request: impl Fn() -> RequestBuilder) {
    let signed = || request().bearer_auth(SERVICE_KEY);
    let keyed = || signed().header("Idempotency-Key", "refused");
    refusals.record(request().body("{")).await;
    refusals.record(request().bearer_auth("another").body("{")).await;
    refusals.record(signed().body("{")).await;
    refusals.record(signed().header("Idempotency-Key", "k".repeat(256)).body("{")).await;
    refusals.record(keyed().body("{".repeat(HUGE))).await;
    refusals.record(keyed().body("{")).await;
    refusals.record(keyed().json(&json!({ "amount": "many", "reason": "" }))).await;
}

const UP_TO_THE_BODY: [&str; 7] = [
    "missing_token",
    "invalid_token",
    "idempotency_key_required",
    "idempotency_key_invalid",
    "body_too_large",
    "malformed_json",
    "invalid_body",
];

/// A POST request of the platform under an idempotency key.
fn post(world: &World, path: &str, key: &str) -> RequestBuilder {
    let request = world.http.post(format!("{}{path}", world.origin));
    request.bearer_auth(SERVICE_KEY).header("Idempotency-Key", key)
}

/// A user whose account is deleted, and its id.
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
        let mut refusals = Refusals::default();
        record_up_to_the_body(&mut refusals, || {
            world.http.post(format!("{}/v1/accounts/none/{what}", world.origin))
        })
        .await;
        let of = |account: &str, key: &str| post(&world, &format!("/v1/accounts/{account}/{what}"), key);
        let body = |amount: u64, reason: &str| match what {
            "holds" => json!({ "amount": amount, "reason": reason, "ttl_s": 0 }),
            _ => json!({ "amount": amount, "reason": reason }),
        };
        send(of(&id, "used").json(&json!({ "amount": 10, "reason": "Before" }))).await.ok();
        refusals.record(of("none", "used").json(&body(0, ""))).await;
        refusals.record(of("none", "used").json(&body(0, "A film"))).await;
        refusals.record(of("none", "used").json(&body(1_000, "A film"))).await;
        refusals.record(of(&gone, "used").json(&body(1_000, "A film"))).await;
        refusals.record(of(&id, "used").json(&body(1_000, "A film"))).await;
        refusals.record(of(&id, "one").json(&body(1_000, "A film"))).await;
        if what == "holds" {
            refusals.record(of(&id, "two").json(&json!({ "amount": 1_000, "reason": "A film" }))).await;
        }
        send(of(&id, "three").json(&json!({ "amount": 1, "reason": "A film" }))).await.ok();
        refusals.assert_codes(&[&UP_TO_THE_BODY[..], &last, rules].concat());
    }
}

#[tokio::test]
async fn hold_ends_and_adjustments_are_refused_in_the_documented_order() {
    let world = World::start().await;
    let bob = world.user("bob@example.com", "free").await;
    let (id, (_, gone)) = (bob.account_id().await, deleted(&world).await);
    let hold = async |key: &str| {
        let body = json!({ "amount": 10, "reason": "A film" });
        text(&send(post(&world, &format!("/v1/accounts/{id}/holds"), key).json(&body)).await.ok()["id"])
    };
    let (ended, open) = (hold("ended").await, hold("open").await);
    send(post(&world, &format!("/v1/holds/{ended}/release"), "release")).await.ok();
    let mut refusals = Refusals::default();
    record_up_to_the_body(&mut refusals, || {
        world.http.post(format!("{}/v1/holds/none/commit", world.origin))
    })
    .await;
    let commit = |hold: &str, amount: u64| {
        post(&world, &format!("/v1/holds/{hold}/commit"), &format!("{hold}-{amount}"))
            .json(&json!({ "amount": amount }))
    };
    refusals.record(commit("none", 11)).await;
    refusals.record(commit(&ended, 11)).await;
    refusals.record(commit(&open, 11)).await;
    send(commit(&open, 10)).await.ok();
    refusals
        .assert_codes(&[&UP_TO_THE_BODY[..], &["not_found", "hold_ended", "commit_exceeds_hold"]].concat());

    let mut refusals = Refusals::default();
    record_up_to_the_body(&mut refusals, || {
        world.http.post(format!("{}/v1/accounts/none/adjustments", world.origin))
    })
    .await;
    let adjust = |account: &str, key: &str, amount: i64, reason: &str| {
        let path = format!("/v1/accounts/{account}/adjustments");
        post(&world, &path, key).json(&json!({ "amount": amount, "reason": reason }))
    };
    send(adjust(&id, "used", 5, "A gift")).await.ok();
    let most = (1_i64 << 53) - 1;
    refusals.record(adjust("none", "used", 0, "")).await;
    refusals.record(adjust("none", "used", 0, "A gift")).await;
    refusals.record(adjust("none", "used", most, "A gift")).await;
    refusals.record(adjust(&gone, "used", most, "A gift")).await;
    refusals.record(adjust(&id, "used", -most, "A gift")).await;
    refusals.record(adjust(&id, "below", -most, "A correction")).await;
    refusals.record(adjust(&id, "above", most, "A gift")).await;
    let rest = [
        "invalid_reason",
        "invalid_amount",
        "not_found",
        "account_deleted",
        "idempotency_key_reused",
        "correction_below_zero",
        "balance_too_large",
    ];
    refusals.assert_codes(&[&UP_TO_THE_BODY[..], &rest].concat());
}

#[tokio::test]
async fn purchases_are_refused_in_the_documented_order() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "essential").await;
    // The plan has lapsed, and a dispute is open.
    let bought = ada.buy("small", 1).await;
    let charge = format!("/sandbox/charges/{}/dispute", ada.charge_of(&bought).await);
    world.sandbox(&charge, json!({ "state": "opened" })).await;
    eventually("the dispute", async || ada.balance().await["can_buy"] == false).await;
    let subscription = text(&world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"]);
    world.sandbox(&format!("/sandbox/subscriptions/{subscription}"), json!({ "status": "canceled" })).await;
    let plan = async |id: &str| ada.get("/v1/account").await.ok()["plan"]["id"] == id;
    eventually("the lapse", async || plan("free").await).await;
    let (gone, _) = deleted(&world).await;

    let mut refusals = Refusals::default();
    let unsigned = || world.http.post(format!("{}/v1/purchases", world.origin));
    let of_ada = |key: &str| ada.request("POST", "/v1/purchases").header("Idempotency-Key", key);
    let body = |pack: &str, quantity: u32| json!({ "pack_id": pack, "quantity": quantity });
    refusals.record(unsigned().body("{")).await;
    refusals.record(unsigned().bearer_auth("another").body("{")).await;
    refusals.record(gone.request("POST", "/v1/purchases").body("{")).await;
    refusals.record(ada.request("POST", "/v1/purchases").body("{")).await;
    refusals.record(of_ada(&"k".repeat(256)).body("{")).await;
    refusals.record(of_ada("one").body("{".repeat(HUGE))).await;
    refusals.record(of_ada("one").body("{")).await;
    refusals.record(of_ada("one").json(&json!({ "pack_id": 7 }))).await;
    // A refusal by the rules stores its key.
    assert_eq!(send(of_ada("used").json(&body("small", 1))).await.status, 403);
    refusals.record(of_ada("used").json(&body("huge", 0))).await;
    refusals.record(of_ada("two").json(&body("huge", 0))).await;
    refusals.record(of_ada("two").json(&body("small", 0))).await;
    refusals.record(of_ada("two").json(&body("small", 1))).await;
    let page = ada.post("/v1/subscription/checkout", json!({ "plan_id": "essential" })).await.ok();
    world.sandbox(&pay(&page), card()).await;
    eventually("the plan", async || plan("essential").await).await;
    refusals.record(of_ada("three").json(&body("small", 1))).await;
    world.sandbox(&charge, json!({ "state": "won" })).await;
    eventually("the dispute's end", async || ada.balance().await["can_buy"] == true).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 50 })).await;
    refusals.record(of_ada("four").json(&body("small", 1))).await;
    world.sandbox_set("/sandbox/faults", json!({})).await;
    send(of_ada("four").json(&body("small", 1))).await.ok();
    refusals.assert_codes(&[
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
