//! Users: their access token and their account.

use super::bearer::{bearer, not_signed_in};
use super::issuer::Verified;
use super::keyed_hash::subject_key;
use crate::accounts::{SignIn, SignedIn};
use crate::http::admission::Lane;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::state::{Http, ServiceState};
use crate::store::{AccountRecord, SubjectKey};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;

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
        let token = bearer(&parts.headers)?;
        let verified = match http.issuer.verify(token).await {
            Ok(verified) => verified,
            Err(failure) => return Err(not_signed_in(http, parts, failure)),
        };
        let key = |issuer: &str| subject_key(&http.subject_secret, issuer, &verified.subject);
        let subject = key(&verified.issuer);
        within_rates(http, subject, parts.extensions.get())?;
        let former: Vec<_> = http.issuer.settings().former_issuers.iter().map(|issuer| key(issuer)).collect();
        let Verified { email, issued_at, .. } = &verified;
        let sign_in = SignIn { subject, former: &former, email: email.as_ref(), issued_at: *issued_at };
        let SignedIn { mut account, is_new } = state.accounts.sign_in(sign_in).await?;
        if is_new
            && email.is_none()
            && let Some(email) = http.issuer.email(token, &verified).await
        {
            account = state.accounts.store_email(account, &email).await?;
        }
        Ok(Self { account, token_issued_at: verified.issued_at, token_expires_at: verified.expires_at })
    }
}

fn within_rates(http: &Http, subject: SubjectKey, lane: Option<&Lane>) -> HttpResult<()> {
    http.rates.user(subject).inspect_err(|_| http.metrics.turned_away("user_rate"))?;
    if lane == Some(&Lane::Checkouts) {
        http.rates.checkout(subject).inspect_err(|_| http.metrics.turned_away("checkout_rate"))?;
    }
    Ok(())
}
