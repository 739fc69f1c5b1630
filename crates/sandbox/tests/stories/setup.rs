//! The account's setup: restricted keys, live mode, the webhook endpoint, Stripe Tax, the clock.

use crate::support::{JsonResponse, Sandbox, send};
use reqwest::Method;
use serde_json::{Value, json};

const KEY: &str = "rk_test_of_the_setup_story";

async fn call(sandbox: &Sandbox, key: &str, method: Method, path: &str, form: &'static str) -> JsonResponse {
    let request = sandbox.client.request(method, sandbox.url(path)).bearer_auth(key);
    send(request.header("Content-Type", "application/x-www-form-urlencoded").body(form)).await
}

#[tokio::test]
async fn a_restricted_key_is_refused_in_stripes_words_whatever_the_parameters_are() {
    let sandbox = Sandbox::start().await;
    sandbox.set("keys", json!({ "key": KEY, "permissions": ["rak_customer_read", "rak_plan_read"] })).await;
    for form in ["email=ada@example.com", "no_such_parameter=1"] {
        let error = call(&sandbox, KEY, Method::POST, "/v1/customers", form).await.refused(403);
        assert_eq!(error["type"], "invalid_request_error");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("The provided key 'rk_test_*"), "{message}");
        assert!(message.ends_with(
            "_story' does not have the required permissions for this endpoint on account 'acct_sandbox'. Having the \
             'rak_customer_write' permission would allow this request to continue."
        ), "{message}");
    }
    assert_eq!(sandbox.get("/v1/customers").await.ok()["data"], json!([]));
    call(&sandbox, KEY, Method::GET, "/v1/customers", "").await.ok();
    call(&sandbox, KEY, Method::GET, "/v1/prices?expand[]=data.product", "").await.ok();
    let session = sandbox.paid_pack_session().await;
    let path = format!("/v1/checkout/sessions/{}", crate::support::id(&session));
    sandbox.set("keys", json!({ "key": KEY, "permissions": ["rak_checkout_session_read"] })).await;
    call(&sandbox, KEY, Method::GET, &format!("{path}?expand[]=payment_intent"), "").await.ok();
    let expanded = format!("{path}?expand[]=payment_intent.latest_charge");
    let error = call(&sandbox, KEY, Method::GET, &expanded, "").await.refused(403);
    assert!(error["message"].as_str().unwrap().contains("'rak_charge_read'"), "{error}");
}

#[tokio::test]
async fn a_key_of_live_mode_is_accepted_only_if_it_was_set_and_sees_live_objects() {
    let sandbox = Sandbox::start().await;
    let live = "sk_live_of_the_setup_story";
    call(&sandbox, live, Method::GET, "/v1/prices", "").await.refused(401);
    sandbox.set("keys", json!({ "key": live })).await;
    let prices = call(&sandbox, live, Method::GET, "/v1/prices", "").await.ok();
    assert_eq!(prices["data"][0]["livemode"], true);
    assert_eq!(sandbox.get("/v1/prices").await.ok()["data"][0]["livemode"], false);
    sandbox.set("keys", json!({ "key": live, "expired": true })).await;
    let error = call(&sandbox, live, Method::GET, "/v1/prices", "").await.refused(401);
    assert_eq!(error["code"], "api_key_expired");
}

#[tokio::test]
async fn a_key_that_cannot_be_restricted_and_a_permission_that_does_not_exist_are_refused() {
    let sandbox = Sandbox::start().await;
    let put = async |body: Value| {
        send(sandbox.client.put(sandbox.url("/sandbox/keys")).json(&body)).await.refused(400)["param"].clone()
    };
    assert_eq!(put(json!({ "key": "pk_test_1" })).await, "key");
    assert_eq!(put(json!({ "key": "sk_test_1", "permissions": [] })).await, "permissions");
    assert_eq!(put(json!({ "key": KEY, "permissions": ["rak_all_write"] })).await, "permissions");
}

#[tokio::test]
async fn the_webhook_endpoint_is_sent_the_events_that_it_is_enabled_for() {
    let (sandbox, merchant) = Sandbox::with_merchant().await;
    let endpoint = sandbox.get("/v1/webhook_endpoints").await.ok()["data"][0].clone();
    assert_eq!((&endpoint["url"], &endpoint["status"]), (&json!(merchant.url), &json!("enabled")));
    assert_eq!(endpoint["enabled_events"], json!(["*"]));
    let path = format!("/v1/webhook_endpoints/{}", crate::support::id(&endpoint));
    assert_eq!(sandbox.get(&path).await.ok(), endpoint);

    sandbox.set("webhooks", json!({ "enabled_events": ["price.created"] })).await;
    sandbox.post("/v1/customers", "email=ada@example.com").await.ok();
    sandbox.set("webhooks", json!({ "status": "disabled" })).await;
    let price = "currency=usd&unit_amount=100&product_data[name]=Tokens";
    sandbox.post("/v1/prices", price).await.ok();
    sandbox.set("webhooks", json!({ "status": "enabled" })).await;
    sandbox.post("/v1/prices", price).await.ok();
    merchant.received_when(|received| !received.is_empty()).await;
    assert_eq!(merchant.types(), ["price.created"]);
    assert_eq!(sandbox.get(&path).await.ok()["enabled_events"], json!(["price.created"]));
}

#[tokio::test]
async fn stripe_tax_is_pending_until_its_settings_are_complete() {
    let sandbox = Sandbox::start().await;
    let settings = sandbox.get("/v1/tax/settings").await.ok();
    assert_eq!(settings["status"], "pending");
    assert_eq!(settings["status_details"]["pending"]["missing_fields"], json!(["head_office"]));
    assert_eq!(sandbox.get("/v1/tax/registrations?status=active").await.ok()["data"], json!([]));
    sandbox.set("tax-settings", json!({ "missing_fields": [], "registrations": ["DE"] })).await;
    assert_eq!(sandbox.get("/v1/tax/settings").await.ok()["status"], "active");
    let registrations = sandbox.get("/v1/tax/registrations?status=active").await.ok();
    assert_eq!(
        (&registrations["data"][0]["country"], &registrations["data"][0]["status"]),
        (&json!("DE"), &json!("active"))
    );
}

#[tokio::test]
async fn every_response_has_the_time_by_stripes_clock() {
    let sandbox = Sandbox::start().await;
    let ahead = async || {
        let date = sandbox.get("/v1/prices").await.headers["Date"].to_str().unwrap().to_owned();
        let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
        date.duration_since(jiff::Timestamp::now()).as_secs()
    };
    assert!(ahead().await.abs() < 60);
    sandbox.set("faults", json!({ "clock_ahead_s": 3600 })).await;
    assert!((3540..=3600).contains(&ahead().await), "{}", ahead().await);
}
