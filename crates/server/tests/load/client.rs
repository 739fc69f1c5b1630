//! Clients that spend one token at a time, each on its own connection.

use reqwest::Client;
use serde_json::{Value, json};
use tokenwell_stage::SERVICE_KEY;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The responses that clients received.
#[derive(Debug, Default)]
pub struct Responses {
    /// The ids of the acknowledged spends.
    pub spends: Vec<String>,
    /// The number of requests that were refused with 503 and `Retry-After`.
    pub refused: u64,
}

impl Responses {
    pub fn add(&mut self, other: Self) {
        self.spends.extend(other.spends);
        self.refused += other.refused;
    }
}

/// A client that reuses up to `connections` connections.
pub fn client(connections: usize) -> Client {
    Client::builder().no_proxy().pool_max_idle_per_host(connections).build().unwrap()
}

fn body() -> Value {
    json!({ "amount": 1, "reason": "A portrait in oils" })
}

/// Spends one token under a key.
pub async fn spend(client: &Client, origin: &str, account: &str, key: &str, responses: &mut Responses) {
    let request = client.post(format!("{origin}/v1/accounts/{account}/spends")).bearer_auth(SERVICE_KEY);
    let response = request.header("Idempotency-Key", key).json(&body()).send().await.unwrap();
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse::<u32>().unwrap());
    let body: Value = response.json().await.unwrap();
    if status == 201 {
        responses.spends.push(body["id"].as_str().unwrap().to_owned());
    } else {
        assert_eq!((status, body["code"].as_str()), (503, Some("overloaded")), "{body}");
        assert!(retry_after.is_some_and(|seconds| (1..=5).contains(&seconds)), "{retry_after:?}");
        responses.refused += 1;
    }
}

/// A spend whose body is incomplete. It has a permit and waits for the rest of its body.
pub struct HalfSent {
    stream: TcpStream,
    rest: String,
}

impl HalfSent {
    pub async fn send(origin: &str, account: &str, key: &str) -> Self {
        let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).await.unwrap();
        let body = body().to_string();
        let head = format!(
            "POST /v1/accounts/{account}/spends HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\
             Authorization: Bearer {SERVICE_KEY}\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (start, rest) = body.split_at(5);
        stream.write_all(format!("{head}{start}").as_bytes()).await.unwrap();
        Self { stream, rest: rest.to_owned() }
    }

    /// Sends the rest of the body. Returns the id of the spend.
    pub async fn finish(mut self) -> String {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut response = String::new();
        self.stream.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }
}
