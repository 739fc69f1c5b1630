//! Paid users and the studio, which use the token service. The service here is a stub, because the sandbox must not depend
//! on the real one; the end-to-end stories test them together.

use crate::support::{SECRET, Sandbox, send};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokenwell_sandbox::Settings;

/// A token service with one account, which has 150 tokens.
#[derive(Clone)]
struct Service {
    stripe: Arc<Mutex<String>>,
    plan: Arc<Mutex<String>>,
}

impl Service {
    async fn start() -> (String, Self) {
        let service = Self { stripe: Arc::default(), plan: Arc::new(Mutex::new("free".to_owned())) };
        let router = Router::new()
            .route("/webhooks/stripe", post(webhook))
            .route("/v1/subscription/checkout", post(checkout))
            .route("/v1/account", get(account))
            .route("/v1/accounts", get(accounts))
            .route("/v1/accounts/{id}/balance", get(balance))
            .route("/v1/accounts/{id}/spends", post(spend))
            .with_state(service.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (origin, service)
    }
}

async fn webhook(State(service): State<Service>, Json(event): Json<Value>) -> StatusCode {
    if event["type"] == "customer.subscription.created" {
        let key = &event["data"]["object"]["items"]["data"][0]["price"]["lookup_key"];
        let plan = key.as_str().unwrap().trim_start_matches("tokenwell_").trim_end_matches("_month");
        plan.clone_into(&mut service.plan.lock().unwrap());
    }
    StatusCode::OK
}

async fn checkout(State(service): State<Service>, Json(wanted): Json<Value>) -> (StatusCode, Json<Value>) {
    if *service.plan.lock().unwrap() != "free" {
        return (StatusCode::CONFLICT, Json(json!({ "code": "already_subscribed" })));
    }
    let url = format!("{}/v1/checkout/sessions", service.stripe.lock().unwrap());
    let price = format!(
        "price_tokenwell_{}_{}",
        wanted["plan_id"].as_str().unwrap(),
        wanted["interval"].as_str().unwrap()
    );
    let form = [
        ("mode", "subscription"),
        ("line_items[0][price]", &price),
        ("line_items[0][quantity]", "1"),
        ("success_url", "http://localhost/"),
    ];
    let session =
        send(reqwest::Client::new().post(url).bearer_auth("sk_test_service").form(&form)).await.ok();
    (StatusCode::OK, Json(json!({ "url": session["url"] })))
}

async fn account(State(service): State<Service>) -> Json<Value> {
    Json(json!({ "plan": { "id": *service.plan.lock().unwrap() } }))
}

async fn accounts(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let known = query["email"] == "ada@example.com";
    Json(json!({ "accounts": if known { vec![json!({ "id": "acc_1" })] } else { vec![] } }))
}

async fn balance(Path(id): Path<String>) -> Json<Value> {
    assert_eq!(id, "acc_1");
    Json(json!({ "spendable": 150, "top_up": { "locked": 5000 } }))
}

async fn spend(headers: HeaderMap, Json(spend): Json<Value>) -> (StatusCode, Json<Value>) {
    assert_eq!(headers["Authorization"], "Bearer service-key");
    assert!(headers.contains_key("Idempotency-Key"));
    let amount = spend["amount"].as_u64().unwrap();
    if amount > 150 {
        let problem = json!({ "code": "insufficient_tokens", "needed": amount, "spendable": 150, "locked": 5000, "remedy": "resubscribe" });
        return (StatusCode::PAYMENT_REQUIRED, Json(problem));
    }
    (
        StatusCode::CREATED,
        Json(json!({ "id": "spend_1", "amount": amount, "balance": { "spendable": 150 - amount } })),
    )
}

async fn sandbox_beside_a_service() -> (Sandbox, Service) {
    let (origin, service) = Service::start().await;
    let sandbox = Sandbox::with(Settings {
        webhook_url: Some(format!("{origin}/webhooks/stripe").parse().unwrap()),
        webhook_secret: Some(SECRET.into()),
        service_key: Some("service-key".into()),
        ..Settings::default()
    })
    .await;
    sandbox.running.origin().clone_into(&mut service.stripe.lock().unwrap());
    (sandbox, service)
}

#[tokio::test]
async fn a_user_with_a_paid_plan_has_bought_it_through_the_service_before_the_response() {
    let (sandbox, service) = sandbox_beside_a_service().await;
    let ada = json!({ "email": "ada@example.com", "plan": "premium" });
    let user = sandbox.control("users", ada.clone()).await.ok();
    assert_eq!(*service.plan.lock().unwrap(), "premium");
    assert!(user["access_token"].as_str().unwrap().split('.').count() == 3);
    let same = sandbox.control("users", ada).await.ok();
    assert_eq!(same["id"], user["id"]);
    let sold = sandbox.get("/v1/subscriptions").await.ok();
    assert_eq!(sold["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_that_does_not_respond_is_named_in_the_error() {
    let sandbox = Sandbox::start().await;
    sandbox.running.send_webhooks_to("http://127.0.0.1:9/webhooks/stripe", SECRET).unwrap();
    let error = sandbox.control("users", json!({ "email": "a@b.c", "plan": "premium" })).await.refused(502);
    assert!(
        error["message"].as_str().unwrap().contains("http://127.0.0.1:9/v1/subscription/checkout"),
        "{error}"
    );
}

#[tokio::test]
async fn the_studio_spends_and_shows_a_refusal_with_its_remedy() {
    let (sandbox, _service) = sandbox_beside_a_service().await;
    sandbox.control("users", json!({ "email": "ada@example.com" })).await.ok();
    sandbox.control("users", json!({ "email": "new@example.com" })).await.ok();
    let (_, page) = sandbox.page(&sandbox.url("/studio")).await;
    for text in ["id=\"user\"", "id=\"amount\"", "id=\"generate\"", "150, and 5,000 locked", "no account yet"]
    {
        assert!(page.contains(text), "{text} is missing");
    }
    let generate = async |user: &str, amount: &str| {
        let form = [("user", user), ("amount", amount), ("prompt", "A lighthouse")];
        let response = sandbox.client.post(sandbox.url("/studio/generate")).form(&form).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, page) = generate("ada@example.com", "100").await;
    assert_eq!(status, 200);
    assert!(page.contains("id=\"result\"") && page.contains("Spent 100 tokens; 50 are left."));
    let (status, page) = generate("ada@example.com", "900").await;
    assert_eq!(status, 402);
    assert!(page.contains("900 are needed, 150 are there. Resubscribe"));
    assert_eq!(generate("new@example.com", "1").await.0, 400);
    assert_eq!(generate("ada@example.com", "some").await.0, 400);

    let body = json!({ "user": "ada@example.com", "amount": 100 });
    let spent = send(sandbox.client.post(sandbox.url("/studio/generate")).json(&body)).await.ok();
    assert_eq!(spent["id"], "spend_1");
}

#[tokio::test]
async fn the_studio_without_a_service_names_the_missing_setting() {
    let sandbox = Sandbox::start().await;
    let (status, page) = sandbox.page(&sandbox.url("/studio")).await;
    assert_eq!(status, 200);
    assert!(page.contains("--webhook-url"));
}
