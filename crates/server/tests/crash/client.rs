//! Buyers: each buys packs, spends tokens, and records every acknowledged response.

use crate::dice::Dice;
use crate::program::{SERVICE_KEY, Sandbox, client, text};
use crate::service::Endpoint;
use reqwest::Client;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A POST request with its idempotency key.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub token: String,
    pub key: String,
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub retry_after: Option<String>,
    pub bytes: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

/// A request and its acknowledged response.
pub struct Exchange {
    pub request: Request,
    pub response: Response,
}

pub struct Buyer {
    pub acknowledged: Vec<Exchange>,
    http: Client,
    endpoint: Endpoint,
    sandbox: String,
    account: String,
    token: String,
    dice: Dice,
    requests: u32,
}

impl Buyer {
    /// Creates a buyer who has bought a plan.
    pub async fn new(sandbox: &Sandbox, endpoint: Endpoint, number: u64, dice: Dice) -> Self {
        let user = json!({ "email": format!("buyer{number}@example.com"), "plan": "ultimate" });
        let user = sandbox.post("/sandbox/users", &user).await;
        let mut buyer = Self {
            acknowledged: Vec::new(),
            http: client(),
            endpoint,
            sandbox: sandbox.running.origin(),
            account: String::new(),
            token: text(&user["access_token"]),
            dice,
            requests: 0,
        };
        buyer.account = text(&buyer.get("/v1/account").await["id"]);
        buyer
    }

    /// Buys and spends until `stop` is cancelled. The last action is finished.
    pub async fn run(mut self, stop: CancellationToken) -> Self {
        while !stop.is_cancelled() {
            match self.dice.below(10) {
                0..6 => self.spend().await,
                6 | 7 => self.hold().await,
                _ => self.buy().await,
            }
        }
        self
    }

    async fn spend(&mut self) {
        let amount = 1 + self.dice.below(9);
        let path = format!("/v1/accounts/{}/spends", self.account);
        self.post(path, SERVICE_KEY.to_owned(), json!({ "amount": amount, "reason": "A picture" })).await;
    }

    async fn hold(&mut self) {
        let amount = 10 + self.dice.below(50);
        let path = format!("/v1/accounts/{}/holds", self.account);
        let body = json!({ "amount": amount, "reason": "A film" });
        let hold = self.post(path, SERVICE_KEY.to_owned(), body).await;
        if hold.status == 201 {
            let path = format!("/v1/holds/{}/commit", text(&hold.json()["id"]));
            let used = json!({ "amount": self.dice.below(amount + 1) });
            assert_eq!(self.post(path, SERVICE_KEY.to_owned(), used).await.status, 200);
        }
    }

    async fn buy(&mut self) {
        let body = json!({ "pack_id": "small", "quantity": 1 + self.dice.below(3) });
        let purchase = self.post("/v1/purchases".to_owned(), self.token.clone(), body).await;
        assert_eq!(purchase.status, 201, "{}", purchase.json());
        // Some checkouts are not paid.
        if self.dice.below(5) > 0 {
            let url = text(&purchase.json()["checkout_url"]);
            let session = url.rsplit('/').next().unwrap();
            let pay = format!("{}/sandbox/checkout/{session}/pay", self.sandbox);
            let card = json!({ "method": "card", "card": "4242424242424242" });
            assert_eq!(self.http.post(pay).json(&card).send().await.unwrap().status(), 200);
        }
    }

    /// Sends a request under one key until it is acknowledged, also across restarts of the service.
    async fn post(&mut self, path: String, token: String, body: Value) -> Response {
        self.requests += 1;
        let request = Request { path, token, key: format!("key-{}", self.requests), body };
        loop {
            match self.send(&request).await {
                Ok(response) if response.status < 500 => {
                    self.endpoint.succeeded();
                    self.acknowledged.push(Exchange { request, response: response.clone() });
                    return response;
                }
                Ok(response) => self.endpoint.failed(Some(&response)).await,
                Err(_) => self.endpoint.failed(None).await,
            }
        }
    }

    /// Sends a request once, to the service that runs.
    pub async fn send(&self, request: &Request) -> reqwest::Result<Response> {
        let Request { path, token, key, body } = request;
        let origin = self.endpoint.origin();
        let post = self.http.post(format!("{origin}{path}")).bearer_auth(token);
        let response = post.header("Idempotency-Key", key).json(body).send().await?;
        let retry_after =
            response.headers().get("retry-after").map(|after| after.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        Ok(Response { status, retry_after, bytes: response.bytes().await?.to_vec() })
    }

    /// Reads the buyer's own data. The service must not be killed meanwhile.
    pub async fn get(&self, path: &str) -> Value {
        let origin = self.endpoint.origin();
        let response =
            self.http.get(format!("{origin}{path}")).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Reads every entry of the buyer's account.
    pub async fn activity(&self) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/v1/activity?limit=200{cursor}")).await;
            entries.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return entries,
            }
        }
    }
}
