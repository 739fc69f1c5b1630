//! Accounts as the platform names and finds them.

use crate::Account;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `PUT /v1/accounts/ext:{external_id}`. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NameAccount {
    /// The e-mail address. The one that the issuer gives at a sign-in replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The user's id at the issuer, as in the claim that identifies users (`sub` unless the operator chose another).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The user's customer at Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Whether to open another account if an earlier one of this external id was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reopen: bool,
}

/// `GET /v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountList {
    /// The accounts that were searched for, or one page of all accounts.
    pub accounts: Vec<FoundAccount>,
    /// The `cursor` of the next page. `None` on the last page.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// An account as the platform sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundAccount {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// Whether the issuer has verified that the address is the user's. Otherwise anybody may have given it.
    pub email_verified: bool,
    /// The platform's own id of the user, if the platform has named the account.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The user's name, if the platform has given it.
    #[serde(default)]
    pub name: Option<String>,
    /// The customer at Stripe.
    #[serde(default)]
    pub customer: Option<String>,
}

/// `GET /v1/refused-claims`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedClaims {
    /// One page of claims.
    pub items: Vec<RefusedClaim>,
    /// The `cursor` of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
}

/// A `PUT` that was refused with `account_claimed`: an account cannot be both that of the external id and that of the subject
/// or customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedClaim {
    /// The external id.
    pub external_id: String,
    /// What did not fit.
    pub claimed: Claimed,
    /// The account that has the external id. `None` if there is none.
    pub account: Option<ClaimedAccount>,
    /// The account that has the subject or customer. `None` if there is none: then the account has another one.
    pub holder: Option<ClaimedAccount>,
    /// When it was refused first.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub refused_at: Timestamp,
}

/// What a refused claim was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// Who signs in.
    Subject,
    /// The customer at Stripe.
    Customer,
}

/// An account that a refused claim is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimedAccount {
    /// Its id.
    pub id: String,
    /// The platform's own id of the user.
    pub external_id: Option<String>,
    /// The user's name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}
