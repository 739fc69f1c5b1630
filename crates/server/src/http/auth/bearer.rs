//! The token of a request, and sign-ins that fail.

use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use crate::http::state::Http;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> HttpResult<&str> {
    let missing = || {
        ApiError::new(
            ProblemKind::MissingToken,
            "The request carries no sign-in. Send the header Authorization: Bearer <token>.",
        )
    };
    let value = headers.get(header::AUTHORIZATION).ok_or_else(missing)?;
    let value = value.to_str().map_err(|_| missing())?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim())
        }
        _ => Err(missing()),
    }
}

/// The response to a sign-in that failed: 429 once the address has sent too many invalid tokens. An expired token is not
/// counted, because its app must get 401 to refresh it.
pub fn not_signed_in(http: &Http, parts: &Parts, failure: ApiError) -> ApiError {
    if failure.kind() != ProblemKind::InvalidToken {
        return failure;
    }
    match http.rates.failed_sign_in(parts) {
        Ok(()) => failure,
        Err(too_many) => {
            http.metrics.turned_away("sign_in_failures");
            too_many
        }
    }
}
