//! A sandbox for the stories, and a merchant that receives its webhooks.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokenwell_sandbox::{Running, Settings};
use tokio::sync::watch;

/// The signing secret of the webhooks.
pub const SECRET: &str = "whsec_story";

/// A sandbox with a client of its API.
pub struct Sandbox {
    pub running: Running,
    pub client: Client,
}

/// A status and a JSON body.
#[derive(Debug)]
pub struct JsonResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl JsonResponse {
    /// The body; the response has to be a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The `error`; the response has to have this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body["error"].clone()
    }
}

impl Sandbox {
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let running = tokenwell_sandbox::start(settings).await.unwrap();
        Self { running, client: client() }
    }

    /// A sandbox that posts its events to a merchant.
    pub async fn with_merchant() -> (Self, Merchant) {
        let merchant = Merchant::open().await;
        let sandbox = Self::start().await;
        sandbox.running.send_webhooks_to(&merchant.url, SECRET).unwrap();
        (sandbox, merchant)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.origin())
    }

    /// A GET call of Stripe's API.
    pub async fn get(&self, path_and_query: &str) -> JsonResponse {
        send(self.client.get(self.url(path_and_query)).bearer_auth("sk_test_story")).await
    }

    pub async fn post(&self, path: &str, form: &str) -> JsonResponse {
        send(self.stripe(path, form)).await
    }

    pub async fn post_with_key(&self, path: &str, form: &str, key: &str) -> JsonResponse {
        send(self.stripe(path, form).header("Idempotency-Key", key)).await
    }

    pub fn stripe(&self, path: &str, form: &str) -> RequestBuilder {
        self.client
            .post(self.url(path))
            .bearer_auth("sk_test_story")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
    }

    /// A call under `/sandbox`.
    pub async fn control(&self, path: &str, body: Value) -> JsonResponse {
        send(self.client.post(self.url(&format!("/sandbox/{path}"))).json(&body)).await
    }

    pub async fn set(&self, what: &str, body: Value) -> Value {
        self.try_to_set(what, body).await.ok()
    }

    pub async fn try_to_set(&self, what: &str, body: Value) -> JsonResponse {
        send(self.client.put(self.url(&format!("/sandbox/{what}"))).json(&body)).await
    }

    /// Status and text of a page.
    pub async fn page(&self, url: &str) -> (u16, String) {
        let response = self.client.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// An open session for two medium packs.
    pub async fn pack_session(&self) -> Value {
        self.post("/v1/checkout/sessions", PACK).await.ok()
    }

    /// A session for two medium packs, paid by card.
    pub async fn paid_pack_session(&self) -> Value {
        let session = self.pack_session().await;
        self.pay(&session, json!({ "method": "card" })).await.ok()
    }

    pub async fn pay(&self, session: &Value, payment: Value) -> JsonResponse {
        self.control(&format!("checkout/{}/pay", id(session)), payment).await
    }

    /// A subscription to a plan, bought by a checkout session.
    pub async fn subscription(&self, plan: &str, interval: &str) -> Value {
        let form = format!(
            "mode=subscription&line_items[0][price]=price_tokenwell_{plan}_{interval}&line_items[0][quantity]=1\
             &success_url=http://localhost/paid&subscription_data[metadata][account]=acc_1"
        );
        let session = self.post("/v1/checkout/sessions", &form).await.ok();
        let session = self.pay(&session, json!({})).await.ok();
        self.get(&format!("/v1/subscriptions/{}", session["subscription"].as_str().unwrap())).await.ok()
    }

    /// Stops the billing clock at a time.
    pub async fn at(&self, now: &str) {
        self.set("clock", json!({ "now": now })).await;
    }

    pub async fn reload(&self, subscription: &Value) -> Value {
        self.get(&format!("/v1/subscriptions/{}", id(subscription))).await.ok()
    }

    /// The invoices of a subscription, oldest first.
    pub async fn invoices(&self, subscription: &Value) -> Vec<Value> {
        let list = self.get(&format!("/v1/invoices?limit=100&subscription={}", id(subscription))).await.ok();
        list["data"].as_array().unwrap().iter().rev().cloned().collect()
    }

    /// Changes a subscription by `/sandbox`.
    pub async fn change(&self, subscription: &Value, body: Value) -> JsonResponse {
        self.control(&format!("subscriptions/{}", id(subscription)), body).await
    }

    /// The types of all events so far, oldest first.
    pub async fn event_types(&self) -> Vec<String> {
        let events = self.get("/v1/events?limit=100").await.ok();
        let types = events["data"].as_array().unwrap().iter().rev();
        types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// The parameters of a session for two medium packs, as the token service sends them.
pub const PACK: &str = "mode=payment&line_items[0][price_data][currency]=usd\
    &line_items[0][price_data][unit_amount]=2400\
    &line_items[0][price_data][product_data][name]=15,000 top-up tokens&line_items[0][quantity]=2\
    &client_reference_id=acc_1&metadata[purchase_id]=pur_1&payment_intent_data[metadata][purchase_id]=pur_1\
    &success_url=http://localhost/paid?session_id={CHECKOUT_SESSION_ID}&cancel_url=http://localhost/cancelled";

pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// A client that follows no redirects.
pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

pub async fn send(request: RequestBuilder) -> JsonResponse {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    JsonResponse { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// A merchant that receives webhooks.
pub struct Merchant {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    received: watch::Sender<Vec<Received>>,
    responses: Mutex<VecDeque<StatusCode>>,
}

/// An event as the merchant received it.
#[derive(Debug, Clone)]
pub struct Received {
    pub signature: String,
    pub body: String,
    pub event: Value,
}

impl Merchant {
    pub async fn open() -> Self {
        let inner = Arc::new(Inner { received: watch::Sender::new(Vec::new()), responses: Mutex::default() });
        let router = Router::new().route("/webhooks/stripe", post(receive)).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// Responds to the next deliveries with these statuses, and with 200 to later ones.
    pub fn respond_with(&self, statuses: &[u16]) {
        let statuses = statuses.iter().map(|status| StatusCode::from_u16(*status).unwrap());
        self.inner.responses.lock().unwrap().extend(statuses);
    }

    pub fn received(&self) -> Vec<Received> {
        self.inner.received.borrow().clone()
    }

    /// Waits until `condition` is true of the received events, and returns them.
    pub async fn received_when(&self, condition: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let mut received = self.inner.received.subscribe();
        let wait = received.wait_for(|received| condition(received));
        let received = tokio::time::timeout(Duration::from_mins(2), wait).await;
        received.expect("the expected events were not delivered").unwrap().clone()
    }

    /// The types of the events received, in order.
    pub fn types(&self) -> Vec<String> {
        types(&self.received())
    }
}

pub fn types(received: &[Received]) -> Vec<String> {
    received.iter().map(|it| it.event["type"].as_str().unwrap().to_owned()).collect()
}

async fn receive(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers["Stripe-Signature"].to_str().unwrap().to_owned();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let event = serde_json::from_str(&body).unwrap();
    inner.received.send_modify(|received| received.push(Received { signature, body, event }));
    inner.responses.lock().unwrap().pop_front().unwrap_or(StatusCode::OK)
}
