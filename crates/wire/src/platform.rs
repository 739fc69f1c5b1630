//! What the platform's own back ends ask for.

use crate::{Account, Balance, Bucket, Minor, Tokens};
use jiff::Timestamp;
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

/// `POST /v1/accounts/{id}/holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// How many tokens; at least 1.
    pub amount: Tokens,
    /// What for, in words that the account's owner reads in the activity.
    pub reason: String,
    /// How long the hold lives unless it is ended, in seconds: one hour if left out, at most 24 (rule 4).
    #[serde(default)]
    pub ttl_s: Option<u32>,
}

/// Tokens set aside for a job that is still running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// The hold's id.
    pub id: String,
    /// How many tokens.
    pub amount: Tokens,
    /// When it ends by itself.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// What it took from where, in spend order.
    pub slices: Vec<Slice>,
}

/// `POST /v1/holds/{id}/commit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommitHold {
    /// How many of the held tokens were used; the rest goes back.
    pub amount: Tokens,
}

/// A hold that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndedHold {
    /// The hold's id.
    pub id: String,
    /// How many of its tokens were used.
    pub committed: Tokens,
    /// The balance after it.
    pub balance: Balance,
}

/// `POST /v1/accounts/{id}/adjustments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// Tokens to give; negative to take back (rule 17a).
    pub amount: i64,
    /// Why, in words that the account's owner reads in the activity.
    pub reason: String,
}

/// An operator's gift or correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjustment {
    /// The adjustment's id.
    pub id: String,
    /// Tokens that were given; negative if they were taken back.
    pub amount: i64,
    /// The balance after it.
    pub balance: Balance,
}

/// `GET /v1/accounts?email=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountList {
    /// The accounts with this address.
    pub accounts: Vec<Account>,
}

/// `GET /v1/refunds-due`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundsDue {
    /// One page of payments that nobody has resolved.
    pub items: Vec<RefundDue>,
    /// Pass it as `cursor` for the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// A payment that granted nothing and waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundDue {
    /// Its id.
    pub id: String,
    /// Why nothing was granted, in words.
    pub why: String,
    /// What was paid, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// The account that it was for.
    pub account_id: Option<String>,
    /// The purchase that it was for.
    pub purchase_id: Option<String>,
    /// Stripe's Checkout session.
    pub checkout_session: Option<String>,
    /// Stripe's payment intent or invoice.
    pub payment: Option<String>,
    /// When it was listed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When an operator was done with it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub resolved_at: Option<Timestamp>,
    /// What the operator noted.
    pub note: Option<String>,
}

/// `POST /v1/refunds-due/{id}/resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResolveRefund {
    /// What was done, for whoever reads it later.
    pub note: String,
}

/// `GET /v1/events-set-aside`, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsSetAside {
    /// One page of them.
    pub items: Vec<EventSetAside>,
    /// Pass it as `cursor` for the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// An event of Stripe that failed for good and waits for an operator; it holds up no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSetAside {
    /// Stripe's id, to find it in the dashboard.
    pub id: String,
    /// Such as `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The object that it is about, if it names one.
    pub object: Option<String>,
    /// Why it failed the last time, in words.
    pub why: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub received_at: Timestamp,
    /// When it was set aside.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub set_aside_at: Timestamp,
}

/// `PUT /v1/test-clock`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestClock {
    /// The time that the token rules go by from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub now: Timestamp,
}
