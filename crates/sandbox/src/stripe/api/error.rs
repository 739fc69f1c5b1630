//! Stripe's error responses.

use crate::error_chain::error_chain;
use crate::store::{NoSuchObject, WriteError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error response: the status and the `error` object.
#[derive(Debug, Clone, PartialEq)]
pub struct StripeError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The value of `error` in the body.
    pub error: Value,
}

impl StripeError {
    fn new(status: StatusCode, error_type: &str, message: impl Into<String>) -> Self {
        Self { status, error: json!({ "type": error_type, "message": message.into() }) }
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

    /// The request is not valid.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The value of a parameter is not valid.
    pub fn invalid_param(param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).param(param)
    }

    /// The value of a parameter is not valid, for which Stripe has an error code.
    pub fn invalid_code(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).code(code).param(param)
    }

    /// A required parameter is missing.
    pub fn missing(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    }

    /// The call has no such parameter.
    pub fn unknown(param: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {param}")).code("parameter_unknown").param(param)
    }

    /// There is no such object: 404 if the path contains its id (`param` is `id`), 400 if a parameter does.
    pub fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let error = Self::invalid(format!("No such {kind}: '{id}'")).code("resource_missing").param(param);
        if param == "id" { Self { status: StatusCode::NOT_FOUND, ..error } } else { error }
    }

    /// There is no call with this path.
    pub fn unrecognized(method: &str, path: &str) -> Self {
        let message =
            format!("Unrecognized request URL ({method}: {path}). The sandbox does not have this call.");
        Self { status: StatusCode::NOT_FOUND, ..Self::invalid(message) }
    }

    /// The state of the object does not allow the call.
    pub fn state(code: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).code(code)
    }

    /// The card was declined.
    pub fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut error = Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", message).code(code);
        if let Some(decline_code) = decline_code {
            error.error["decline_code"] = decline_code.into();
        }
        error
    }

    /// The API key is missing or is no test key.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
    }

    /// The API key has expired.
    pub fn expired_key(masked: &str) -> Self {
        Self::unauthorized(format!("Expired API Key provided: {masked}")).code("api_key_expired")
    }

    /// The restricted API key lacks a permission.
    pub fn forbidden(masked: &str, permission: &str) -> Self {
        let message = format!(
            "The provided key '{masked}' does not have the required permissions for this endpoint on account \
             'acct_sandbox'. Having the '{permission}' permission would allow this request to continue."
        );
        Self::new(StatusCode::FORBIDDEN, "invalid_request_error", message)
    }

    /// Too many calls.
    pub fn rate_limited() -> Self {
        let message = "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "invalid_request_error", message).code("rate_limit")
    }

    /// The call failed at Stripe's end.
    pub fn internal() -> Self {
        let message = "An unknown error occurred while the sandbox worked on your request.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    /// The idempotency key was used for another request.
    pub fn idempotency(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", message)
    }

    /// Whether the call had an outcome that is committed and stored under the idempotency key: a declined payment or a
    /// failure at Stripe's end. Any other error leaves store and key unchanged.
    pub fn is_outcome(&self) -> bool {
        self.status == StatusCode::PAYMENT_REQUIRED || self.status.is_server_error()
    }

    /// The message.
    pub fn message(&self) -> &str {
        self.error["message"].as_str().unwrap_or_default()
    }

    /// The body of the response.
    pub fn body(&self) -> Value {
        json!({ "error": self.error })
    }
}

impl From<NoSuchObject> for StripeError {
    fn from(missing: NoSuchObject) -> Self {
        Self::no_such(&missing.kind, &missing.id, "id")
    }
}

impl From<WriteError> for StripeError {
    fn from(error: WriteError) -> Self {
        tracing::error!(error = error_chain(&error), "a request failed");
        Self::internal()
    }
}

impl IntoResponse for StripeError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(self.body())).into_response()
    }
}
