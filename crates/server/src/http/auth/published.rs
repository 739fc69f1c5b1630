//! What the issuer publishes: its discovery document and its keys; and what it says about a user. These are read here, and
//! fetched by `documents.rs`.

use crate::base::web_address::is_protected;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use url::Url;

/// What an issuer says about itself (OpenID Connect Discovery).
#[derive(Debug, Clone, Deserialize)]
pub struct Discovery {
    /// The issuer as it names itself. `iss` is the same text.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where it says something about a user.
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// Everything else, which only the check reads: an issuer whose document has a mistake there still works.
    #[serde(flatten)]
    further: Map<String, Value>,
}

/// What an issuer says about a user.
#[derive(Debug, Clone, Deserialize)]
pub struct UserInfo {
    /// Whom it is about.
    pub sub: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the address is the user's.
    #[serde(default)]
    pub email_verified: Value,
}

impl Discovery {
    /// Whether it is the document of the issuer with this name. A `/` at the end of a name makes no difference.
    pub fn is_of(&self, name: &str) -> bool {
        self.issuer.trim_end_matches('/') == name.trim_end_matches('/')
    }

    /// A list of words, such as `scopes_supported`; `None` if the issuer does not say.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.further.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// Whether an address such as `token_endpoint` is encrypted, or is missing where it may be.
    pub fn is_protected(&self, name: &str) -> bool {
        let address = self.further.get(name).and_then(Value::as_str);
        address.is_some_and(|address| Url::parse(address).is_ok_and(|url| is_protected(&url)))
    }
}

/// The keys of an issuer, as it publishes them.
#[derive(Debug, Deserialize)]
pub struct PublishedKeys {
    keys: Vec<Value>,
}

impl PublishedKeys {
    /// The keys that sign tokens, by their ids. Issuers may publish keys of kinds that nobody here knows.
    pub fn usable(self) -> HashMap<Option<String>, Key> {
        let read = self.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        read.filter_map(|jwk| Some((jwk.common.key_id.clone(), key(&jwk)?))).collect()
    }
}

/// A key, and the algorithms that it may sign with.
pub struct Key {
    /// The key.
    pub key: DecodingKey,
    /// What it may sign with.
    pub algorithms: Vec<Algorithm>,
}

/// A key for signatures. Only public-key signatures are allowed: never `none`, never a shared secret.
fn key(jwk: &Jwk) -> Option<Key> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
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
