//! A bad request changes nothing, and its error message says what is wrong and how to correct it.

use crate::support::{SERVICE_KEY, User, World, send};
use serde_json::{Value, json};

/// Requests a purchase with this body.
async fn buy(user: &User<'_>, body: &str) -> crate::support::Response {
    send(user.request("POST", "/v1/purchases").header("Idempotency-Key", "k").body(body.to_owned())).await
}

#[tokio::test]
async fn a_bad_purchase_request_is_refused_with_the_expected_format() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    for (body, status, code, words) in [
        ("", 400, "malformed_json", "empty"),
        ("{\"pack_id\":", 400, "malformed_json", "not valid JSON"),
        ("[]", 422, "invalid_body", "does not fit"),
        (r#"{"pack_id":"small"}"#, 422, "invalid_body", "missing field `quantity`"),
        (r#"{"quantity":1}"#, 422, "invalid_body", "missing field `pack_id`"),
        (r#"{"pack_id":"small","quantity":"1"}"#, 422, "invalid_body", "expected u32"),
        (r#"{"pack_id":"small","quantity":1.5}"#, 422, "invalid_body", "expected u32"),
        (r#"{"pack_id":"small","quantity":-1}"#, 422, "invalid_body", "expected u32"),
        (r#"{"pack_id":"small","quantity":1,"price":1}"#, 422, "invalid_body", "unknown field `price`"),
        (r#"{"pack_id":"small","quantity":0}"#, 422, "invalid_quantity", "from 1 to 20"),
        (r#"{"pack_id":"small","quantity":21}"#, 422, "invalid_quantity", "from 1 to 20"),
        (r#"{"pack_id":"huge","quantity":1}"#, 422, "unknown_pack", "no pack `huge`. GET /v1/packs"),
    ] {
        buy(&ada, body).await.refused(status, code, words);
    }
    let huge = format!(r#"{{"pack_id":"{}","quantity":1}}"#, "x".repeat(70_000));
    buy(&ada, &huge).await.refused(413, "body_too_large", "larger");
    assert_eq!(ada.get("/v1/purchases").await.ok()["items"], json!([]));
    // The refused requests did not store the key.
    buy(&ada, r#"{"pack_id":"small","quantity":1}"#).await.ok();
}

#[tokio::test]
async fn a_post_request_needs_an_idempotency_key() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let without = ada.post("/v1/purchases", json!({ "pack_id": "small", "quantity": 1 })).await;
    without.refused(400, "idempotency_key_required", "such as a UUID");
    for key in [" ", &"k".repeat(256)] {
        ada.request_purchase("small", 1, key).await.refused(400, "idempotency_key_invalid", "1 to 255");
    }
    ada.request_purchase("small", 1, &"k".repeat(255)).await.ok();
    let id = ada.account_id().await;
    for (path, body) in [
        (format!("/v1/accounts/{id}/spends"), json!({ "amount": 1, "reason": "r" })),
        (format!("/v1/accounts/{id}/holds"), json!({ "amount": 1, "reason": "r" })),
        (format!("/v1/accounts/{id}/adjustments"), json!({ "amount": 1, "reason": "r" })),
        ("/v1/holds/none/commit".to_owned(), json!({ "amount": 1 })),
        ("/v1/holds/none/release".to_owned(), json!({})),
        ("/v1/refunds-due/none/resolve".to_owned(), json!({ "note": "n" })),
    ] {
        let request = world.http.post(format!("{}{path}", world.origin)).bearer_auth(SERVICE_KEY).json(&body);
        send(request).await.refused(400, "idempotency_key_required", "such as a UUID");
    }
}

#[tokio::test]
async fn a_bad_spend_request_is_refused_with_the_expected_format() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let spends = format!("/v1/accounts/{}/spends", ada.account_id().await);
    let long = "x".repeat(501);
    let cases: [(Value, &str, &str); 8] = [
        (json!({ "amount": 0, "reason": "r" }), "invalid_amount", "at least 1"),
        (json!({ "amount": 9_007_199_254_740_992_u64, "reason": "r" }), "invalid_amount", "exactly"),
        (json!({ "amount": -1, "reason": "r" }), "invalid_body", "expected u64"),
        (json!({ "amount": 1.5, "reason": "r" }), "invalid_body", "expected u64"),
        (json!({ "amount": 1 }), "invalid_body", "missing field `reason`"),
        (json!({ "amount": 1, "reason": " " }), "invalid_reason", "1 to 500 characters"),
        (json!({ "amount": 1, "reason": "two\nlines" }), "invalid_reason", "one line"),
        (json!({ "amount": 1, "reason": long }), "invalid_reason", "1 to 500 characters"),
    ];
    for (body, code, words) in cases {
        world.platform_post(&spends, "k", body).await.refused(422, code, words);
    }
    let unknown =
        world.platform_post("/v1/accounts/none/spends", "k", json!({ "amount": 1, "reason": "r" })).await;
    unknown.refused(404, "not_found", "no such account");
    assert_eq!(ada.balance().await["spendable"], 25_000);
}

#[tokio::test]
async fn unknown_paths_methods_and_parameters_are_refused_with_a_hint() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "free").await;
    ada.get("/v1/nothing").await.refused(404, "not_found", "/openapi.json");
    ada.post("/v1/balance", json!({})).await.refused(405, "method_not_allowed", "other methods");
    for query in ["limit=0", "limit=201", "limit=x"] {
        ada.get(&format!("/v1/activity?{query}")).await.refused(400, "invalid_parameter", "1 to 200");
    }
    ada.get("/v1/purchases?cursor=x").await.refused(400, "invalid_parameter", "next_cursor");
    for query in ["from=x", "from=2026-11-02&to=2026-11-01", "from=2020-01-01&to=2026-01-01"] {
        ada.get(&format!("/v1/usage/daily?{query}")).await.refused(400, "invalid_parameter", "");
    }
    let clock = world
        .http
        .put(format!("{}/v1/test-clock", world.origin))
        .bearer_auth(SERVICE_KEY)
        .json(&json!({ "now": "2027-01-01T00:00:00Z" }));
    send(clock).await.refused(404, "not_found", "--test-clock");
}
