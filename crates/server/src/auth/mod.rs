//! Who is calling: a user with an access token of the OpenID Connect issuer, or one of the platform's own back ends
//! with a service key. Callers are known before anything of the request is looked at.

mod issuer;
mod platform;
mod user;

pub use issuer::{Issuer, Verified};
pub use platform::{Platform, ServiceKeys};
pub use user::User;

use crate::problem::{Answer, Failure, Kind};
use axum::http::{HeaderMap, header};

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Answer<&str> {
    let missing = || {
        Failure::new(
            Kind::MissingToken,
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
