//! The platform's back ends.

use super::bearer::{bearer, not_signed_in};
use super::scope::Scope;
use super::service_keys::Caller;
use crate::accounts::RequestIdentity;
use crate::base::spelling::Spelled;
use crate::http::access::Access;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use crate::http::request_body::Idempotent;
use crate::http::state::ServiceState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// A call by one of the platform's back ends, whose key has the scope that the route needs.
#[derive(Debug, Clone)]
pub struct Platform {
    caller: Caller,
}

impl Platform {
    /// The identity of a call on an account. Entries carry the name of the key.
    pub fn identity<T>(&self, call: &Idempotent<T>, account: &str) -> RequestIdentity {
        let Caller { id, name, .. } = &self.caller;
        RequestIdentity { service_key: name.clone(), ..call.identity(id, account) }
    }
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
        let name = caller.name.as_ref().unwrap_or(&caller.id);
        tracing::Span::current().record("service_key", name);
        http.rates.service_key(&caller.id).inspect_err(|_| http.metrics.turned_away("service_key_rate"))?;
        match parts.extensions.get() {
            Some(Access::Platform(needed)) if caller.scopes.contains(needed) => {
                Ok(Self { caller: caller.clone() })
            }
            Some(Access::Platform(needed)) => Err(insufficient(*needed)),
            // The table of routes says that the route is somebody else's.
            _ => Err(ApiError::new(ProblemKind::InsufficientScope, "This is not a call for service keys.")),
        }
    }
}

fn insufficient(needed: Scope) -> ApiError {
    let detail = format!(
        "This service key lacks the scope `{}`. Use a key that has it, or add it to the key's scopes (--service-key).",
        needed.spelling()
    );
    ApiError::new(ProblemKind::InsufficientScope, detail)
}
