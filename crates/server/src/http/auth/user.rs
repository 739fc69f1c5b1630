//! Users: their access token and their account.

use super::bearer::{bearer, not_signed_in};
use super::issuer::Verified;
use crate::accounts::SignIn;
use crate::http::admission::Lane;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::state::{Http, ServiceState};
use crate::store::{AccountRecord, SubjectKey};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// A call by a user.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's account, as it was when the request arrived.
    pub account: AccountRecord,
    /// When the access token was issued, if it says so.
    pub token_issued_at: Option<Timestamp>,
    /// When it expires.
    pub token_expires_at: Timestamp,
}

impl FromRequestParts<ServiceState> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> HttpResult<Self> {
        let http = &state.http;
        let verified = match http.issuer.verify(bearer(&parts.headers)?).await {
            Ok(verified) => verified,
            Err(failure) => return Err(not_signed_in(http, parts, failure)),
        };
        let subject = subject_key(&http.subject_secret, &verified);
        within_rates(http, subject, parts.extensions.get())?;
        let Verified { email, issued_at, expires_at, .. } = verified;
        let account = state.accounts.sign_in(SignIn { subject, email: email.as_deref(), issued_at }).await?;
        Ok(Self { account, token_issued_at: issued_at, token_expires_at: expires_at })
    }
}

fn within_rates(http: &Http, subject: SubjectKey, lane: Option<&Lane>) -> HttpResult<()> {
    http.rates.user(subject).inspect_err(|_| http.metrics.turned_away("user_rate"))?;
    if lane == Some(&Lane::Checkouts) {
        http.rates.checkout(subject).inspect_err(|_| http.metrics.turned_away("checkout_rate"))?;
    }
    Ok(())
}

/// The keyed hash of `sub`, which is all that is stored of it (rule 18).
fn subject_key(secret: &[u8], verified: &Verified) -> SubjectKey {
    // HMAC takes a key of any length, so this never falls back.
    let digest = Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| {
            mac.chain_update(&verified.issuer).chain_update([0]).chain_update(&verified.subject).finalize()
        })
        .map(|digest| digest.into_bytes().into())
        .unwrap_or_default();
    SubjectKey(digest)
}
