//! The platform's back ends.

use super::bearer::{bearer, not_signed_in};
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use crate::http::state::ServiceState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// A call by one of the platform's back ends.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Names the caller without revealing its key. Idempotency keys are scoped to it.
    pub caller: String,
}

impl FromRequestParts<ServiceState> for Platform {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        let http = &state.http;
        let Some(caller) = http.service_keys.caller(bearer(&parts.headers)?) else {
            let failure = ApiError::new(
                ProblemKind::InvalidToken,
                "This is not a service key. Send one that the service was started with (--service-key).",
            );
            return Err(not_signed_in(http, parts, failure));
        };
        http.rates.service_key(&caller).inspect_err(|_| http.metrics.turned_away("service_key_rate"))?;
        Ok(Self { caller })
    }
}
