//! Why a call of Stripe's API gave nothing, and what its answer says about trying again.

use reqwest::StatusCode;
use serde::Deserialize;
use std::time::Duration;

/// Why a call of Stripe's API gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// Stripe cannot be reached or is broken.
    #[error("Stripe does not answer: {0}")]
    Outage(String),
    /// Too many calls, or too many at once on one object.
    #[error("Stripe takes no such call for now: {message}")]
    RateLimited {
        /// Stripe's words.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The secret key is wrong, expired, or not allowed to do this.
    #[error("Stripe does not accept --stripe-secret-key for this: {0}")]
    Authentication(String),
    /// There is no such object.
    #[error("Stripe has no such object: {0}")]
    NotFound(String),
    /// The card was declined.
    #[error("the card was declined ({code}): {message}")]
    Card {
        /// Such as `card_declined`.
        code: String,
        /// Stripe's words.
        message: String,
    },
    /// The call makes no sense to Stripe as it is, or not in the object's present state.
    #[error("Stripe refused ({status}): {message}")]
    Request {
        /// The HTTP status.
        status: u16,
        /// Stripe's code, such as `resource_missing`.
        code: Option<String>,
        /// Stripe's words.
        message: String,
    },
}

impl StripeError {
    /// Whether the same call may succeed later: nothing is wrong with the call itself.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Outage(_) | Self::RateLimited { .. } | Self::Authentication(_))
    }
}

/// The body of an answer that is no success.
#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Detail,
}

#[derive(Debug, Default, Deserialize)]
struct Detail {
    code: Option<String>,
    message: Option<String>,
}

/// What the headers of an answer say about trying again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// `Idempotent-Replayed`: this is the answer that was kept under the key.
    pub replayed: bool,
}

/// What to do after an answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The same call, under the same key, may succeed.
    Again(StripeError),
    /// Stripe keeps a fault of its own under this key and replays it for a day: only another key can succeed.
    OtherKey(StripeError),
    /// Nothing more.
    GiveUp(StripeError),
}

/// Reads an answer that is no success.
pub fn next(status: StatusCode, hints: Hints, body: &[u8]) -> Next {
    let Detail { code, message } = serde_json::from_slice::<Body>(body).unwrap_or_default().error;
    let message = message.unwrap_or_else(|| "without a reason".to_owned());
    let is_fault = status.is_server_error();
    let may_pass = is_fault || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    let error = match status {
        // A conflict: another call is at work on the same object, or under the same key.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT => {
            StripeError::RateLimited { message, retry_after: hints.retry_after }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StripeError::Authentication(message),
        StatusCode::NOT_FOUND => StripeError::NotFound(message),
        StatusCode::PAYMENT_REQUIRED => StripeError::Card { code: code.unwrap_or_default(), message },
        _ if is_fault => StripeError::Outage(format!("it answered {status}: {message}")),
        _ => StripeError::Request { status: status.as_u16(), code, message },
    };
    match (hints.should_retry, may_pass) {
        _ if is_fault && hints.replayed => Next::OtherKey(error),
        (Some(true), _) | (None, true) => Next::Again(error),
        (Some(false), _) | (None, false) => Next::GiveUp(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of error and what is done, each by its first word.
    fn table(rows: &[(u16, Hints, &str, &str)]) {
        for (status, hints, body, expected) in rows {
            let next = next(StatusCode::from_u16(*status).unwrap(), *hints, body.as_bytes());
            let told = format!("{next:?}");
            let words: Vec<&str> =
                told.split(['(', ' ', '{']).filter(|word| !word.is_empty()).take(2).collect();
            assert_eq!(words.join(" "), *expected, "{status} {hints:?} {body}");
        }
    }

    #[test]
    fn errors_are_told_apart_and_only_what_may_pass_is_tried_again() {
        let plain = Hints::default();
        let yes = Hints { should_retry: Some(true), ..plain };
        let no = Hints { should_retry: Some(false), ..plain };
        let replayed = Hints { replayed: true, ..plain };
        table(&[
            (400, plain, r#"{"error":{"type":"invalid_request_error","message":"No"}}"#, "GiveUp Request"),
            (400, plain, r#"{"error":{"type":"idempotency_error"}}"#, "GiveUp Request"),
            (400, yes, "{}", "Again Request"),
            (401, plain, "{}", "GiveUp Authentication"),
            (402, plain, r#"{"error":{"code":"card_declined"}}"#, "GiveUp Card"),
            (402, replayed, r#"{"error":{"code":"card_declined"}}"#, "GiveUp Card"),
            (403, plain, "{}", "GiveUp Authentication"),
            (404, plain, "{}", "GiveUp NotFound"),
            (409, plain, r#"{"error":{"code":"lock_timeout"}}"#, "Again RateLimited"),
            (409, no, "{}", "GiveUp RateLimited"),
            (429, plain, r#"{"error":{"code":"rate_limit"}}"#, "Again RateLimited"),
            (429, no, "{}", "GiveUp RateLimited"),
            (500, plain, "{}", "Again Outage"),
            (500, no, "{}", "GiveUp Outage"),
            (500, replayed, "{}", "OtherKey Outage"),
            (500, Hints { should_retry: Some(false), ..replayed }, "{}", "OtherKey Outage"),
            (502, plain, "<html>Bad gateway</html>", "Again Outage"),
            (503, yes, "", "Again Outage"),
        ]);
    }
}
