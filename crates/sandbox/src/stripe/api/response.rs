//! Responses and the headers that Stripe adds to each of them.

use crate::random;
use crate::records::api_version::ApiVersion;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A response with JSON that is already written out.
pub fn json_text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A response that closes the connection before its first byte, because its body fails at once.
pub fn hang_up() -> Response {
    let failing = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hang up")) });
    Body::from_stream(failing).into_response()
}

/// Adds the headers that depend on the request. `default` is the version of requests that name none.
pub fn with_standard_headers(request: &HeaderMap, default: &ApiVersion, mut response: Response) -> Response {
    let version = request.get("Stripe-Version").cloned().or_else(|| default.to_string().try_into().ok());
    let unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if let Some(version) = version {
        headers.insert("Stripe-Version", version);
    }
    if let Ok(request_id) = HeaderValue::from_str(&random::id("req")) {
        headers.insert("Request-Id", request_id);
    }
    if let Some(key) = request.get("Idempotency-Key") {
        headers.insert("Idempotency-Key", key.clone());
    }
    if unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Stripe\""));
    }
    response
}
