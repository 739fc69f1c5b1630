//! A call from request to response: API key, injected faults, idempotency key, the call itself, `expand[]`.

use super::api::call::{Call, Implementation};
use super::api::error::StripeError;
use super::api::faults::{Fault, Faults};
use super::api::idempotency::{self, IdempotencyKey};
use super::api::keys::ApiKey;
use super::api::list;
use super::api::params::Params;
use super::api::response;
use super::{expand, older_versions};
use crate::records::api_version::{ApiVersion, ApiVersions};
use crate::store::{SharedStore, Store};
use axum::body::Bytes;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::pin::Pin;

type ResponseFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The axum handler of a call.
pub fn handler(
    implementation: Implementation,
) -> impl Fn(State<SharedStore>, RawPathParams, Method, Uri, HeaderMap, Bytes) -> ResponseFuture
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(store), path, method, uri, headers, body| {
        let id = path.iter().next().map(|(_, id)| id.to_owned()).unwrap_or_default();
        let parameters = [uri.query().unwrap_or_default().as_bytes(), &body].join(&b'&');
        let request =
            Request { implementation, id, method, path: uri.path().to_owned(), headers, parameters };
        Box::pin(async move {
            let response = request.respond(&store).unwrap_or_else(StripeError::into_response);
            let (version, now) = (default_version(&store), stripes_clock(&store));
            response::with_standard_headers(&request.headers, &version, now, response)
        })
    }
}

/// The response to a call that the sandbox does not have.
pub async fn not_found(
    State(store): State<SharedStore>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let error = StripeError::unrecognized(method.as_str(), uri.path());
    response::with_standard_headers(
        &headers,
        &default_version(&store),
        Timestamp::now(),
        error.into_response(),
    )
}

/// The version of requests that name none.
fn default_version(store: &SharedStore) -> ApiVersion {
    store.read(|store| ApiVersions::of(&store.records).of_account())
}

/// The real time, or what Stripe's clock says instead.
fn stripes_clock(store: &SharedStore) -> Timestamp {
    let ahead = store.read(|store| Faults::of(&store.records).clock_ahead_s);
    Timestamp::now() + SignedDuration::from_secs(ahead.into())
}

struct Request {
    implementation: Implementation,
    id: String,
    method: Method,
    path: String,
    headers: HeaderMap,
    /// Query and body, encoded as a form.
    parameters: Vec<u8>,
}

impl Request {
    fn respond(&self, store: &SharedStore) -> Result<Response, StripeError> {
        let api_key = store.read(|store| ApiKey::of(&self.headers, &store.records))?;
        api_key.may_call(&self.method, &self.path)?;
        let fault = store.change::<_, StripeError>(|store| Ok(Faults::take(&mut store.records)))?;
        if fault == Some(Fault::RateLimited) {
            return Err(StripeError::rate_limited());
        }
        let key = IdempotencyKey::of(&self.method, &self.headers, &api_key)?;
        store.change(|store| self.execute(store, fault, &api_key, key.as_ref()))
    }

    fn execute(
        &self,
        store: &mut Store,
        fault: Option<Fault>,
        api_key: &ApiKey,
        key: Option<&IdempotencyKey>,
    ) -> Result<Response, StripeError> {
        let fingerprint = idempotency::fingerprint(&self.method, &self.path, &self.parameters);
        if let Some(key) = key
            && let Some(replayed) = key.replay(&store.records, &fingerprint)?
        {
            return Ok(replayed);
        }
        let result = match fault {
            Some(Fault::Error) => Err(StripeError::internal()),
            _ => self.call(store, api_key),
        };
        let (status, body) = match result {
            Ok(object) => (StatusCode::OK, object),
            Err(error) if error.is_outcome() => (error.status, error.body()),
            Err(error) => return Err(error),
        };
        let body = format!("{body:#}");
        if let Some(key) = key {
            key.store(&mut store.records, fingerprint, status, &body);
        }
        Ok(if fault == Some(Fault::HangUp) { response::hang_up() } else { response::json_text(status, body) })
    }

    fn call(&self, store: &mut Store, api_key: &ApiKey) -> Result<Value, StripeError> {
        let version = self.version(store)?;
        let mut params = Params::decode(&self.parameters)?;
        let paths = params.texts("expand")?;
        paths.iter().try_for_each(|path| api_key.may_expand(path))?;
        let mut object = (self.implementation)(store, Call { id: self.id.clone(), params })?;
        for path in &paths {
            expand::expand(store, &mut object, path)?;
        }
        if api_key.is_live() {
            set_live_mode(&mut object);
        }
        list::shorten_embedded(&mut object);
        older_versions::render(store, &mut object, &version);
        Ok(object)
    }

    /// The version that the response has the shape of.
    fn version(&self, store: &Store) -> Result<ApiVersion, StripeError> {
        match self.headers.get("Stripe-Version").and_then(|version| version.to_str().ok()) {
            Some(version) => ApiVersion::try_from(version.to_owned())
                .map_err(|error| StripeError::invalid(error.to_string())),
            None => Ok(ApiVersions::of(&store.records).of_account()),
        }
    }
}

/// Makes an object, and every object inside it, one of live mode.
fn set_live_mode(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            if name == "livemode" {
                *field = true.into();
            } else {
                set_live_mode(field);
            }
        }),
        Value::Array(elements) => elements.iter_mut().for_each(set_live_mode),
        _ => {}
    }
}
