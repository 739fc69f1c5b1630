//! Requests of the platform's own back ends, and the responses.

use crate::{Balance, Bucket, Minor, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `POST /v1/accounts/{id}/spends`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSpend {
    /// The number of tokens. At least 1.
    pub amount: Tokens,
    /// What the tokens are for, in words for the account's owner, who sees them in the activity.
    pub reason: String,
}

/// An all-or-nothing debit, and how it was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spend {
    /// The spend's id.
    pub id: String,
    /// The number of tokens.
    pub amount: Tokens,
    /// What it took from which bucket and lot, in spend order.
    pub slices: Vec<Slice>,
    /// The balance afterwards.
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
    /// The number of tokens.
    pub amount: Tokens,
}

/// `POST /v1/accounts/{id}/holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The number of tokens. At least 1.
    pub amount: Tokens,
    /// What the tokens are for, in words for the account's owner, who sees them in the activity.
    pub reason: String,
    /// How long the hold lives, in seconds. The default is one hour, the maximum 24 hours (rule 4).
    #[serde(default)]
    pub ttl_s: Option<u32>,
}

/// Tokens set aside for a job that is still running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// The hold's id.
    pub id: String,
    /// The number of tokens.
    pub amount: Tokens,
    /// When it expires.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// What it took from which bucket and lot, in spend order.
    pub slices: Vec<Slice>,
}

/// `POST /v1/holds/{id}/commit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommitHold {
    /// How many of the tokens on hold were used. The rest goes back.
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
    /// The balance afterwards.
    pub balance: Balance,
}

/// `POST /v1/accounts/{id}/adjustments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// Tokens to give, or, if negative, tokens to take back (rule 17a).
    pub amount: i64,
    /// Why, in words for the account's owner, who sees them in the activity.
    pub reason: String,
}

/// An operator's gift or correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjustment {
    /// The adjustment's id.
    pub id: String,
    /// Tokens that were given, or, if negative, taken back.
    pub amount: i64,
    /// The balance afterwards.
    pub balance: Balance,
}

/// `GET /v1/refunds-due`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundsDue {
    /// One page of unresolved payments.
    pub items: Vec<RefundDue>,
    /// The `cursor` of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
}

/// A payment that granted nothing. An operator must refund it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundDue {
    /// Its id.
    pub id: String,
    /// Why nothing was granted, in words.
    pub why: String,
    /// The amount paid, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// The account that it was for, if known.
    pub account_id: Option<String>,
    /// The purchase that it was for, if known.
    pub purchase_id: Option<String>,
    /// Stripe's Checkout session.
    pub checkout_session: Option<String>,
    /// Stripe's payment intent or invoice.
    pub payment: Option<String>,
    /// When it was listed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When an operator resolved it.
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
    /// What was done. It is stored with the payment.
    pub note: String,
}

/// `GET /v1/events-set-aside`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsSetAside {
    /// One page of events.
    pub items: Vec<EventSetAside>,
    /// The `cursor` of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
}

/// An event from Stripe that failed for good. It waits for an operator and does not delay other events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSetAside {
    /// Stripe's id of the event, which finds it in Stripe's dashboard.
    pub id: String,
    /// Stripe's type of the event, such as `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the object that it is about, if it names one.
    pub object: Option<String>,
    /// Why the last attempt failed, in words.
    pub why: String,
    /// The number of attempts.
    pub attempts: u32,
    /// When it was received.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub received_at: Timestamp,
    /// When it was set aside.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub set_aside_at: Timestamp,
}

/// `PUT /v1/test-clock`, request and response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestClock {
    /// The time that the token rules use from this request on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub now: Timestamp,
}
