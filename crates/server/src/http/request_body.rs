//! Request bodies: JSON, with or without an idempotency key. Every refusal says what is wrong and how to correct it.

use super::api_error::{ApiError, HttpResult};
use super::external_id::CanonicalPath;
use super::problem::ProblemKind;
use super::state::{Http, ServiceState};
use crate::accounts::RequestIdentity;
use crate::store::IdempotencyScope;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The longest reason or note, in characters.
const REASON_CHARS_MAX: usize = 500;
/// The longest idempotency key, in characters.
const KEY_CHARS_MAX: usize = 255;
/// The maximum time for the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<ServiceState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServiceState) -> HttpResult<Self> {
        parse(&body(request, state).await?).map(Self)
    }
}

async fn body(request: Request, state: &ServiceState) -> HttpResult<Bytes> {
    in_time(&state.http, Bytes::from_request(request, state)).await?.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::new(ProblemKind::BodyTooLarge, "The body is larger than this call can need.")
        } else {
            ApiError::new(ProblemKind::MalformedJson, "The body ended early. Send it again.")
        }
    })
}

/// Waits for a body, up to a limit.
///
/// # Errors
/// `body_too_slow`.
pub async fn in_time<T>(http: &Http, body: impl Future<Output = T>) -> HttpResult<T> {
    tokio::time::timeout(BODY_TIMEOUT, body).await.map_err(|_| {
        http.metrics.turned_away("body_too_slow");
        let limit = BODY_TIMEOUT.as_secs();
        let detail = format!("The body did not come within {limit} s. Send it again.");
        ApiError::new(ProblemKind::BodyTooSlow, detail)
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> HttpResult<T> {
    if body.is_empty()
        && let Ok(nothing) = serde_json::from_slice(b"null")
    {
        return Ok(nothing);
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            ApiError::new(ProblemKind::InvalidBody, format!("The body does not fit: {error}."))
        }
        _ if body.is_empty() => {
            ApiError::new(ProblemKind::MalformedJson, "The body is empty. Send a JSON object.")
        }
        _ => ApiError::new(ProblemKind::MalformedJson, format!("The body is not valid JSON: {error}.")),
    })
}

/// A request that is executed once, however often it is sent: its `Idempotency-Key` and its JSON body.
#[derive(Debug)]
pub struct Idempotent<T> {
    key: String,
    route: String,
    body_digest: [u8; 32],
    /// The body.
    pub body: T,
}

impl<T: DeserializeOwned> FromRequest<ServiceState> for Idempotent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServiceState) -> HttpResult<Self> {
        let key = idempotency_key(request.headers())?;
        let canonical = request.extensions().get().map(|CanonicalPath(path)| path.as_str());
        let route = format!("{} {}", request.method(), canonical.unwrap_or_else(|| request.uri().path()));
        let bytes = body(request, state).await?;
        Ok(Self { key, route, body_digest: Sha256::digest(&bytes).into(), body: parse(&bytes)? })
    }
}

/// The body of a call that needs none: empty, or any JSON.
pub type NoBody = Option<serde::de::IgnoredAny>;

impl<T> Idempotent<T> {
    /// The identity under which the response is stored: the key in the scope of caller, account and route.
    pub fn identity(&self, caller: &str, account: &str) -> RequestIdentity {
        let scope = IdempotencyScope {
            caller: caller.to_owned(),
            account: account.to_owned(),
            route: self.route.clone(),
            key: self.key.clone(),
        };
        RequestIdentity { scope, body_digest: self.body_digest, service_key: None }
    }
}

fn idempotency_key(headers: &HeaderMap) -> HttpResult<String> {
    let Some(value) = headers.get("Idempotency-Key") else {
        return Err(ApiError::new(
            ProblemKind::IdempotencyKeyRequired,
            "Send the header Idempotency-Key with a fresh random value, such as a UUID, so that this is done only once.",
        ));
    };
    match value.to_str() {
        Ok(key) if (1..=KEY_CHARS_MAX).contains(&key.trim().len()) => Ok(key.trim().to_owned()),
        _ => Err(ApiError::new(
            ProblemKind::IdempotencyKeyInvalid,
            format!("The Idempotency-Key must be 1 to {KEY_CHARS_MAX} plain characters, such as a UUID."),
        )),
    }
}

/// A reason or note for people, trimmed.
///
/// # Errors
/// `invalid_reason` if it is empty, too long, or of several lines.
pub fn short_text(name: &str, text: &str) -> HttpResult<String> {
    let text = text.trim();
    if (1..=REASON_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        let detail = format!("`{name}` must be 1 to {REASON_CHARS_MAX} characters on one line.");
        Err(ApiError::new(ProblemKind::InvalidReason, detail))
    }
}
