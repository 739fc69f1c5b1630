//! The account, its deletion, and the service's public description.

use crate::support::{User, World, card, eventually, pay, session, text};
use serde_json::json;

#[tokio::test]
async fn a_deleted_account_cannot_be_used_again_and_a_later_sign_in_opens_a_new_one() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    ada.buy("small", 1).await;
    let open = ada.open("small", 1).await;
    let id = ada.account_id().await;
    let subscription = world.stripe("/v1/subscriptions?status=all").await["data"][0]["id"].clone();
    let mut events = ada.listen(None).await;

    let refused = ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "delete" }));
    crate::support::send(refused).await.refused(422, "confirmation_required", "the word DELETE");
    ada.get("/v1/account").await.ok();
    let deleted = ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(crate::support::send(deleted).await.status, 204);

    events.until("account_deleted", |_| true).await;
    assert_eq!(events.next().await, None, "the stream ends");
    ada.get("/v1/balance").await.refused(410, "account_deleted", "Sign in again");
    world.platform(&format!("/v1/accounts/{id}/balance")).await.refused(410, "account_deleted", "deleted");
    assert_eq!(world.platform("/v1/accounts?email=ada@example.com").await.ok()["accounts"], json!([]));
    eventually("the open checkout to expire", async || {
        world.stripe(&format!("/v1/checkout/sessions/{}", session(&open))).await["status"] == "expired"
    })
    .await;
    eventually("the subscription to be cancelled", async || {
        world.stripe(&format!("/v1/subscriptions/{}", text(&subscription))).await["status"] == "canceled"
    })
    .await;

    let again = world.user("ada@example.com", "free").await;
    let account = again.get("/v1/account").await.ok();
    assert_ne!(account["id"], id);
    // The free tokens of the day were given to the deleted account (rule 8).
    assert_eq!(again.balance().await["total"], 0);
    assert_eq!(again.get("/v1/purchases").await.ok()["items"], json!([]));
    ada.get("/v1/balance").await.refused(410, "account_deleted", "Sign in again");
}

async fn delete(user: &User<'_>) {
    let deleted = user.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(crate::support::send(deleted).await.status, 204);
}

#[tokio::test]
async fn the_free_tokens_of_a_day_are_given_once_to_a_subject_however_often_it_deletes_its_account() {
    let world = World::with_test_clock().await;
    world.set_clock("2026-11-28T23:00:00Z").await;
    let mut given = 0;
    for attempt in 0..4 {
        let eve = world.user("eve@example.com", "free").await;
        let tokens = eve.balance().await["spendable"].as_u64().unwrap();
        given += tokens;
        if tokens > 0 {
            let spends = format!("/v1/accounts/{}/spends", eve.account_id().await);
            let body = json!({ "amount": tokens, "reason": "A portrait" });
            world.platform_post(&spends, &format!("spend-{attempt}"), body).await.ok();
        }
        delete(&eve).await;
    }
    assert_eq!(given, 150);
    let eve = world.user("eve@example.com", "free").await;
    assert_eq!(eve.balance().await["spendable"], 0);
    assert_eq!(eve.balance().await["fast"]["resets_at"], "2026-11-29T00:00:00Z");
    world.set_clock("2026-11-29T00:00:00Z").await;
    assert_eq!(eve.balance().await["spendable"], 150, "the next day is given as always");
    delete(&eve).await;
    let other = world.user("bob@example.com", "free").await;
    assert_eq!(other.balance().await["spendable"], 150, "another person is not concerned");
}

#[tokio::test]
async fn a_dispute_that_was_open_at_the_deletion_stops_buying_until_it_is_closed() {
    let world = World::start().await;
    let eve = world.user("eve@example.com", "premium").await;
    let purchase = eve.buy("small", 1).await;
    let charge = eve.charge_of(&purchase).await;
    let dispute = format!("/sandbox/charges/{charge}/dispute");
    world.sandbox(&dispute, json!({ "state": "opened" })).await;
    eve.until(&purchase, "disputed").await;
    delete(&eve).await;

    let again = world.user("eve@example.com", "premium").await;
    assert_eq!(again.balance().await["can_buy"], false);
    again.request_purchase("small", 1, "while-open").await.refused(403, "dispute_open", "dispute");
    delete(&again).await;

    let third = world.user("eve@example.com", "premium").await;
    third.request_purchase("small", 1, "still-open").await.refused(403, "dispute_open", "dispute");
    world.sandbox(&dispute, json!({ "state": "won" })).await;
    eventually("the dispute to be closed", async || third.balance().await["can_buy"] == true).await;
    third.buy("small", 1).await;
}

#[tokio::test]
async fn a_renewal_that_stripe_charges_after_the_deletion_is_listed_for_refund() {
    let world = World::with_test_clock().await;
    // Both clocks are set: the order of deletion and renewal is decided by the time of the rules, not by the wall clock.
    world.sandbox_set("/sandbox/clock", json!({ "now": "2026-01-10T00:00:00Z" })).await;
    world.set_clock("2026-01-10T00:00:00Z").await;
    let ada = world.user("ada@example.com", "essential").await;
    let id = ada.account_id().await;
    world.set_clock("2026-01-20T00:00:00Z").await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 1_000_000 })).await;
    let deleted = ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(crate::support::send(deleted).await.status, 204);
    world.sandbox_set("/sandbox/clock", json!({ "now": "2026-02-10T00:00:00Z" })).await;
    world.sandbox_set("/sandbox/faults", json!({ "errors": 0 })).await;
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;

    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the renewal to be listed", async || due().await != json!([])).await;
    let listed = due().await;
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "the first period was paid before the deletion and is not listed: {listed}"
    );
    assert_eq!((&listed[0]["account_id"], &listed[0]["amount"]), (&json!(id), &json!(1200)));
}

#[tokio::test]
async fn a_payment_that_arrives_after_the_deletion_is_listed_for_refund() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    let id = ada.account_id().await;
    world.sandbox(&pay(&purchase), json!({ "method": "bank_debit" })).await;
    ada.until(&purchase, "processing").await;
    let deleted = ada.request("DELETE", "/v1/account").json(&json!({ "confirm": "DELETE" }));
    assert_eq!(crate::support::send(deleted).await.status, 204);
    let settle = format!("/sandbox/checkout/{}/settle", session(&purchase));
    world.sandbox(&settle, json!({ "outcome": "succeeded" })).await;

    let due = async || world.platform("/v1/refunds-due").await.ok()["items"].clone();
    eventually("the payment to be listed", async || due().await != json!([])).await;
    let listed = due().await[0].clone();
    assert_eq!((&listed["account_id"], &listed["purchase_id"]), (&json!(id), &purchase["id"]));
    assert_eq!((&listed["amount"], &listed["currency"]), (&json!(900), &json!("usd")));
    assert!(text(&listed["why"]).contains("deleted"));

    let resolve = format!("/v1/refunds-due/{}/resolve", text(&listed["id"]));
    let note = json!({ "note": "Refunded by hand" });
    let resolved = world.platform_post(&resolve, "one", note.clone()).await;
    assert_eq!(world.platform_post(&resolve, "one", note.clone()).await.bytes, resolved.bytes);
    assert_eq!(resolved.ok()["note"], "Refunded by hand");
    world.platform_post(&resolve, "two", note).await.refused(409, "already_resolved", "already");
    assert_eq!(due().await, json!([]));
    let unknown = world.platform_post("/v1/refunds-due/none/resolve", "three", json!({ "note": "x" })).await;
    unknown.refused(404, "not_found", "no such payment");
}

#[tokio::test]
async fn a_balance_that_has_not_changed_since_its_etag_returns_304() {
    let world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let first = ada.get("/v1/balance").await;
    let tag = first.header("etag").to_owned();
    let with_tag =
        async || crate::support::send(ada.request("GET", "/v1/balance").header("If-None-Match", &tag)).await;
    let unchanged = with_tag().await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
    assert_eq!(unchanged.header("etag"), tag);
    ada.buy("small", 1).await;
    let changed = with_tag().await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn account_balance_and_purchases_survive_a_restart_and_a_payment_made_meanwhile_is_granted() {
    let mut world = World::start().await;
    let token = world.user("ada@example.com", "premium").await.token;
    let ada = User { world: &world, token: token.clone() };
    ada.buy("small", 1).await;
    let open = ada.open("medium", 1).await;
    let (account, purchases) = (ada.get("/v1/account").await.ok(), ada.get("/v1/purchases").await.ok());
    let balance = ada.balance().await;
    world.stop_service().await;
    // Paid while the service is stopped. Stripe delivers its events again after the restart.
    world.sandbox(&pay(&open), card()).await;
    world.restart().await;
    let ada = User { world: &world, token };
    assert_eq!(ada.get("/v1/account").await.ok(), account);
    assert_eq!(purchases["items"].as_array().unwrap().len(), 2);
    world.sandbox("/sandbox/webhooks/flush", json!({})).await;
    ada.until(&open, "paid").await;
    let spendable = |balance: &serde_json::Value| balance["spendable"].as_u64().unwrap();
    assert_eq!(spendable(&ada.balance().await), spendable(&balance) + 15_000);
}

#[tokio::test]
async fn the_service_publishes_its_description_packs_plans_and_metrics() {
    let world = World::start().await;
    let get =
        async |path: &str| crate::support::send(world.http.get(format!("{}{path}", world.origin))).await;
    assert_eq!(
        get("/.well-known/tokenwell").await.ok(),
        json!({ "api_version": 1, "issuer": format!("{}/identity", world.sandbox.origin()),
            "client_id": "tokenwell-desktop", "checkout_hosts": [world.sandbox.addr.to_string()], "min_app_version": null, "support_contact": "help@example.com",
            "low_balance_percent": [10], "quantity_max": 20,
            "sign_in": { "scopes": null, "authorize_parameters": {}, "redirect_host": "127.0.0.1",
                "redirect_ports": [], "token": "access", "client_secret": null } })
    );
    for path in ["/healthz", "/readyz", "/metrics", "/checkout/cancelled", "/billing/return"] {
        assert_eq!(get(path).await.status, 200, "{path}");
    }
    let description = get("/openapi.json").await.ok();
    assert!(description["paths"]["/v1/balance"]["get"].is_object());
    let metrics = String::from_utf8(get("/metrics").await.bytes).unwrap();
    assert!(
        metrics.contains(r#"tokenwell_requests_total{method="GET",route="/healthz",status="200"} 1"#),
        "{metrics}"
    );

    let ada = world.user("ada@example.com", "free").await;
    let packs = ada.get("/v1/packs").await.ok();
    let tokens: Vec<_> = packs["packs"].as_array().unwrap().iter().map(|pack| &pack["tokens"]).collect();
    assert_eq!(tokens, [5000, 15_000, 40_000]);
    let plans = ada.get("/v1/plans").await.ok();
    let ids: Vec<_> = plans["plans"].as_array().unwrap().iter().map(|plan| &plan["id"]).collect();
    assert_eq!(ids, ["free", "essential", "premium", "ultimate"]);
    assert_eq!(plans["plans"][2]["prices"].as_array().unwrap().len(), 2);
}
