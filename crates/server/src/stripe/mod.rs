//! Stripe's API, as much of it as selling packs and plans needs, over plain HTTP: types of our own that read leniently.

mod objects;
mod signature;

pub use objects::{
    Charge, CheckoutSession, Customer, Dispute, Event, Expandable, Invoice, InvoiceLine, List, PaymentIntent,
    PortalSession, Price, Subscription,
};
pub use signature::check as check_signature;

use crate::outside::Outside;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use url::Url;

/// The version of Stripe's API that requests and answers follow.
pub const API_VERSION: &str = "2026-09-30.endive";

/// How often one call is tried before the caller is told that Stripe does not answer.
const TRIES: u32 = 3;
/// How many replayed faults are skipped when looking for an unused idempotency key.
const REPLAYS_SKIPPED: u32 = 50;

/// A form field, in Stripe's bracket notation.
pub type Field = (String, String);

/// Writes form fields: `fields![ "mode" => "payment", … ]`.
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {
        [$(($name.to_string(), $value.to_string())),*] as [$crate::stripe::Field; _]
    };
}
pub(crate) use fields;

/// Why a call of Stripe's API gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// Stripe cannot be reached, is overloaded or broken: try again later.
    #[error("Stripe does not answer: {0}")]
    Unavailable(String),
    /// Stripe says that there is no such object.
    #[error("Stripe has no such object: {0}")]
    NotFound(String),
    /// Stripe refuses the call; trying again will not help.
    #[error("Stripe refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Stripe's code, such as `resource_missing`.
        code: Option<String>,
        /// Stripe's words.
        message: String,
    },
}

impl StripeError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
}

/// One try's end: an answer, or what to do next.
enum Tried<T> {
    Done(Result<T, StripeError>),
    /// The same request under the same key may succeed.
    Again(String),
    /// Stripe keeps a fault under this key and would replay it: only another key can succeed.
    KeySpent {
        why: String,
        replayed: bool,
    },
}

/// A client of Stripe's API.
pub struct Stripe {
    base: String,
    key: SecretString,
    http: Outside,
    /// Whether the last call was given up because Stripe did not answer.
    away: AtomicBool,
    back: Notify,
}

impl Stripe {
    /// A client of the API at `base`.
    pub fn new(base: &Url, key: SecretString, http: Outside) -> Self {
        let base = base.as_str().trim_end_matches('/').to_owned();
        Self { base, key, http, away: AtomicBool::new(false), back: Notify::new() }
    }

    /// Returns when Stripe answers again after it did not.
    pub async fn is_back(&self) {
        self.back.notified().await;
    }

    /// Stripe does not answer: whoever waits for it to be back is told when it does.
    fn given_up(&self, why: String) -> StripeError {
        self.away.store(true, Ordering::Relaxed);
        StripeError::Unavailable(why)
    }

    /// Reads an object or a list.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[Field]) -> Result<T, StripeError> {
        let mut why = String::new();
        for attempt in 0..TRIES {
            back_off(attempt).await;
            let request = self.request(Method::GET, path).query(query);
            match self.attempt(request).await {
                Tried::Done(result) => return result,
                Tried::Again(reason) | Tried::KeySpent { why: reason, .. } => why = reason,
            }
        }
        Err(self.given_up(why))
    }

    /// Makes or changes an object, once: `purpose` names what for, such as `purchase-{id}`, and the idempotency key is
    /// derived from it and from the fields, so that the same call after a crash finds what the first one made.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &[Field],
        purpose: &str,
    ) -> Result<T, StripeError> {
        let form = serde_urlencoded::to_string(fields).unwrap_or_default();
        let digest = Sha256::new_with_prefix(path).chain_update("\n").chain_update(&form).finalize();
        let key = format!("{purpose}-{}", hex::encode(&digest[..8]));
        let (mut tries, mut spent) = (0, 0);
        let mut why = String::new();
        while tries < TRIES && spent < REPLAYS_SKIPPED {
            back_off(tries).await;
            let key = if spent == 0 { key.clone() } else { format!("{key}-{spent}") };
            let request = self
                .request(Method::POST, path)
                .header("Idempotency-Key", key)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form.clone());
            match self.attempt(request).await {
                Tried::Done(result) => return result,
                Tried::Again(reason) => {
                    tries += 1;
                    why = reason;
                }
                Tried::KeySpent { why: reason, replayed } => {
                    spent += 1;
                    tries += u32::from(!replayed);
                    why = reason;
                }
            }
        }
        Err(self.given_up(why))
    }

    /// Ends an object, such as a subscription.
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, StripeError> {
        let mut why = String::new();
        for attempt in 0..TRIES {
            back_off(attempt).await;
            match self.attempt(self.request(Method::DELETE, path)).await {
                Tried::Done(result) => return result,
                Tried::Again(reason) | Tried::KeySpent { why: reason, .. } => why = reason,
            }
        }
        Err(self.given_up(why))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.expose_secret())
            .header("Stripe-Version", API_VERSION)
    }

    async fn attempt<T: DeserializeOwned>(&self, request: RequestBuilder) -> Tried<T> {
        let response = match self.http.send(request).await {
            Ok(response) => response,
            // The work may have been done: the same key finds it.
            Err(error) => return Tried::Again(root_cause(error)),
        };
        let status = response.status();
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let replayed = header("Idempotent-Replayed").as_deref() == Some("true");
        let should_retry = header("Stripe-Should-Retry");
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Tried::Again(root_cause(error)),
        };
        if status.is_success() {
            if self.away.swap(false, Ordering::Relaxed) {
                self.back.notify_one();
            }
            return Tried::Done(serde_json::from_slice(&body).map_err(|error| StripeError::Refused {
                status: status.as_u16(),
                code: None,
                message: format!("its answer cannot be read: {error}"),
            }));
        }
        let (code, message) = match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(ErrorBody { error }) => (error.code, error.message.unwrap_or_default()),
            Err(_) => (None, "without a reason".to_owned()),
        };
        let why = format!("it answered {status}: {message}");
        match status {
            _ if status.is_server_error() => Tried::KeySpent { why, replayed },
            StatusCode::TOO_MANY_REQUESTS => Tried::Again(why),
            // Another request under the same key is still running.
            StatusCode::CONFLICT if should_retry.as_deref() != Some("false") => Tried::Again(why),
            StatusCode::NOT_FOUND => Tried::Done(Err(StripeError::NotFound(message))),
            _ => Tried::Done(Err(StripeError::Refused { status: status.as_u16(), code, message })),
        }
    }
}

/// Waits before a further try: about 0.3 s, then about 1 s.
async fn back_off(attempt: u32) {
    if attempt == 0 {
        return;
    }
    let jitter_ms = getrandom::u32().unwrap_or_default() % 200;
    let pause_ms = 100 * 3_u32.pow(attempt) + jitter_ms;
    tokio::time::sleep(Duration::from_millis(pause_ms.into())).await;
}

fn root_cause(error: reqwest::Error) -> String {
    // The address may carry identifiers, and says nothing that the log line does not.
    anyhow::Error::from(error.without_url()).root_cause().to_string()
}
