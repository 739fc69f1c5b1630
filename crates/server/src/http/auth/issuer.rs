//! Tokens of users, checked against the issuer's published keys: signature, issuer, audience and times.

use super::claims::{self, AHEAD_MAX, Claims, EXPIRY_LEEWAY_S};
use super::keys::{KeySource, Keys, PAUSE_BETWEEN_FETCHES};
use super::oidc::{OidcSettings, SignInToken};
use crate::base::error_chain::Chain;
use crate::base::outgoing::HttpClient;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use crate::store::Email;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, dangerous};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the first sign-in of a user waits for the e-mail address.
const USER_INFO_TIMEOUT: Duration = Duration::from_secs(3);

/// The OpenID Connect issuer where users sign in.
pub struct Issuer {
    oidc: OidcSettings,
    keys: Arc<KeySource>,
    http: HttpClient,
}

/// The claims of a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The issuer.
    pub issuer: String,
    /// The user's id at the issuer.
    pub subject: String,
    /// The user's `sub`, which is the id if no other claim is.
    sub: Option<String>,
    /// The user's e-mail address, if the token has one.
    pub email: Option<Email>,
    /// When the token was issued.
    pub issued_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Issuer {
    /// The issuer of these settings. Nothing is fetched yet.
    pub fn new(oidc: OidcSettings, http: HttpClient) -> Self {
        super::ring_provider::install();
        let keys = KeySource::new(oidc.issuer.clone(), http.clone());
        Self { oidc, keys, http }
    }

    /// How users sign in.
    pub fn settings(&self) -> &OidcSettings {
        &self.oidc
    }

    /// The issuer's name as it writes it itself, or as the operator does while it is unreachable.
    pub async fn name(&self) -> String {
        let keys = self.keys.any().await;
        keys.map_or_else(|| self.keys.name().to_owned(), |keys| keys.discovery.issuer.clone())
    }

    /// Checks a token.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`, or `issuer_unreachable` while the issuer's keys are needed and cannot be fetched.
    pub async fn verify(&self, token: &str) -> HttpResult<Verified> {
        let not_a_token = || invalid("This is not an access token of the issuer.");
        let header = jsonwebtoken::decode_header(token).map_err(|_| not_a_token())?;
        let unverified: Claims = dangerous::insecure_decode_claims(token).map_err(|_| not_a_token())?;
        let now = Timestamp::now();
        // Whoever has signed it: the app needs to know that it has to refresh it, also while the issuer is unreachable.
        if claims::has_expired(&unverified, now) {
            return Err(expired());
        }
        let keys = self.keys_with(header.kid.as_ref(), &unverified, now).await?;
        let key = keys.get(header.kid.as_ref()).ok_or_else(|| {
            invalid("The access token is signed with a key that the issuer does not publish.")
        })?;
        if !key.algorithms.contains(&header.alg) {
            return Err(invalid("The access token is not signed the way the issuer signs."));
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = EXPIRY_LEEWAY_S;
        // The audience is checked below: which claim names it is a setting.
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "iss"]);
        validation.set_issuer(&[&keys.discovery.issuer]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
            .map_err(|error| refused(error.kind()))?
            .claims;
        self.verified(&claims, keys.discovery.issuer.clone(), now)
    }

    /// What the claims say, if they are for this service and now.
    fn verified(&self, claims: &Claims, issuer: String, now: Timestamp) -> HttpResult<Verified> {
        // A list of issuers names none, although the library takes one that has this issuer in it.
        if claims.get("iss").and_then(|name| name.as_str()) != Some(issuer.as_str()) {
            return Err(invalid("The access token is of another issuer."));
        }
        if !claims::is_for_us(claims, &self.oidc) {
            return Err(invalid("The access token is meant for another service."));
        }
        claims::not_ahead(claims, now).map_err(invalid)?;
        let name = &self.oidc.subject_claim;
        let subject = claims::subject(claims, name)
            .ok_or_else(|| invalid(&format!("The access token lacks `{name}`.")))?;
        let address = claims.get("email").and_then(|address| address.as_str());
        Ok(Verified {
            issuer,
            subject,
            sub: claims::subject(claims, "sub"),
            email: claims::email(address, claims.get("email_verified")),
            issued_at: claims::instant(claims, "iat"),
            expires_at: claims::instant(claims, "exp").unwrap_or(Timestamp::MAX),
        })
    }

    /// Keys with the one of this id. It is missing only from keys that are newer than the token: a key that the issuer has
    /// begun to use since they were fetched is no reason to refuse a token.
    async fn keys_with(
        &self,
        id: Option<&String>,
        unverified: &Claims,
        now: Timestamp,
    ) -> HttpResult<Arc<Keys>> {
        if let Some(keys) = self.keys.with(id) {
            return Ok(keys);
        }
        let keys = self.keys.fresh().await.ok_or_else(unreachable)?;
        let issued_at = claims::instant(unverified, "iat").unwrap_or(now);
        let newest_that_may_lack_it = issued_at.saturating_add(AHEAD_MAX).unwrap_or(now).min(now);
        if keys.get(id).is_some() || keys.date >= newest_that_may_lack_it {
            Ok(keys)
        } else {
            Err(unreachable())
        }
    }

    /// The e-mail address that the issuer has for the user of a token that lacks it.
    pub async fn email(&self, token: &str, verified: &Verified) -> Option<Email> {
        if self.oidc.token != SignInToken::Access {
            return None;
        }
        let keys = self.keys.any().await?;
        let info = match timeout(USER_INFO_TIMEOUT, keys.discovery.user_info(&self.http, token)).await {
            Ok(Ok(info)) => info,
            Ok(Err(error)) => {
                tracing::info!(error = %Chain(&error), "an account has no e-mail address");
                return None;
            }
            Err(_) => {
                tracing::info!("an account has no e-mail address: the issuer does not answer in time");
                return None;
            }
        };
        // Another user's address must not be taken (OpenID Connect Core, section 5.3.2).
        let is_the_users = verified.sub.as_ref() == Some(&info.sub);
        if is_the_users { claims::email(info.email.as_deref(), Some(&info.email_verified)) } else { None }
    }
}

/// What is wrong with a token.
fn invalid(detail: &str) -> ApiError {
    ApiError::new(ProblemKind::InvalidToken, format!("{detail} Sign in again."))
}

/// The token has ended.
fn expired() -> ApiError {
    ApiError::new(ProblemKind::ExpiredToken, "The access token has expired. Refresh it, or sign in again.")
}

fn unreachable() -> ApiError {
    ApiError::new(
        ProblemKind::IssuerUnreachable,
        "The sign-in service does not answer, so your sign-in cannot be checked. Try again in a moment.",
    )
    .retry_after_s(RETRY_AFTER_S)
}

#[expect(clippy::cast_possible_truncation, reason = "some seconds")]
const RETRY_AFTER_S: u32 = PAUSE_BETWEEN_FETCHES.as_secs() as u32;

fn refused(kind: &ErrorKind) -> ApiError {
    match kind {
        ErrorKind::ExpiredSignature => expired(),
        ErrorKind::InvalidIssuer => invalid("The access token is of another issuer."),
        ErrorKind::InvalidSignature => invalid("The access token's signature does not fit."),
        ErrorKind::MissingRequiredClaim(claim) => invalid(&format!("The access token lacks `{claim}`.")),
        _ => invalid("This is not an access token of the issuer."),
    }
}
