//! What handlers take from a request besides its caller: JSON bodies, idempotency keys, pages of lists. Every refusal
//! says what was wrong and what to do.

use crate::App;
use crate::problem::{Answer, Failure, Kind};
use crate::store::{IdempotencyRecord, IdempotencyScope, StoredResponse};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// The most characters of a reason or note.
const REASON_CHARS_MAX: usize = 500;
/// The most characters of an idempotency key.
const KEY_CHARS_MAX: usize = 255;
/// How long the body of a request may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The most that a list shows on one page, and what it shows unless asked.
const PAGE_MAX: u32 = 200;
const PAGE: u32 = 50;

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        parse(&body(request, app).await?).map(Self)
    }
}

async fn body(request: Request, app: &Arc<App>) -> Answer<Bytes> {
    in_time(app, Bytes::from_request(request, app)).await?.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Failure::new(Kind::BodyTooLarge, "The body is larger than this call can need.")
        } else {
            Failure::new(Kind::MalformedJson, "The body ended early. Send it again.")
        }
    })
}

/// Waits for a body, but not for one that trickles in.
///
/// # Errors
/// `body_too_slow`.
pub async fn in_time<T>(app: &App, body: impl Future<Output = T>) -> Answer<T> {
    tokio::time::timeout(BODY_TIMEOUT, body).await.map_err(|_| {
        app.metrics.turned_away("body_too_slow");
        let limit = BODY_TIMEOUT.as_secs();
        Failure::new(Kind::BodyTooSlow, format!("The body did not come within {limit} s. Send it again."))
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    if body.is_empty()
        && let Ok(nothing) = serde_json::from_slice(b"null")
    {
        return Ok(nothing);
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Failure::new(Kind::InvalidBody, format!("The body does not fit: {error}."))
        }
        _ if body.is_empty() => Failure::new(Kind::MalformedJson, "The body is empty. Send a JSON object."),
        _ => Failure::new(Kind::MalformedJson, format!("The body is not valid JSON: {error}.")),
    })
}

/// A changing call that is done once however often it is sent: its `Idempotency-Key` and its JSON body.
#[derive(Debug)]
pub struct Once<T> {
    key: String,
    route: String,
    digest: [u8; 32],
    /// The body.
    pub body: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Once<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let key = idempotency_key(request.headers())?;
        let route = format!("{} {}", request.method(), request.uri().path());
        let bytes = body(request, app).await?;
        Ok(Self { key, route, digest: Sha256::digest(&bytes).into(), body: parse(&bytes)? })
    }
}

/// The body of a call that has nothing to say: empty, or whatever JSON.
pub type NoBody = Option<serde::de::IgnoredAny>;

impl<T> Once<T> {
    /// What this call is known by: the key is scoped to caller, account and route.
    pub fn identity(&self, caller: &str, account: &str) -> Identity {
        let scope = IdempotencyScope {
            caller: caller.to_owned(),
            account: account.to_owned(),
            route: self.route.clone(),
            key: self.key.clone(),
        };
        Identity { scope, digest: self.digest }
    }
}

/// What a call that is done once is known by, and the digest of its body.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Under what its answer is kept.
    pub scope: IdempotencyScope,
    digest: [u8; 32],
}

impl Identity {
    /// The answer as it is kept; `None` while the work is under way.
    pub fn record(&self, reply: Option<&Reply>, purchase: Option<String>) -> IdempotencyRecord {
        let response =
            reply.map(|reply| StoredResponse { status: reply.status.as_u16(), body: reply.body.clone() });
        IdempotencyRecord { scope: self.scope.clone(), body_digest: self.digest, response, purchase }
    }

    /// The answer that is kept under this key, unless its work is under way.
    ///
    /// # Errors
    /// `idempotency_key_reused` if the body was another.
    pub fn answer_of(&self, kept: &IdempotencyRecord) -> Answer<Option<Reply>> {
        if kept.body_digest == self.digest {
            return Ok(kept.response.clone().map(Reply::kept));
        }
        Err(Failure::new(
            Kind::IdempotencyKeyReused,
            "This Idempotency-Key came with another body before. Use a new key for a new request.",
        ))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Answer<String> {
    let Some(value) = headers.get("Idempotency-Key") else {
        return Err(Failure::new(
            Kind::IdempotencyKeyRequired,
            "Send the header Idempotency-Key with a fresh random value, such as a UUID, so that this is done only once.",
        ));
    };
    match value.to_str() {
        Ok(key) if (1..=KEY_CHARS_MAX).contains(&key.trim().len()) => Ok(key.trim().to_owned()),
        _ => Err(Failure::new(
            Kind::IdempotencyKeyInvalid,
            format!("The Idempotency-Key must be 1 to {KEY_CHARS_MAX} plain characters, such as a UUID."),
        )),
    }
}

/// An answer as the bytes that are kept for replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Answer<Self> {
        let body = serde_json::to_vec(body).map_err(Failure::internal)?;
        Ok(Self { status, body })
    }

    /// A refusal, kept like any other answer.
    pub fn refusal(failure: &Failure) -> Self {
        Self { status: failure.status(), body: failure.body() }
    }

    /// An answer that was kept.
    fn kept(StoredResponse { status, body }: StoredResponse) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        if self.status.is_client_error() || self.status.is_server_error() {
            crate::problem::problem_response(self.status, self.body)
        } else {
            (self.status, [("content-type", "application/json")], self.body).into_response()
        }
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageOf {
    /// Before which place.
    pub before: Option<i64>,
    /// How many.
    pub limit: u32,
}

#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl FromRequestParts<Arc<App>> for PageOf {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Parameters(query) = Parameters::<PageQuery>::from_request_parts(parts, app).await?;
        let limit = match query.limit {
            None => PAGE,
            Some(limit) => {
                limit.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit)).ok_or_else(|| {
                    Failure::new(
                        Kind::InvalidParameter,
                        format!("`limit` must be a number from 1 to {PAGE_MAX}."),
                    )
                })?
            }
        };
        let before = query.cursor.map(|cursor| cursor.parse()).transpose().map_err(|_| {
            Failure::new(Kind::InvalidParameter, "`cursor` must be the `next_cursor` of an earlier page.")
        })?;
        Ok(Self { before, limit })
    }
}

/// The parameters after the question mark.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(Failure::new(
                Kind::InvalidParameter,
                format!("The parameters do not fit: {}.", rejection.body_text()),
            )),
        }
    }
}

/// A reason or note for people: some words, not too many.
pub fn words(name: &str, text: &str) -> Answer<String> {
    let text = text.trim();
    if (1..=REASON_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Failure::new(
            Kind::InvalidReason,
            format!("`{name}` must be 1 to {REASON_CHARS_MAX} characters on one line."),
        ))
    }
}
