//! The people who can sign in at the issuer.

use super::table::Kind;
use serde::{Deserialize, Serialize};

/// A person with an account at the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id, which is also the `sub` of the person's tokens.
    pub id: String,
    /// The e-mail address; no two users share one.
    pub email: String,
    /// The name.
    pub name: String,
}

impl User {
    /// The kind of user records.
    pub const KIND: Kind = "user";
}
