//! The issuer's signing key, and the tokens that it signs and verifies.

use crate::random;
use crate::records::table::{Kind, Records};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The audience of access tokens.
pub const AUDIENCE: &str = "tokenwell";

/// How long an access token from a sign-in is valid.
pub const SIGN_IN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// How long an access token from `POST /sandbox/users` is valid.
pub const TEST_USER_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// For how long after its expiry an access token is still accepted.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// Signs with ES256 and the key in the records.
pub struct Signer {
    key: SigningKey,
    jwk: Value,
    kid: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The private key as it is recorded, in hexadecimal.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    scalar: String,
}

/// The recorded signing key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It is not hexadecimal.
    #[error("the signing key in it is damaged: {0}")]
    Hex(#[from] hex::FromHexError),
    /// It is not a private key of the curve.
    #[error("the signing key in it is damaged: {0}")]
    Key(#[from] p256::ecdsa::Error),
    /// Its public key has no coordinates.
    #[error("the signing key in it is damaged: its public key is the point at infinity")]
    PublicKey,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SigningError(#[from] serde_json::Error);

const KIND: Kind = "signing_key";

impl Signer {
    /// A signer with the key in the records; creates and records one if there is none.
    pub fn from_records(records: &mut Records) -> Result<Self, SigningKeyError> {
        let stored = records.read::<StoredKey>(KIND, "es256").unwrap_or_else(|| {
            let stored = StoredKey { scalar: hex::encode(new_scalar()) };
            records.write(KIND, "es256", &stored);
            stored
        });
        Self::from_scalar(&stored.scalar)
    }

    fn from_scalar(scalar: &str) -> Result<Self, SigningKeyError> {
        let key = SigningKey::from_slice(&hex::decode(scalar)?)?;
        let point = key.verifying_key().to_sec1_point(false);
        let (Some(x), Some(y)) = (point.x(), point.y()) else { return Err(SigningKeyError::PublicKey) };
        let (x, y) = (BASE64.encode(x), BASE64.encode(y));
        // The thumbprint of RFC 7638: these members in this order, without white space.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = BASE64.encode(Sha256::digest(members));
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": kid });
        Ok(Self { key, jwk, kid })
    }

    /// The public key, as a JWK.
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// The claims of an access token; `None` unless it is valid.
    pub fn verify(&self, issuer: &str, token: &str) -> Option<Map<String, Value>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        self.key.verifying_key().verify(signed.as_bytes(), &signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        let claims: Map<String, Value> = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
        let is_valid = claims.get("iss")? == issuer
            && claims.get("exp")?.as_i64()? + LEEWAY.as_secs() > Timestamp::now().as_second();
        is_valid.then_some(claims)
    }

    /// A token in the compact form of RFC 7515.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, SigningError> {
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": self.kid });
        let [header, claims] = [serde_json::to_vec(&header)?, serde_json::to_vec(claims)?];
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
    }
}

/// A random private key. About one number in 2^32 is not a private key and is drawn again.
fn new_scalar() -> [u8; 32] {
    loop {
        let scalar = random::bytes::<32>();
        if SigningKey::from_slice(&scalar).is_ok() {
            return scalar;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_its_issuer_until_it_expires() {
        let signer = Signer::from_records(&mut Records::in_memory()).unwrap();
        let now = Timestamp::now().as_second();
        let token = |exp: i64| {
            signer.sign(&json!({ "iss": "http://a/identity", "sub": "user_1", "exp": exp })).unwrap()
        };
        let claims = signer.verify("http://a/identity", &token(now + 10)).unwrap();
        assert_eq!(claims["sub"], "user_1");
        assert!(signer.verify("http://b/identity", &token(now + 10)).is_none());
        assert!(signer.verify("http://a/identity", &token(now - 600)).is_none());
    }

    #[test]
    fn the_same_records_give_the_same_key() {
        let mut records = Records::in_memory();
        let (one, two) =
            (Signer::from_records(&mut records).unwrap(), Signer::from_records(&mut records).unwrap());
        assert_eq!(one.kid, two.kid);
        assert_ne!(one.kid, Signer::from_records(&mut Records::in_memory()).unwrap().kid);
    }
}
