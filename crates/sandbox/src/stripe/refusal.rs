//! Stripe's error shapes, all in one place.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that Stripe's API refuses: status and the `error` object.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// What stands under `error`.
    pub error: Value,
}

impl Refusal {
    fn new(status: StatusCode, kind: &str, message: impl Into<String>) -> Self {
        Self { status, error: json!({ "type": kind, "message": message.into() }) }
    }

    fn code(mut self, code: &str) -> Self {
        self.error["code"] = code.into();
        self.error["doc_url"] =
            format!("https://docs.stripe.com/error-codes/{}", code.replace('_', "-")).into();
        self
    }

    fn param(mut self, param: &str) -> Self {
        self.error["param"] = param.into();
        self
    }

    /// What was asked makes no sense as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The value of one parameter makes no sense.
    pub fn invalid_param(param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).param(param)
    }

    /// The value of one parameter makes no sense, with a code of Stripe's for it.
    pub fn invalid_code(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).code(code).param(param)
    }

    /// Something that has to be given was not.
    pub fn missing(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    }

    /// Something was given that this call does not know.
    pub fn unknown(param: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {param}")).code("parameter_unknown").param(param)
    }

    /// There is no such object: 404 if the address named it, 400 if a parameter did.
    pub fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let refusal = Self::invalid(format!("No such {kind}: '{id}'")).code("resource_missing").param(param);
        if param == "id" { Self { status: StatusCode::NOT_FOUND, ..refusal } } else { refusal }
    }

    /// No API call lives at this address.
    pub fn unrecognized(method: &str, path: &str) -> Self {
        let message =
            format!("Unrecognized request URL ({method}: {path}). The sandbox does not have this call.");
        Self { status: StatusCode::NOT_FOUND, ..Self::invalid(message) }
    }

    /// The object is in a state that does not allow it.
    pub fn state(code: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).code(code)
    }

    /// The card was declined.
    pub fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut refusal = Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", message).code(code);
        if let Some(decline_code) = decline_code {
            refusal.error["decline_code"] = decline_code.into();
        }
        refusal
    }

    /// No API key, or one that is not a test key.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
    }

    /// Too many calls.
    pub fn rate_limited() -> Self {
        let message = "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "invalid_request_error", message).code("rate_limit")
    }

    /// Something went wrong on Stripe's side.
    pub fn internal() -> Self {
        let message = "An unknown error occurred while the sandbox worked on your request.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    /// The idempotency key was used with something else.
    pub fn idempotency(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", message)
    }

    /// What it says, in words.
    pub fn message(&self) -> &str {
        self.error["message"].as_str().unwrap_or_default()
    }

    /// The body that Stripe answers with.
    pub fn body(&self) -> Value {
        json!({ "error": self.error })
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "could not write to the data folder; nothing was changed");
        Self::internal()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, axum::Json(self.body())).into_response()
    }
}
