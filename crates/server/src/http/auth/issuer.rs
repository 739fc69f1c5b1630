//! Access tokens, checked against the issuer's published keys: signature, `iss`, `aud` and `exp`.
//!
//! The issuer is discovered with the first token, not at the start: the service runs while the issuer is unreachable, and
//! returns 503 to users until it is reachable again.

use crate::base::error_chain::Chain;
use crate::base::outgoing::HttpClient;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, RwLock};
use url::Url;

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY_S: u64 = 5;
/// Keys are fetched again after this time, so that a key that the issuer has revoked stops working here too.
const KEYS_KEPT: Duration = Duration::from_hours(1);
/// The minimum pause between fetches, however many tokens name unknown keys.
const PAUSE_BETWEEN_FETCHES: Duration = Duration::from_secs(5);
/// The minimum pause between fetches while no key is known and nobody can sign in.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(1);

/// The OpenID Connect issuer where users sign in.
pub struct Issuer {
    address: Url,
    audience: String,
    http: HttpClient,
    keys: RwLock<Option<Arc<Keys>>>,
    /// When the last fetch began. Locked during a fetch, so that there is one at a time.
    fetched: Mutex<Option<Instant>>,
}

struct Keys {
    /// The issuer as it names itself. `iss` must be the same text.
    issuer: String,
    by_id: HashMap<Option<String>, Key>,
    fetched: Instant,
}

struct Key {
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

/// The claims of a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The issuer.
    pub issuer: String,
    /// The user's id at the issuer.
    pub subject: String,
    /// The user's e-mail address, if the token has one.
    pub email: Option<String>,
    /// When the token was issued.
    pub issued_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    email: Option<String>,
    iat: Option<f64>,
    exp: f64,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Why the issuer's keys are not known.
#[derive(Debug, thiserror::Error)]
enum Unreachable {
    #[error("the issuer does not answer")]
    Http(#[from] reqwest::Error),
    #[error("the issuer at {expected} calls itself {found}")]
    OtherIssuer { expected: String, found: String },
    #[error("the issuer's keys were fetched a moment ago")]
    FetchedRecently,
}

impl Issuer {
    /// The issuer at `address`, whose tokens for `audience` are accepted. Nothing is fetched yet.
    pub fn new(address: Url, audience: String, http: HttpClient) -> Self {
        super::ring_provider::install();
        Self { address, audience, http, keys: RwLock::new(None), fetched: Mutex::new(None) }
    }

    /// The issuer's address, as it is published to the app.
    pub fn address(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// Checks an access token.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`, or `issuer_unreachable` while the issuer's keys cannot be fetched.
    pub async fn verify(&self, token: &str) -> HttpResult<Verified> {
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| invalid("This is not an access token of the issuer."))?;
        let keys = self.keys_with(header.kid.as_ref()).await?;
        let key = keys.by_id.get(&header.kid).ok_or_else(|| {
            invalid("The access token is signed with a key that the issuer does not publish.")
        })?;
        if !key.algorithms.contains(&header.alg) {
            return Err(invalid("The access token is not signed the way the issuer signs."));
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&keys.issuer]);
        validation.set_audience(&[&self.audience]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => ApiError::new(
                    ProblemKind::ExpiredToken,
                    "The access token has expired. Refresh it, or sign in again.",
                ),
                ErrorKind::InvalidIssuer => invalid("The access token is of another issuer."),
                ErrorKind::InvalidAudience => invalid("The access token is meant for another service."),
                ErrorKind::ImmatureSignature => invalid("The access token is not valid yet."),
                ErrorKind::InvalidSignature => invalid("The access token's signature does not fit."),
                ErrorKind::MissingRequiredClaim(claim) => {
                    invalid(&format!("The access token lacks `{claim}`."))
                }
                _ => invalid("This is not an access token of the issuer."),
            })?
            .claims;
        Ok(Verified {
            issuer: keys.issuer.clone(),
            subject: claims.sub,
            email: claims.email.filter(|email| !email.is_empty()),
            issued_at: claims.iat.and_then(timestamp),
            expires_at: timestamp(claims.exp).unwrap_or(Timestamp::MAX),
        })
    }

    /// The issuer's keys; fetched when there are none, when they are old, or when `id` is not among them.
    async fn keys_with(&self, id: Option<&String>) -> HttpResult<Arc<Keys>> {
        let fits = |keys: &Keys| keys.fetched.elapsed() < KEYS_KEPT && keys.by_id.contains_key(&id.cloned());
        if let Some(keys) = self.keys.read().await.clone()
            && fits(&keys)
        {
            return Ok(keys);
        }
        let mut fetched = self.fetched.lock().await;
        // Another call may have fetched them while this one waited for the lock.
        let known = self.keys.read().await.clone();
        if let Some(keys) = &known
            && fits(keys)
        {
            return Ok(Arc::clone(keys));
        }
        let pause = if known.is_some() { PAUSE_BETWEEN_FETCHES } else { PAUSE_WITHOUT_KEYS };
        let fetched_recently = fetched.is_some_and(|at| at.elapsed() < pause);
        let result = if fetched_recently { Err(Unreachable::FetchedRecently) } else { self.fetch().await };
        if !fetched_recently {
            *fetched = Some(Instant::now());
        }
        match (result, known) {
            (Ok(keys), _) => {
                let keys = Arc::new(keys);
                *self.keys.write().await = Some(Arc::clone(&keys));
                Ok(keys)
            }
            // Known keys stay valid while the issuer is unreachable.
            (Err(_), Some(keys)) => Ok(keys),
            (Err(error), None) => {
                if !fetched_recently {
                    tracing::warn!(issuer = self.address(), error = %Chain(&error), "the issuer's keys cannot be had");
                }
                Err(ApiError::new(
                    ProblemKind::IssuerUnreachable,
                    "The sign-in service does not answer, so your sign-in cannot be checked. Try again in a moment.",
                )
                .retry_after_s(5))
            }
        }
    }

    async fn fetch(&self) -> Result<Keys, Unreachable> {
        let url = format!("{}/.well-known/openid-configuration", self.address());
        let discovery: Discovery = self.get(url).await?.json().await?;
        if discovery.issuer.trim_end_matches('/') != self.address() {
            return Err(Unreachable::OtherIssuer {
                expected: self.address().to_owned(),
                found: discovery.issuer,
            });
        }
        let set: JwkSet = self.get(discovery.jwks_uri).await?.json().await?;
        let by_id =
            set.keys.iter().filter_map(|jwk| Some((jwk.common.key_id.clone(), usable(jwk)?))).collect();
        Ok(Keys { issuer: discovery.issuer, by_id, fetched: Instant::now() })
    }

    async fn get(&self, url: String) -> reqwest::Result<reqwest::Response> {
        let request = self.http.request(reqwest::Method::GET, url);
        self.http.send(request).await?.error_for_status()
    }
}

/// A key, and the algorithms that it may sign with. Only public-key signatures are allowed: never `none`, never a shared secret.
fn usable(jwk: &Jwk) -> Option<Key> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let fitting: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[ES256],
            EllipticCurve::P384 => &[ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(_) => &[EdDSA],
        _ => &[],
    };
    let named = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string());
    let algorithms: Vec<_> = fitting
        .iter()
        .copied()
        .filter(|algorithm| named.as_ref().is_none_or(|named| *named == format!("{algorithm:?}")))
        .collect();
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (!algorithms.is_empty()).then_some(Key { key, algorithms })
}

fn invalid(detail: &str) -> ApiError {
    ApiError::new(ProblemKind::InvalidToken, format!("{detail} Sign in again."))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds since 1970; `Timestamp` refuses values out of range"
)]
fn timestamp(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.floor() as i64).ok()
}
