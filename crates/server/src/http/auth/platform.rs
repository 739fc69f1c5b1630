//! The platform's own back ends: known by a service key, compared in constant time.

use super::bearer;
use crate::App;
use crate::http::problem::{Failure, Kind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The service keys, kept as digests.
pub struct ServiceKeys(Vec<[u8; 32]>);

impl ServiceKeys {
    /// Accepts these keys.
    pub fn new(keys: &[SecretString]) -> Self {
        Self(keys.iter().map(|key| digest(key.expose_secret())).collect())
    }

    /// Which caller this key makes, if it is one of ours. Every key is compared, whichever fits.
    fn caller(&self, key: &str) -> Option<Platform> {
        let presented = digest(key);
        let mut fits = subtle::Choice::from(0);
        for known in &self.0 {
            fits |= known.ct_eq(&presented);
        }
        bool::from(fits).then(|| Platform { caller: format!("service:{}", hex::encode(&presented[..8])) })
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// A call by one of the platform's back ends.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Names the caller without telling its key; idempotency keys are scoped to it.
    pub caller: String,
}

impl FromRequestParts<Arc<App>> for Platform {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Some(platform) = app.service_keys.caller(bearer(&parts.headers)?) else {
            let failure = Failure::new(
                Kind::InvalidToken,
                "This is not a service key. Send one that the service was started with (--service-key).",
            );
            return Err(super::not_signed_in(app, parts, failure));
        };
        app.rates
            .service_key(&platform.caller)
            .inspect_err(|_| app.metrics.turned_away("service_key_rate"))?;
        Ok(platform)
    }
}
