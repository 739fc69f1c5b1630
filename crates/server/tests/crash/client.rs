//! Someone who buys and whose pictures cost tokens, and who remembers every answer.

use crate::dice::Dice;
use crate::program::{Outside, SERVICE_KEY, client, text};
use crate::service::Line;
use reqwest::Client;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A changing call.
#[derive(Debug, Clone)]
pub struct Ask {
    pub path: String,
    pub token: String,
    pub key: String,
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

/// A call and the answer that was acknowledged.
pub struct Kept {
    pub ask: Ask,
    pub answer: Answer,
}

pub struct Buyer {
    pub kept: Vec<Kept>,
    http: Client,
    line: Line,
    sandbox: String,
    account: String,
    token: String,
    dice: Dice,
    asked: u32,
}

impl Buyer {
    /// Someone who has just bought a plan.
    pub async fn new(outside: &Outside, line: Line, number: u64, dice: Dice) -> Self {
        let user = json!({ "email": format!("buyer{number}@example.com"), "plan": "ultimate" });
        let user = outside.post("/sandbox/users", &user).await;
        let mut buyer = Self {
            kept: Vec::new(),
            http: client(),
            line,
            sandbox: outside.sandbox.origin(),
            account: String::new(),
            token: text(&user["access_token"]),
            dice,
            asked: 0,
        };
        buyer.account = text(&buyer.get("/v1/account").await["id"]);
        buyer
    }

    /// Buys and spends until told to stop; what was begun is finished.
    pub async fn live(mut self, stop: CancellationToken) -> Self {
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
        self.ask(path, SERVICE_KEY.to_owned(), json!({ "amount": amount, "reason": "A picture" })).await;
    }

    async fn hold(&mut self) {
        let amount = 10 + self.dice.below(50);
        let path = format!("/v1/accounts/{}/holds", self.account);
        let body = json!({ "amount": amount, "reason": "A film" });
        let hold = self.ask(path, SERVICE_KEY.to_owned(), body).await;
        if hold.status == 201 {
            let path = format!("/v1/holds/{}/commit", text(&hold.json()["id"]));
            let used = json!({ "amount": self.dice.below(amount + 1) });
            assert_eq!(self.ask(path, SERVICE_KEY.to_owned(), used).await.status, 200);
        }
    }

    async fn buy(&mut self) {
        let body = json!({ "pack_id": "small", "quantity": 1 + self.dice.below(3) });
        let purchase = self.ask("/v1/purchases".to_owned(), self.token.clone(), body).await;
        assert_eq!(purchase.status, 201, "{}", purchase.json());
        // Some change their minds.
        if self.dice.below(5) > 0 {
            let url = text(&purchase.json()["checkout_url"]);
            let session = url.rsplit('/').next().unwrap();
            let pay = format!("{}/sandbox/checkout/{session}/pay", self.sandbox);
            let card = json!({ "method": "card", "card": "4242424242424242" });
            assert_eq!(self.http.post(pay).json(&card).send().await.unwrap().status(), 200);
        }
    }

    /// Asks until there is an answer, under one key, whatever happens to the service meanwhile.
    async fn ask(&mut self, path: String, token: String, body: Value) -> Answer {
        self.asked += 1;
        let ask = Ask { path, token, key: format!("key-{}", self.asked), body };
        loop {
            match self.send(&ask).await {
                Ok(answer) if answer.status < 500 => {
                    self.line.answered();
                    self.kept.push(Kept { ask, answer: answer.clone() });
                    return answer;
                }
                Ok(answer) => self.line.failed(Some(&answer)).await,
                Err(_) => self.line.failed(None).await,
            }
        }
    }

    /// Sends a call to the service as it lives now.
    pub async fn send(&self, ask: &Ask) -> reqwest::Result<Answer> {
        let origin = self.line.origin();
        let request = self.http.post(format!("{origin}{}", ask.path)).bearer_auth(&ask.token);
        let response = request.header("Idempotency-Key", &ask.key).json(&ask.body).send().await?;
        let retry_after =
            response.headers().get("retry-after").map(|after| after.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        Ok(Answer { status, retry_after, bytes: response.bytes().await?.to_vec() })
    }

    /// Reads something of one's own from a service that is not killed.
    pub async fn get(&self, path: &str) -> Value {
        let origin = self.line.origin();
        let response =
            self.http.get(format!("{origin}{path}")).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Every entry of the ledger.
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
