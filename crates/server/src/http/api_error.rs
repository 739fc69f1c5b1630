//! Error responses, as `application/problem+json` (RFC 9457).

use super::problem::ProblemKind;
use crate::base::error_chain::Chain;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use tokenwell_wire::{Problem, Remedy, Tokens};

/// The span of seconds over which the retries of callers that were refused together are spread.
const OVERLOAD_SPREAD_S: u32 = 5;

/// What handlers return.
pub type HttpResult<T = Response> = Result<T, ApiError>;

/// An error response, and what caused it.
#[derive(Debug)]
pub struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: ProblemKind,
    problem: Problem,
    retry_after: Option<RetryAfter>,
    cause: Option<Cause>,
}

/// When the caller may retry. `request_log` draws the pause and writes the header `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter {
    /// The shortest pause, in seconds.
    pub seconds: u32,
    /// How many seconds longer the longest pause is.
    pub spread: u32,
}

/// The error behind the response. It is logged and not sent to the caller.
#[derive(Debug)]
struct Cause {
    line: LogLine,
    error: Box<dyn Error + Send + Sync>,
}

/// The line in the log that the cause of an error response gets (`docs/operating.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLine {
    /// A fault of the service or of the database.
    RequestFailed,
    /// The database does not answer.
    SentAway,
    /// Stripe does not answer.
    CallGivenUp,
    /// Stripe refused a call.
    StripeRefused,
    /// Stripe lacks the price of a plan.
    NoPrice,
    /// Stripe's price of a pack differs from the catalogue's.
    NotSold,
}

impl ApiError {
    /// A problem of this kind; `detail` says what happened this time and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: format!("urn:tokenwell:problem:{}", kind.code()),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            code: kind.code().to_owned(),
            needed: None,
            spendable: None,
            locked: None,
            open: None,
            remedy: None,
        };
        Self(Box::new(Parts { kind, problem, retry_after: None, cause: None }))
    }

    /// The object does not exist, or not for this caller. The response is the same, so ids cannot be probed.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("There is no such {what}."))
    }

    /// The account of this token or id was deleted for good (rule 18).
    pub fn account_deleted() -> Self {
        Self::new(
            ProblemKind::AccountDeleted,
            "This account was deleted for good. Sign in again to start a new one.",
        )
    }

    /// A fault of the service.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ProblemKind::Internal,
            "The service failed to do this. Nothing was changed; try again in a moment.",
        )
        .caused_by(LogLine::RequestFailed, error)
    }

    /// The service has too much to do, and did not begin.
    pub fn overloaded() -> Self {
        Self::new(
            ProblemKind::Overloaded,
            "More is asked of the service than it can do right now. Nothing was begun; send the same request again in a moment.",
        )
        .retry_after(RetryAfter { seconds: 1, spread: OVERLOAD_SPREAD_S - 1 })
    }

    /// A request took too long and was cancelled. Sent again, it continues from what was stored.
    pub fn timed_out() -> Self {
        Self::new(
            ProblemKind::TimedOut,
            "This took too long and was given up. Send the same request again: nothing is done twice.",
        )
        .retry_after(RetryAfter { seconds: 1, spread: OVERLOAD_SPREAD_S - 1 })
    }

    /// Adds `Retry-After` with this number of seconds.
    #[must_use]
    pub fn retry_after_s(self, seconds: u32) -> Self {
        self.retry_after(RetryAfter { seconds, spread: 0 })
    }

    fn retry_after(mut self, retry_after: RetryAfter) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Adds the amounts of a refused spend (rule 3).
    #[must_use]
    pub fn with_amounts(mut self, needed: Tokens, spendable: Tokens, locked: Tokens) -> Self {
        let problem = &mut self.0.problem;
        problem.needed = Some(needed);
        problem.spendable = Some(spendable);
        problem.locked = Some(locked);
        self
    }

    /// Adds the number of open checkouts.
    #[must_use]
    pub fn with_open_checkouts(mut self, open: u32) -> Self {
        self.0.problem.open = Some(open);
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.0.problem.remedy = Some(remedy);
        self
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, line: LogLine, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(Cause { line, error: error.into() });
        self
    }

    /// Its kind.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status()
    }

    /// The body, as it is sent.
    pub fn body(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0.problem).unwrap_or_default()
    }

    /// Writes the cause, if there is one, to the log. Done once, where the error leaves the service.
    pub fn log(&self) {
        let Some(Cause { line, error }) = &self.0.cause else { return };
        let error = Chain(&**error);
        match line {
            LogLine::RequestFailed => tracing::error!(%error, "a request failed"),
            LogLine::SentAway => tracing::warn!(%error, "a request is sent away"),
            LogLine::CallGivenUp => tracing::warn!(%error, "a call was given up"),
            LogLine::StripeRefused => tracing::error!(%error, "Stripe refused a call"),
            LogLine::NotSold => {
                tracing::error!(%error, "a pack is not sold, because its price at Stripe is not the catalogue's");
            }
            LogLine::NoPrice => {
                tracing::error!(%error, "Stripe has no active price with this lookup key: add it in the dashboard");
            }
        }
    }
}

impl Display for ApiError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.code(), self.0.problem.detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let mut response = problem_response(self.status(), self.body());
        if let Some(retry_after) = self.0.retry_after {
            response.extensions_mut().insert(retry_after);
        }
        let challenge = match self.0.kind {
            ProblemKind::MissingToken => "Bearer",
            ProblemKind::InvalidToken => r#"Bearer error="invalid_token""#,
            ProblemKind::ExpiredToken => {
                r#"Bearer error="invalid_token", error_description="The access token expired""#
            }
            _ => return response,
        };
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        response
    }
}

/// A response with the bytes of a problem, new or stored.
pub fn problem_response(status: StatusCode, body: Vec<u8>) -> Response {
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    (status, [content_type], body).into_response()
}
