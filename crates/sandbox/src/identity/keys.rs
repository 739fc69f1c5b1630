//! The issuer's signing key and the tokens that it signs.

use crate::id;
use crate::records::{Kind, Records};
use crate::users::User;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use p256::pkcs8::EncodePrivateKey;
use serde::{Deserialize, Serialize};

/// The audience of access tokens.
pub const AUDIENCE: &str = "tokenwell";

/// How long an access token of a sign-in lives.
pub const SIGN_IN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// How long an access token of `POST /sandbox/users` lives.
pub const GIVEN_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Signs with ES256 and a key that stays the same as long as the records do.
pub struct Signer {
    key: EncodingKey,
    jwk: Jwk,
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
        let secret = p256::SecretKey::from_slice(&hex::decode(scalar).ok()?).ok()?;
        let key = EncodingKey::from_ec_der(secret.to_pkcs8_der().ok()?.as_bytes());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(Self { key, jwk, kid })
    }

    /// The public half, as the JWKS has it.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.jwk.clone()] }
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
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        let key = DecodingKey::from_jwk(&self.jwk).ok()?;
        jsonwebtoken::decode(token, &key, &validation).ok().map(|token| token.claims)
    }

    fn sign<T: Serialize>(&self, claims: &T) -> Option<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).ok()
    }
}

/// A number that is a private key; about one in 2^32 is not, and another is drawn.
fn fresh_scalar() -> [u8; 32] {
    loop {
        let scalar = id::bytes::<32>();
        if p256::SecretKey::from_slice(&scalar).is_ok() {
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
