//! Packs and purchases.

use crate::{Minor, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /v1/packs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackList {
    /// The packs on sale, smallest first.
    pub packs: Vec<Pack>,
}

/// A fixed amount of top-up tokens for a fixed price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Pack {
    /// The pack's id, such as `medium`.
    pub id: String,
    /// The pack's name on screen.
    pub name: String,
    /// Tokens per pack.
    pub tokens: Tokens,
    /// The price of one, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case, as Stripe writes it.
    pub currency: String,
    /// Whether tax is in the price.
    #[serde(default)]
    pub tax_included: bool,
}

/// `POST /v1/purchases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPurchase {
    /// Which pack.
    pub pack_id: String,
    /// How many: at least 1, at most [`ServiceDescription::quantity_max`](crate::ServiceDescription::quantity_max).
    pub quantity: u32,
}

/// A purchase of one pack, `quantity` times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Purchase {
    /// The purchase's id.
    pub id: String,
    /// Where it stands.
    pub status: PurchaseStatus,
    /// Which pack.
    pub pack_id: String,
    /// How many.
    pub quantity: u32,
    /// Tokens in all, over the quantity.
    pub tokens: Tokens,
    /// The price in all, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// Where to pay; `None` once the checkout is no longer open.
    pub checkout_url: Option<String>,
    /// When the open checkout expires.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub expires_at: Option<Timestamp>,
    /// When the purchase was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub created_at: Timestamp,
    /// What its lot was granted; 0 until it is paid.
    pub granted_tokens: Tokens,
    /// What is left of its lot.
    pub remaining_tokens: Tokens,
    /// What a refund or lost dispute should have taken back but was already spent (rule 16).
    pub unrecovered_tokens: Tokens,
    /// Stripe's receipt, once there is one.
    pub receipt_url: Option<String>,
}

/// `GET /v1/purchases`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseList {
    /// One page of purchases.
    pub items: Vec<Purchase>,
    /// Pass it as `cursor` for the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStatus {
    /// Its checkout waits for the buyer.
    Open,
    /// The checkout is completed, the payment still on its way (bank debit).
    Processing,
    /// Paid, and its tokens granted.
    Paid,
    /// The checkout ended unpaid.
    Expired,
    /// The payment failed after the checkout.
    Failed,
    /// Paid back in full.
    Refunded,
    /// Paid back in part.
    PartiallyRefunded,
    /// The buyer's bank disputes the payment.
    Disputed,
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}
