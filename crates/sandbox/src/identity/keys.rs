//! The issuer's signing key and the tokens that it signs.

use crate::id;
use crate::records::{Kind, Records};
use crate::users::User;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The audience of access tokens.
pub const AUDIENCE: &str = "tokenwell";

/// How long an access token of a sign-in lives.
pub const SIGN_IN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// How long an access token of `POST /sandbox/users` lives.
pub const GIVEN_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How much later than at its expiry an access token is still accepted.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// Signs with ES256 and a key that stays the same as long as the records do.
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

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer.
    pub iss: String,
    /// The user's id.
    pub sub: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// The user's e-mail address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it expires, in seconds.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    email: &'a str,
    email_verified: bool,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    auth_time: i64,
    iat: i64,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    scalar: String,
}

const KIND: Kind = "signing_key";

impl Signer {
    /// The key of these records; a fresh one, kept there, if they have none.
    pub fn of(records: &mut Records) -> Result<Self, String> {
        let stored = records.read::<Stored>(KIND, "es256").unwrap_or_else(|| {
            let stored = Stored { scalar: hex::encode(fresh_scalar()) };
            records.write(KIND, "es256", &stored);
            stored
        });
        Self::from_scalar(&stored.scalar).ok_or_else(|| "the signing key in it is damaged".to_owned())
    }

    fn from_scalar(scalar: &str) -> Option<Self> {
        let key = SigningKey::from_slice(&hex::decode(scalar).ok()?).ok()?;
        let point = key.verifying_key().to_sec1_point(false);
        let (x, y) = (BASE64.encode(point.x()?), BASE64.encode(point.y()?));
        // Its RFC 7638 thumbprint: these members in this order, without white space.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = BASE64.encode(Sha256::digest(members));
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": kid });
        Some(Self { key, jwk, kid })
    }

    /// The public half, as a JWK set.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// An access token of a user's.
    pub fn access_token(
        &self,
        issuer: &str,
        user: &User,
        now: Timestamp,
        life: SignedDuration,
    ) -> Option<String> {
        self.sign(&AccessClaims {
            iss: issuer.to_owned(),
            sub: user.id.clone(),
            aud: AUDIENCE.to_owned(),
            email: user.email.clone(),
            name: user.name.clone(),
            iat: now.as_second(),
            exp: (now + life).as_second(),
            jti: id::letters(24),
        })
    }

    /// An ID token for a client.
    pub fn id_token(
        &self,
        issuer: &str,
        user: &User,
        client: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Option<String> {
        self.sign(&IdClaims {
            iss: issuer,
            sub: &user.id,
            aud: client,
            email: &user.email,
            email_verified: true,
            name: &user.name,
            nonce,
            auth_time: now.as_second(),
            iat: now.as_second(),
            exp: (now + SIGN_IN_LIFE).as_second(),
        })
    }

    /// What a valid access token of ours says.
    pub fn read_access_token(&self, issuer: &str, token: &str) -> Option<AccessClaims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        self.key.verifying_key().verify(signed.as_bytes(), &signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        let claims: AccessClaims = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
        let valid = claims.iss == issuer
            && claims.aud == AUDIENCE
            && claims.exp + LEEWAY.as_secs() > Timestamp::now().as_second();
        valid.then_some(claims)
    }

    /// A token in the compact form of RFC 7515.
    fn sign<T: Serialize>(&self, claims: &T) -> Option<String> {
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": self.kid });
        let [header, claims] = [serde_json::to_vec(&header), serde_json::to_vec(claims)];
        let signed = format!("{}.{}", BASE64.encode(header.ok()?), BASE64.encode(claims.ok()?));
        let signature: Signature = self.key.sign(signed.as_bytes());
        Some(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
    }
}

/// A number that is a private key; about one in 2^32 is not, and another is drawn.
fn fresh_scalar() -> [u8; 32] {
    loop {
        let scalar = id::bytes::<32>();
        if SigningKey::from_slice(&scalar).is_ok() {
            return scalar;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> User {
        User { id: "user_1".to_owned(), email: "ada@example.com".to_owned(), name: "Ada".to_owned() }
    }

    #[test]
    fn a_token_is_good_for_its_issuer_until_it_expires() {
        let signer = Signer::of(&mut Records::in_memory()).unwrap();
        let now = Timestamp::now();
        let token = signer.access_token("http://a/identity", &ada(), now, GIVEN_LIFE).unwrap();
        let claims = signer.read_access_token("http://a/identity", &token).unwrap();
        assert_eq!((claims.sub.as_str(), claims.email.as_str()), ("user_1", "ada@example.com"));
        assert_eq!(claims.exp - claims.iat, 24 * 3600);
        assert!(signer.read_access_token("http://b/identity", &token).is_none());
        let old = signer.access_token("http://a/identity", &ada(), now - GIVEN_LIFE, SIGN_IN_LIFE).unwrap();
        assert!(signer.read_access_token("http://a/identity", &old).is_none());
    }

    #[test]
    fn the_key_stays_the_same_as_long_as_the_records_do() {
        let mut records = Records::in_memory();
        let (one, two) = (Signer::of(&mut records).unwrap(), Signer::of(&mut records).unwrap());
        assert_eq!(one.kid, two.kid);
        assert_ne!(one.kid, Signer::of(&mut Records::in_memory()).unwrap().kid);
    }
}
