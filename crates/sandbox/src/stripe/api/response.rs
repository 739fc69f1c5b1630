//! Responses and the headers that Stripe adds to each of them.

use crate::random;
use crate::records::api_version::ApiVersion;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

/// A response with JSON that is already written out.
pub fn json_text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A response that closes the connection before its first byte, because its body fails at once.
pub fn hang_up() -> Response {
    let failing = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hang up")) });
    Body::from_stream(failing).into_response()
}

/// Adds the headers that every response has. `default` is the version of requests that name none, `now` the time by Stripe's
/// clock.
pub fn with_standard_headers(
    request: &HeaderMap,
    default: &ApiVersion,
    now: Timestamp,
    mut response: Response,
) -> Response {
    let version = request.get("Stripe-Version").cloned().or_else(|| default.to_string().try_into().ok());
    let unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if let Some(version) = version {
        headers.insert("Stripe-Version", version);
    }
    if let Ok(request_id) = HeaderValue::from_str(&random::id("req")) {
        headers.insert("Request-Id", request_id);
    }
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        headers.insert(header::DATE, date);
    }
    if let Some(key) = request.get("Idempotency-Key") {
        headers.insert("Idempotency-Key", key.clone());
    }
    if unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Stripe\""));
    }
    response
}
