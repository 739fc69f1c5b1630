//! The issuer: the users in the store, and the key that signs their tokens.

use super::signer::{AccessClaims, Signer, SigningError};
use crate::records::user::User;
use crate::store::SharedStore;
use jiff::{SignedDuration, Timestamp};
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

impl Issuer {
    /// The issuer's address: the sandbox's origin and `/identity`.
    pub fn url(&self) -> String {
        format!("{}/identity", self.store.origin())
    }

    /// An access token of a user, issued at `now`.
    pub fn access_token(
        &self,
        user: &User,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<String, SigningError> {
        self.signer.access_token(&self.url(), user, now, life)
    }

    /// The claims of an access token; `None` unless it is valid.
    pub fn verify(&self, access_token: &str) -> Option<AccessClaims> {
        self.signer.verify(&self.url(), access_token)
    }
}
