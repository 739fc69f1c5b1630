//! What the platform's own back ends ask for.

use crate::{Balance, Bucket, Tokens};
use serde::{Deserialize, Serialize};

/// `POST /v1/accounts/{id}/spends`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSpend {
    /// How many tokens; at least 1.
    pub amount: Tokens,
    /// What for, in words that the account's owner reads in the activity.
    pub reason: String,
}

/// An all-or-nothing debit and how it was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spend {
    /// The spend's id.
    pub id: String,
    /// How many tokens.
    pub amount: Tokens,
    /// What it took from where, in spend order.
    pub slices: Vec<Slice>,
    /// The balance after it.
    pub balance: Balance,
}

/// What a spend or hold took from one bucket or lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slice {
    /// The bucket.
    pub bucket: Bucket,
    /// The lot, for top-up tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// How many tokens.
    pub amount: Tokens,
}
