//! Responses of a service that may be any server: their size and what they ask for are bounded.

use crate::api::unreachable;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use std::{error::Error, time::Duration};
use tokenwell_desktop::failure::{ErrorResponse, Failure};
use tokenwell_wire::Problem;

/// The maximum size of a response in JSON. A page of 200 entries is a hundredth of it.
const JSON_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sends a request and reads its response.
pub(crate) async fn read_json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    json(send(request).await?).await
}

async fn json<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let body = read(response, JSON_BYTES_MAX).await?;
    serde_json::from_slice(&body).map_err(|error| {
        tracing::warn!(error = &error as &dyn Error, "the service's response cannot be read");
        Failure::NotAService
    })
}

/// Sends a request. An error response is a failure.
pub(crate) async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(pause);
    let body = read(response, Problem::BYTES_MAX).await;
    let problem = body.ok().and_then(|body| Problem::read(&body));
    Err(match (status, &problem) {
        (StatusCode::UNAUTHORIZED, _) => Failure::Unauthorized,
        (StatusCode::GONE, Some(problem)) if problem.code == "account_deleted" => Failure::AccountDeleted,
        _ => Failure::Response(ErrorResponse {
            status: status.as_u16(),
            retry_after,
            problem: problem.map(Box::new),
        }),
    })
}

async fn read(response: Response, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let mut parts = Box::pin(parts(response, bytes_max));
    while let Some(part) = parts.next().await {
        body.extend_from_slice(&part?);
    }
    Ok(body)
}

/// The parts of a body. Fails after this many bytes, because a server may send without end.
pub(crate) fn parts(
    response: Response,
    bytes_max: usize,
) -> impl Stream<Item = Result<Bytes, Failure>> + use<> {
    let mut left = bytes_max;
    response.bytes_stream().map_err(|error| unreachable(&error)).map(move |part| {
        let part = part?;
        left = left.checked_sub(part.len()).ok_or_else(|| {
            tracing::warn!("the service's response is longer than {bytes_max} bytes");
            Failure::NotAService
        })?;
        Ok(part)
    })
}

/// The pause of the `Retry-After` header, which has seconds or a date.
pub(crate) fn pause(value: &str) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Duration::try_from(date.duration_since(Timestamp::now())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use reqwest::Body;
    use serde_json::Value;

    fn endless(part: &'static str) -> Response {
        let parts = stream::repeat_with(move || Ok::<_, std::io::Error>(part));
        axum::http::Response::new(Body::wrap_stream(parts)).into()
    }

    #[tokio::test]
    async fn a_response_without_end_is_cut_off() {
        assert_eq!(json::<Value>(endless(" ")).await, Err(Failure::NotAService));
        assert_eq!(read(endless("<h1>"), Problem::BYTES_MAX).await, Err(Failure::NotAService));
        let small = axum::http::Response::new(Body::from("[1]")).into();
        assert_eq!(json::<Value>(small).await, Ok(Value::from(vec![1])));
    }

    #[test]
    fn every_retry_after_is_read_without_overflow() {
        assert_eq!(pause(" 90 "), Some(Duration::from_secs(90)));
        for huge in ["18446744073709551615", "99999999999999999999999999"] {
            assert!(pause(huge) >= Some(Duration::from_secs(u64::MAX)), "{huge}");
        }
        assert!(pause("Fri, 01 Jan 9999 00:00:00 GMT").is_some());
        for none in ["", "-1", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(pause(none), None, "{none}");
        }
    }
}
