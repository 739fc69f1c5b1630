//! Who is calling: a user with an access token of the OpenID Connect issuer, or one of the platform's own back ends
//! with a service key. Callers are known before anything of the request is looked at.

mod issuer;
mod platform;
mod ring_provider;
mod user;

pub use issuer::{Issuer, Verified};
pub use platform::{Platform, ServiceKeys};
pub use user::User;

use crate::App;
use crate::problem::{Answer, Failure, Kind};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// What a sign-in that failed is answered: in the end, that it was tried too often. A token that has merely expired is
/// not counted: its app has to be told, to get another.
fn not_signed_in(app: &App, parts: &Parts, failure: Failure) -> Failure {
    if !failure.is(Kind::InvalidToken) {
        return failure;
    }
    match app.rates.failed_sign_in(parts) {
        Ok(()) => failure,
        Err(too_often) => {
            app.metrics.turned_away("sign_in_failures");
            too_often
        }
    }
}

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
