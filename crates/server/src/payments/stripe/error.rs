//! Why a call to Stripe's API failed, and whether it can be retried.

use super::permissions::{UNNAMED, named_in, without_key};
use reqwest::StatusCode;
use serde::Deserialize;
use std::time::Duration;

/// Why a call to Stripe's API failed.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// Stripe cannot be reached, or fails.
    #[error("Stripe does not answer")]
    Outage(#[source] Outage),
    /// Too many calls, or too many at once on one object.
    #[error("Stripe takes no such call for now: {message}")]
    RateLimited {
        /// Stripe's message.
        message: String,
        /// The pause that Stripe requests.
        retry_after: Option<Duration>,
    },
    /// The secret key is wrong or expired.
    #[error("Stripe does not accept --stripe-secret-key: {0}")]
    Authentication(String),
    /// The secret key is restricted and lacks a permission for this.
    #[error("--stripe-secret-key lacks the permission {}: {message}", permission.as_deref().unwrap_or(UNNAMED))]
    Forbidden {
        /// The permission, if Stripe names it.
        permission: Option<String>,
        /// Stripe's message, without the key.
        message: String,
    },
    /// There is no such object.
    #[error("Stripe has no such object: {0}")]
    NotFound(String),
    /// The card was declined.
    #[error("the card was declined ({code}): {message}")]
    Card {
        /// Such as `card_declined`.
        code: String,
        /// Stripe's message.
        message: String,
    },
    /// The call is wrong, or not possible in the object's present state.
    #[error("Stripe refused ({status}): {message}")]
    Request {
        /// The HTTP status.
        status: u16,
        /// Stripe's code, such as `resource_missing`.
        code: Option<String>,
        /// The parameter that is wrong, such as `customer`.
        param: Option<String>,
        /// Stripe's message.
        message: String,
    },
    /// The call succeeded, but its response does not have the expected form.
    #[error("Stripe's response cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// How Stripe fails.
#[derive(Debug, thiserror::Error)]
pub enum Outage {
    /// There is no response.
    #[error("it cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The response is a fault of Stripe's.
    #[error("it answered {status}: {message}")]
    Fault {
        /// The HTTP status.
        status: StatusCode,
        /// Stripe's message.
        message: String,
    },
}

impl StripeError {
    /// Whether the same call may succeed later: nothing is wrong with the call itself.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Outage(_) | Self::RateLimited { .. } | Self::Authentication(_) | Self::Forbidden { .. }
        )
    }

    /// Whether the object that a parameter names does not exist, or not in this mode.
    pub fn is_missing(&self, parameter: &str) -> bool {
        matches!(self, Self::Request { code: Some(code), param: Some(param), .. }
            if code == "resource_missing" && param == parameter)
    }

    /// Whether Stripe refuses the value of a parameter, such as an invalid e-mail address.
    pub fn refuses(&self, parameter: &str) -> bool {
        let Self::Request { code, param, .. } = self else { return false };
        match param {
            Some(param) => param == parameter,
            None => code.as_deref().is_some_and(|code| code.starts_with(&format!("{parameter}_"))),
        }
    }
}

/// The body of an error response.
#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Detail,
}

#[derive(Debug, Default, Deserialize)]
struct Detail {
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

/// The headers of a response that control retries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryHints {
    /// `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// `Idempotent-Replayed`: Stripe has stored this response under the key.
    pub is_replayed: bool,
}

/// How a failed call may be retried.
#[derive(Debug)]
pub enum Retry {
    /// The same call may succeed under the same key.
    SameKey(StripeError),
    /// Stripe stored a fault of its own under this key and replays it for a day: only another key can succeed.
    OtherKey(StripeError),
    /// A retry cannot succeed.
    Never(StripeError),
}

impl Retry {
    /// Why the call failed.
    pub fn error(&self) -> &StripeError {
        match self {
            Self::SameKey(error) | Self::OtherKey(error) | Self::Never(error) => error,
        }
    }
}

/// Reads an error response.
pub fn read_error(status: StatusCode, hints: RetryHints, body: &[u8]) -> Retry {
    let Detail { code, param, message } = serde_json::from_slice::<Body>(body).unwrap_or_default().error;
    let message = message.unwrap_or_else(|| "without a reason".to_owned());
    let is_fault = status.is_server_error();
    let is_temporary = is_fault || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    let error = match status {
        // A conflict: another call works on the same object, or under the same key.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT => {
            StripeError::RateLimited { message, retry_after: hints.retry_after }
        }
        StatusCode::UNAUTHORIZED => StripeError::Authentication(without_key(&message)),
        StatusCode::FORBIDDEN => {
            StripeError::Forbidden { permission: named_in(&message), message: without_key(&message) }
        }
        StatusCode::NOT_FOUND => StripeError::NotFound(message),
        StatusCode::PAYMENT_REQUIRED => StripeError::Card { code: code.unwrap_or_default(), message },
        _ if is_fault => StripeError::Outage(Outage::Fault { status, message }),
        _ => StripeError::Request { status: status.as_u16(), code, param, message },
    };
    match (hints.should_retry, is_temporary) {
        _ if is_fault && hints.is_replayed => Retry::OtherKey(error),
        (Some(true), _) | (None, true) => Retry::SameKey(error),
        (Some(false), _) | (None, false) => Retry::Never(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How each response is read: the first two words of the result.
    fn table(rows: &[(u16, RetryHints, &str, &str)]) {
        for (status, hints, body, expected) in rows {
            let retry = read_error(StatusCode::from_u16(*status).unwrap(), *hints, body.as_bytes());
            let shown = format!("{retry:?}");
            let words: Vec<&str> =
                shown.split(['(', ' ', '{']).filter(|word| !word.is_empty()).take(2).collect();
            assert_eq!(words.join(" "), *expected, "{status} {hints:?} {body}");
        }
    }

    #[test]
    fn only_temporary_errors_are_retried() {
        let plain = RetryHints::default();
        let yes = RetryHints { should_retry: Some(true), ..plain };
        let no = RetryHints { should_retry: Some(false), ..plain };
        let replayed = RetryHints { is_replayed: true, ..plain };
        table(&[
            (400, plain, r#"{"error":{"type":"invalid_request_error","message":"No"}}"#, "Never Request"),
            (400, plain, r#"{"error":{"type":"idempotency_error"}}"#, "Never Request"),
            (400, yes, "{}", "SameKey Request"),
            (401, plain, "{}", "Never Authentication"),
            (402, plain, r#"{"error":{"code":"card_declined"}}"#, "Never Card"),
            (402, replayed, r#"{"error":{"code":"card_declined"}}"#, "Never Card"),
            (403, plain, "{}", "Never Forbidden"),
            (404, plain, "{}", "Never NotFound"),
            (409, plain, r#"{"error":{"code":"lock_timeout"}}"#, "SameKey RateLimited"),
            (409, no, "{}", "Never RateLimited"),
            (429, plain, r#"{"error":{"code":"rate_limit"}}"#, "SameKey RateLimited"),
            (429, no, "{}", "Never RateLimited"),
            (500, plain, "{}", "SameKey Outage"),
            (500, no, "{}", "Never Outage"),
            (500, replayed, "{}", "OtherKey Outage"),
            (500, RetryHints { should_retry: Some(false), ..replayed }, "{}", "OtherKey Outage"),
            (502, plain, "<html>Bad gateway</html>", "SameKey Outage"),
            (503, yes, "", "SameKey Outage"),
        ]);
    }
}
