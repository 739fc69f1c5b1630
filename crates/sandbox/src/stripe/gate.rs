//! What every call of Stripe's API passes: the API key, injected faults, the idempotency key, `expand[]`.

use super::expand;
use super::params::Params;
use super::refusal::Refusal;
use crate::books::{API_VERSION, Books};
use crate::id;
use crate::records::{Kind, Records};
use crate::time;
use crate::world::World;
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::pin::Pin;

/// What a call was asked.
#[derive(Debug)]
pub struct Call {
    /// The id in its address, if it has one.
    pub id: String,
    /// Its parameters, without `expand[]`.
    pub params: Params,
}

/// A call: the object that it answers with, or the refusal.
pub type Handler = fn(&mut Books, Call) -> Result<Value, Refusal>;

/// The next calls of Stripe's API that go wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// How many answer 500 and do nothing.
    pub errors: u32,
    /// How many do the work and hang up without an answer.
    pub timeouts_after_work: u32,
    /// How many answer 429 and do nothing.
    pub rate_limited: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    RateLimited,
    Error,
    HangUp,
}

impl Faults {
    const KIND: Kind = "faults";

    /// What is set to go wrong.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "next").unwrap_or_default()
    }

    /// Makes the next calls go wrong like this.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "next", self);
    }

    fn take(records: &mut Records) -> Option<Fault> {
        let mut faults = Self::of(records);
        let fault = [
            (&mut faults.rate_limited, Fault::RateLimited),
            (&mut faults.errors, Fault::Error),
            (&mut faults.timeouts_after_work, Fault::HangUp),
        ]
        .into_iter()
        .find_map(|(left, fault)| {
            *left = left.checked_sub(1)?;
            Some(fault)
        })?;
        faults.set(records);
        Some(fault)
    }
}

/// What was answered under an idempotency key.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    at: Timestamp,
    fingerprint: String,
    status: u16,
    body: String,
}

impl Answered {
    const KIND: Kind = "idempotency";
}

/// How long Stripe keeps an idempotency key at least.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Forgets the idempotency keys that Stripe would have forgotten.
pub fn forget_old_keys(records: &mut Records) {
    let oldest = time::real_now() - KEY_LIFE;
    let all = records.read_all::<Answered>(Answered::KIND);
    let old: Vec<String> = all.filter(|(_, it)| it.at < oldest).map(|(key, _)| key.to_owned()).collect();
    for key in old {
        records.remove(Answered::KIND, &key);
    }
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A call as an axum handler.
pub fn call(
    handler: Handler,
) -> impl Fn(State<World>, RawPathParams, Method, Uri, HeaderMap, Bytes) -> Answer + Clone + Send + Sync + 'static
{
    move |State(world), path, method, uri, headers, body| {
        let id = path.iter().next().map(|(_, id)| id.to_owned()).unwrap_or_default();
        Box::pin(async move { serve(&world, handler, id, &method, &uri, &headers, &body) })
    }
}

/// What answers for the calls that the sandbox does not have.
pub async fn unknown(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let refusal = Refusal::unrecognized(method.as_str(), uri.path());
    finish(&headers, refusal.into_response())
}

fn serve(
    world: &World,
    handler: Handler,
    id: String,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let answer = api_key(headers).and_then(|api_key| {
        let fault = world.change::<_, Refusal>(|books| Ok(Faults::take(&mut books.records)))?;
        if fault == Some(Fault::RateLimited) {
            return Err(Refusal::rate_limited());
        }
        let encoded = [uri.query().unwrap_or_default().as_bytes(), body].join(&b'&');
        let key = idempotency_key(method, headers, &api_key)?;
        let fingerprint = hex::encode(Sha256::digest(
            [method.as_str().as_bytes(), uri.path().as_bytes(), &encoded].join(&0),
        ));
        world.change(|books| {
            if let Some(key) = &key
                && let Some(answered) = books.records.read::<Answered>(Answered::KIND, key)
            {
                return replay(answered, &fingerprint, headers);
            }
            let result = match fault {
                Some(Fault::Error) => Err(Refusal::internal()),
                _ => work(books, handler, id, &encoded),
            };
            // A declined payment and a failure on Stripe's side are outcomes of the work: kept and replayed. Any other
            // refusal came before it, and leaves everything, the key included, as it was.
            let (status, body) = match result {
                Ok(object) => (StatusCode::OK, object),
                Err(refusal) if outcome(refusal.status) => (refusal.status, refusal.body()),
                Err(refusal) => return Err(refusal),
            };
            let body = format!("{body:#}");
            if let Some(key) = &key {
                let answered = Answered {
                    at: time::real_now(),
                    fingerprint,
                    status: status.as_u16(),
                    body: body.clone(),
                };
                books.records.write(Answered::KIND, key, &answered);
            }
            Ok(if fault == Some(Fault::HangUp) { hang_up() } else { json_text(status, body) })
        })
    });
    let mut response = finish(headers, answer.unwrap_or_else(Refusal::into_response));
    if response.status() == StatusCode::UNAUTHORIZED {
        let realm = HeaderValue::from_static("Basic realm=\"Stripe\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}

fn work(books: &mut Books, handler: Handler, id: String, encoded: &[u8]) -> Result<Value, Refusal> {
    let mut params = Params::decode(encoded)?;
    let expand = params.texts("expand")?;
    let mut object = handler(books, Call { id, params })?;
    for path in &expand {
        expand::expand(books, &mut object, path)?;
    }
    Ok(object)
}

fn outcome(status: StatusCode) -> bool {
    status == StatusCode::PAYMENT_REQUIRED || status.is_server_error()
}

/// Any test key will do, as Bearer or as the user of Basic.
fn api_key(headers: &HeaderMap) -> Result<String, Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = match given.split_once(' ') {
        Some(("Bearer" | "bearer", key)) => key.trim().to_owned(),
        Some(("Basic" | "basic", encoded)) => basic_user(encoded.trim()).unwrap_or_default(),
        _ => {
            return Err(Refusal::unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using \
                 Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            ));
        }
    };
    if key.starts_with("sk_test_") || key.starts_with("rk_test_") {
        Ok(key)
    } else {
        let start: String = key.chars().take(8).collect();
        Err(Refusal::unauthorized(format!(
            "Invalid API Key provided: {start}***. The sandbox takes any key that starts with sk_test_."
        )))
    }
}

fn basic_user(encoded: &str) -> Option<String> {
    use base64::Engine as _;
    let decoded = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split(':').next().map(str::to_owned)
}

/// The scope of an idempotency key is the API key; GET and DELETE are idempotent by themselves.
fn idempotency_key(method: &Method, headers: &HeaderMap, api_key: &str) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get("Idempotency-Key").filter(|_| method == Method::POST) else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or_default();
    match key.len() {
        0 => Err(Refusal::invalid("The Idempotency-Key header is empty or not plain text.")),
        1..=255 => Ok(Some(hex::encode(Sha256::digest(format!("{api_key}\n{key}"))))),
        _ => Err(Refusal::invalid("Idempotency keys can have up to 255 characters.")),
    }
}

fn replay(answered: Answered, fingerprint: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    if answered.fingerprint != fingerprint {
        let key = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()).unwrap_or_default();
        return Err(Refusal::idempotency(format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using \
             a key other than '{key}' if you meant to execute a different request."
        )));
    }
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_text(status, answered.body);
    response.headers_mut().insert("Idempotent-Replayed", HeaderValue::from_static("true"));
    Ok(response)
}

fn json_text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An answer that ends the connection before its first byte: a body that fails at once.
fn hang_up() -> Response {
    let failing = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hang up")) });
    Body::from_stream(failing).into_response()
}

fn finish(headers: &HeaderMap, mut response: Response) -> Response {
    let version = headers.get("Stripe-Version").cloned().unwrap_or(HeaderValue::from_static(API_VERSION));
    response.headers_mut().insert("Stripe-Version", version);
    if let Ok(request_id) = HeaderValue::from_str(&id::fresh("req")) {
        response.headers_mut().insert("Request-Id", request_id);
    }
    if let Some(key) = headers.get("Idempotency-Key") {
        response.headers_mut().insert("Idempotency-Key", key.clone());
    }
    response
}
