//! Every error answer, as `application/problem+json` (RFC 9457): the kinds in one table, and how they become answers.

use crate::base::outgoing::chance;
use crate::payments::stripe::StripeError;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fmt::{self, Display, Formatter};
use tokenwell_wire::{Problem, Remedy, Tokens};

/// Over how many seconds those who were sent away are spread when they come back.
const OVERLOAD_SPREAD_S: u32 = 5;

/// The kinds of problem: status, code for programs, title for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    MissingToken,
    InvalidToken,
    ExpiredToken,
    AccountDeleted,
    IssuerUnreachable,
    NotFound,
    MethodNotAllowed,
    MalformedJson,
    InvalidBody,
    InvalidParameter,
    BodyTooLarge,
    IdempotencyKeyRequired,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    UnknownPack,
    InvalidQuantity,
    UnknownPlan,
    InvalidAmount,
    InvalidReason,
    InvalidTtl,
    ConfirmationRequired,
    SubscriptionRequired,
    DisputeOpen,
    AlreadyPaid,
    AlreadySubscribed,
    NoSubscription,
    InsufficientTokens,
    HoldEnded,
    CommitExceedsHold,
    CorrectionBelowZero,
    FactRefused,
    AlreadyResolved,
    BalanceTooLarge,
    PaymentProviderUnavailable,
    PaymentProviderRefused,
    InvalidSignature,
    Overloaded,
    RateLimited,
    TimedOut,
    BodyTooSlow,
    Unavailable,
    Internal,
}

impl Kind {
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::MissingToken => (S::UNAUTHORIZED, "missing_token", "Sign-in is missing"),
            Self::InvalidToken => (S::UNAUTHORIZED, "invalid_token", "Sign-in is not valid"),
            Self::ExpiredToken => (S::UNAUTHORIZED, "expired_token", "Sign-in has expired"),
            Self::AccountDeleted => (S::GONE, "account_deleted", "The account was deleted"),
            Self::IssuerUnreachable => {
                (S::SERVICE_UNAVAILABLE, "issuer_unreachable", "Sign-in cannot be checked")
            }
            Self::NotFound => (S::NOT_FOUND, "not_found", "Not found"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed"),
            Self::MalformedJson => (S::BAD_REQUEST, "malformed_json", "The body is not JSON"),
            Self::InvalidBody => (S::UNPROCESSABLE_ENTITY, "invalid_body", "The body does not fit"),
            Self::InvalidParameter => (S::BAD_REQUEST, "invalid_parameter", "A parameter does not fit"),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
            Self::IdempotencyKeyRequired => {
                (S::BAD_REQUEST, "idempotency_key_required", "Idempotency-Key is missing")
            }
            Self::IdempotencyKeyInvalid => {
                (S::BAD_REQUEST, "idempotency_key_invalid", "Idempotency-Key does not fit")
            }
            Self::IdempotencyKeyReused => {
                (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency-Key was used otherwise")
            }
            Self::UnknownPack => (S::UNPROCESSABLE_ENTITY, "unknown_pack", "No such pack"),
            Self::InvalidQuantity => {
                (S::UNPROCESSABLE_ENTITY, "invalid_quantity", "The quantity does not fit")
            }
            Self::UnknownPlan => (S::UNPROCESSABLE_ENTITY, "unknown_plan", "No such plan"),
            Self::InvalidAmount => (S::UNPROCESSABLE_ENTITY, "invalid_amount", "The amount does not fit"),
            Self::InvalidReason => (S::UNPROCESSABLE_ENTITY, "invalid_reason", "The reason does not fit"),
            Self::InvalidTtl => (S::UNPROCESSABLE_ENTITY, "invalid_ttl", "The life of the hold does not fit"),
            Self::ConfirmationRequired => {
                (S::UNPROCESSABLE_ENTITY, "confirmation_required", "Deletion is not confirmed")
            }
            Self::SubscriptionRequired => (S::FORBIDDEN, "subscription_required", "A paid plan is needed"),
            Self::DisputeOpen => (S::FORBIDDEN, "dispute_open", "A payment is disputed"),
            Self::AlreadyPaid => (S::CONFLICT, "already_paid", "Already paid"),
            Self::AlreadySubscribed => (S::CONFLICT, "already_subscribed", "Already subscribed"),
            Self::NoSubscription => (S::CONFLICT, "no_subscription", "There is no subscription"),
            Self::InsufficientTokens => (S::PAYMENT_REQUIRED, "insufficient_tokens", "Not enough tokens"),
            Self::HoldEnded => (S::CONFLICT, "hold_ended", "The hold has ended"),
            Self::CommitExceedsHold => {
                (S::UNPROCESSABLE_ENTITY, "commit_exceeds_hold", "More than is on hold")
            }
            Self::CorrectionBelowZero => {
                (S::UNPROCESSABLE_ENTITY, "correction_below_zero", "More than there is")
            }
            Self::FactRefused => (S::CONFLICT, "fact_refused", "What Stripe says does not fit"),
            Self::AlreadyResolved => (S::CONFLICT, "already_resolved", "Already resolved"),
            Self::BalanceTooLarge => {
                (S::UNPROCESSABLE_ENTITY, "balance_too_large", "The balance would be too large")
            }
            Self::PaymentProviderUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "payment_provider_unavailable",
                "The payment provider does not answer",
            ),
            Self::PaymentProviderRefused => {
                (S::BAD_GATEWAY, "payment_provider_unavailable", "The payment provider refused")
            }
            Self::InvalidSignature => (S::BAD_REQUEST, "invalid_signature", "The signature does not fit"),
            Self::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "Too much at once"),
            Self::RateLimited => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Self::TimedOut => (S::SERVICE_UNAVAILABLE, "timed_out", "It took too long"),
            Self::BodyTooSlow => (S::REQUEST_TIMEOUT, "body_too_slow", "The body came too slowly"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "The service is not ready"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong here"),
        }
    }
}

/// A request that ends in an error answer.
#[derive(Debug, Clone)]
pub struct Failure {
    problem: Box<Problem>,
    retry_after_s: Option<u32>,
}

/// What handlers return.
pub type Answer<T = Response> = Result<T, Failure>;

impl Failure {
    /// A problem of this kind; `detail` says what happened this time and what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (status, code, title) = kind.row();
        let problem = Problem {
            kind: format!("urn:tokenwell:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            needed: None,
            spendable: None,
            locked: None,
            remedy: None,
        };
        Self { problem: Box::new(problem), retry_after_s: None }
    }

    /// The object does not exist, or not for this caller: the two are never told apart.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}."))
    }

    /// The account this token or id belonged to is gone for good (rule 18).
    pub fn account_deleted() -> Self {
        Self::new(
            Kind::AccountDeleted,
            "This account was deleted for good. Sign in again to start a new one.",
        )
    }

    /// A fault of ours: logged here with its cause chain, and told without it.
    pub fn internal(error: impl Display) -> Self {
        tracing::error!(error = %format_args!("{error:#}"), "a request failed");
        Self::new(
            Kind::Internal,
            "The service failed to do this. Nothing was changed; try again in a moment.",
        )
    }

    /// More is asked for than can be done now. Nothing was begun; those who are sent away together are asked to come back
    /// one after the other.
    pub fn overloaded() -> Self {
        Self::new(
            Kind::Overloaded,
            "More is asked of the service than it can do right now. Nothing was begun; send the same request again in a moment.",
        )
        .retry_after_s(1 + chance() % OVERLOAD_SPREAD_S)
    }

    /// A request was given up in the middle: what was done of it is found when it is sent again.
    pub fn timed_out() -> Self {
        Self::new(
            Kind::TimedOut,
            "This took too long and was given up. Send the same request again: nothing is done twice.",
        )
        .retry_after_s(1 + chance() % OVERLOAD_SPREAD_S)
    }

    /// Asks the caller to come back.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds the figures of a refused spend (rule 3).
    #[must_use]
    pub fn with_figures(mut self, needed: Tokens, spendable: Tokens, locked: Tokens) -> Self {
        self.problem.needed = Some(needed);
        self.problem.spendable = Some(spendable);
        self.problem.locked = Some(locked);
        self
    }

    /// Adds the one thing that would help.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.problem.remedy = Some(remedy);
        self
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.problem.code == kind.row().1
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        &self.problem.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body, as it is sent.
    pub fn body(&self) -> Vec<u8> {
        serde_json::to_vec(&self.problem).unwrap_or_default()
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.problem.code, self.problem.detail)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = problem_response(status, self.body());
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = match self.problem.code.as_str() {
                "missing_token" => HeaderValue::from_static("Bearer"),
                "expired_token" => HeaderValue::from_static(
                    r#"Bearer error="invalid_token", error_description="The access token expired""#,
                ),
                _ => HeaderValue::from_static(r#"Bearer error="invalid_token""#),
            };
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// A problem's bytes as an answer; also used to replay one that was stored.
pub fn problem_response(status: StatusCode, body: Vec<u8>) -> Response {
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    (status, [content_type], body).into_response()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(
                Kind::Unavailable,
                "Too much is happening to this account at once. Try again in a moment.",
            )
            .retry_after_s(1),
            StoreError::Overloaded => Self::overloaded(),
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "a request is sent away");
                Self::new(
                    Kind::Unavailable,
                    "The database does not answer right now. Send the same request again in a moment: nothing is done twice.",
                )
                .retry_after_s(2)
            }
            StoreError::Failed(_) => Self::internal(anyhow::Error::from(error)),
        }
    }
}

impl From<StripeError> for Failure {
    fn from(error: StripeError) -> Self {
        let away = || {
            let detail =
                "The payment provider does not answer right now. Nothing was charged; try again in a moment.";
            Self::new(Kind::PaymentProviderUnavailable, detail)
        };
        match &error {
            StripeError::Outage(_) => {
                tracing::warn!(%error, "a call was given up");
                away().retry_after_s(5)
            }
            StripeError::RateLimited { retry_after, .. } => {
                tracing::warn!(%error, "a call was given up");
                let asked = retry_after.and_then(|asked| u32::try_from(asked.as_secs()).ok());
                away().retry_after_s(asked.unwrap_or_default().max(5))
            }
            StripeError::Authentication(_)
            | StripeError::NotFound(_)
            | StripeError::Card { .. }
            | StripeError::Request { .. } => {
                tracing::error!(%error, "Stripe refused a call");
                let detail = "The payment provider refused this. Nothing was charged; if it stays so, the operator has to look.";
                Self::new(Kind::PaymentProviderRefused, detail).retry_after_s(60)
            }
        }
    }
}
