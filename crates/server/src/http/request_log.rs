//! Every request has an id, which is in its response and its log lines. The response is counted, and gets its `Retry-After`.

use super::api_error::RetryAfter;
use super::state::Http;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

/// The header with the id, in requests and responses. A problem's body has no id, because it may be stored and replayed.
const REQUEST_ID: &str = "X-Request-Id";
/// The maximum length of an id from a caller.
const ID_CHARS_MAX: usize = 64;

/// Handles a request under its id.
pub async fn log_request(State(http): State<Arc<Http>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", id, %method, route, service_key = Empty);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    http.metrics.answered(&method, &route, status, took);
    span.in_scope(|| tracing::debug!(status, took_ms = took.as_millis(), "answered"));
    if let Some(RetryAfter { seconds, spread }) = response.extensions_mut().remove() {
        // A random pause spreads the retries of callers that were refused together.
        let pause = seconds + http.random.random_u32() % (spread + 1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(pause));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id from the caller or a proxy, if it may be written to a log, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let fits = |id: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(plain)
    };
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(fits);
    given.map_or_else(|| Uuid::new_v4().to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        let of = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(id).unwrap());
            request_id(&headers)
        };
        assert_eq!(of("proxy-7f.3_A"), "proxy-7f.3_A");
        for id in ["", "two words", "x=\"y\"", "ä", &"a".repeat(ID_CHARS_MAX + 1)] {
            assert_eq!(of(id).len(), 36, "{id}");
        }
    }
}
