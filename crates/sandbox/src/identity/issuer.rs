//! The issuer: the users in the store, the key that signs their tokens, and the issuer's habits.

use super::habits::{AudienceClaim, EmailVerified, Habits, Subject};
use super::signer::{AUDIENCE, SIGN_IN_LIFE, Signer, SigningError};
use super::users;
use crate::random;
use crate::records::table::Kind;
use crate::records::user::User;
use crate::store::{SharedStore, Store};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The registered client. Other clients are served too; the sign-in page mentions that they are unknown.
pub const CLIENT: &str = "tokenwell-desktop";

/// The OpenID issuer; clones share everything.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The users, codes and refresh tokens.
    pub store: SharedStore,
    /// The signing key.
    pub signer: Arc<Signer>,
}

/// What the store keeps of a code or token: nobody who reads the store can use it.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// An access token that only the issuer can read; the id of its record is its hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpaqueToken {
    user: String,
    expires_at: Timestamp,
}

impl OpaqueToken {
    const KIND: Kind = "opaque_token";

    /// A new one.
    pub fn create(store: &mut Store, user: &User) -> String {
        let token = format!("opaque.{}", random::letters(43));
        let record = Self { user: user.id.clone(), expires_at: Timestamp::now() + SIGN_IN_LIFE };
        store.records.write(Self::KIND, &hash(&token), &record);
        token
    }
}

/// For whom a token is.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The app.
    pub client: &'a str,
    /// The service.
    pub audience: &'a str,
}

impl Issuer {
    /// The address of the issuer's endpoints: the sandbox's origin and `/identity`.
    pub fn url(&self) -> String {
        format!("{}/identity", self.store.origin())
    }

    /// The issuer's name.
    pub fn name(&self, habits: &Habits) -> String {
        let slash = if habits.name_ends_in_slash { "/" } else { "" };
        format!("{}{slash}", self.url())
    }

    /// What the issuer does differently.
    pub fn habits(&self) -> Habits {
        self.store.read(|store| Habits::of(&store.records))
    }

    /// A signed access token of a user, issued at `now`.
    pub fn access_token(
        &self,
        user: &User,
        Recipient { client, audience }: Recipient<'_>,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<String, SigningError> {
        let habits = self.habits();
        let mut claims = self.claims(&habits, user, now, life);
        let of_audience = match habits.audience_claim {
            AudienceClaim::Aud => json!({ "aud": all(audience, &habits.further_access_audiences) }),
            AudienceClaim::AudIsClient => json!({ "aud": client }),
            AudienceClaim::ClientId => {
                json!({ "client_id": client, "token_use": "access", "username": user.id })
            }
        };
        extend(&mut claims, of_audience);
        extend(&mut claims, json!({ "jti": random::letters(24) }));
        if habits.subject == Subject::Login {
            extend(&mut claims, json!({ "uid": user.id, "cid": client }));
        }
        if let Some(party) = habits.party.claim(client) {
            extend(&mut claims, json!({ "azp": party }));
        }
        if habits.email_in_access_token {
            extend(&mut claims, profile(&habits, user));
        }
        self.signer.sign(&claims)
    }

    /// An ID token of a user for a client.
    pub fn id_token(
        &self,
        user: &User,
        client: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<String, SigningError> {
        let habits = self.habits();
        let mut claims = self.claims(&habits, user, now, SIGN_IN_LIFE);
        let auth_time = claims["iat"].clone();
        extend(
            &mut claims,
            json!({ "aud": all(client, &habits.further_id_audiences), "auth_time": auth_time }),
        );
        if let Some(nonce) = nonce {
            extend(&mut claims, json!({ "nonce": nonce }));
        }
        if let Some(party) = habits.party.claim(client) {
            extend(&mut claims, json!({ "azp": party }));
        }
        if habits.profile_in_id_token {
            extend(&mut claims, profile(&habits, user));
        }
        self.signer.sign(&claims)
    }

    /// The claims of every token.
    fn claims(
        &self,
        habits: &Habits,
        user: &User,
        now: Timestamp,
        life: SignedDuration,
    ) -> Map<String, Value> {
        let now = now + SignedDuration::from_secs(habits.clock_ahead_s);
        let mut claims = Map::new();
        extend(
            &mut claims,
            json!({
                "iss": self.name(habits),
                "sub": subject(habits, user),
                "iat": now.as_second(),
                "exp": (now + life).as_second(),
            }),
        );
        if habits.has_not_before {
            extend(&mut claims, json!({ "nbf": now.as_second() }));
        }
        claims
    }

    /// What is said about the user of an access token; `None` unless it is valid.
    pub fn user_info(&self, access_token: &str) -> Option<Value> {
        let habits = self.habits();
        let user = self.store.read(|store| {
            if let Some(opaque) = store.records.read::<OpaqueToken>(OpaqueToken::KIND, &hash(access_token)) {
                return (opaque.expires_at > Timestamp::now()).then(|| users::by_id(store, &opaque.user))?;
            }
            if !habits.user_info_takes_jwts {
                return None;
            }
            let claims = self.signer.verify(&self.name(&habits), access_token)?;
            let id = claims.get("uid").or(claims.get("sub"))?.as_str()?;
            users::by_id(store, id)
        })?;
        let mut info = Map::new();
        extend(&mut info, json!({ "sub": subject(&habits, &user) }));
        extend(&mut info, profile(&habits, &user));
        Some(info.into())
    }

    /// A signed access token for the service that trusts this sandbox, issued now.
    pub fn access_token_for_the_service(
        &self,
        user: &User,
        life: SignedDuration,
    ) -> Result<String, SigningError> {
        let recipient = Recipient { client: CLIENT, audience: AUDIENCE };
        self.access_token(user, recipient, Timestamp::now(), life)
    }
}

fn subject<'a>(habits: &Habits, user: &'a User) -> &'a str {
    match habits.subject {
        Subject::Id => &user.id,
        Subject::Login => &user.email,
    }
}

/// What tokens and the userinfo say about a user.
fn profile(habits: &Habits, user: &User) -> Value {
    let mut profile = json!({ "email": user.email, "name": user.name });
    match habits.email_verified {
        EmailVerified::Yes => profile["email_verified"] = true.into(),
        EmailVerified::YesAsText => profile["email_verified"] = "true".into(),
        EmailVerified::No => profile["email_verified"] = false.into(),
        EmailVerified::Unsaid => {}
    }
    profile
}

/// One audience as text, several as a list.
fn all(first: &str, further: &[String]) -> Value {
    if further.is_empty() {
        return first.into();
    }
    further.iter().map(String::as_str).chain([first]).collect::<Vec<_>>().into()
}

fn extend(claims: &mut Map<String, Value>, further: Value) {
    if let Value::Object(further) = further {
        claims.extend(further);
    }
}
