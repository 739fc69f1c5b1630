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
    /// Whether the price includes tax.
    pub tax_included: bool,
    /// Who calculates and collects tax.
    #[serde(default)]
    pub tax: Tax,
}

/// Who calculates and collects tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// Nobody: the price is what is paid.
    #[default]
    None,
    /// Stripe, at the checkout.
    Stripe,
    /// Somebody whom this version does not know.
    #[serde(other)]
    Unknown,
}

/// `POST /v1/purchases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPurchase {
    /// The pack's id.
    pub pack_id: String,
    /// How many packs: at least 1, at most [`ServiceDescription::quantity_max`](crate::ServiceDescription::quantity_max).
    pub quantity: u32,
}

/// A purchase of one pack, `quantity` times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Purchase {
    /// The purchase's id.
    pub id: String,
    /// Its state.
    pub status: PurchaseStatus,
    /// The pack's id.
    pub pack_id: String,
    /// How many packs.
    pub quantity: u32,
    /// Tokens of all packs together.
    pub tokens: Tokens,
    /// The price of all packs together, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// The price before discount and tax, as Stripe charged it. Like the next three amounts in minor units, and `None` until
    /// the checkout is completed.
    #[serde(default)]
    pub subtotal: Option<Minor>,
    /// What a coupon or promotion code took off.
    #[serde(default)]
    pub discount: Option<Minor>,
    /// The tax. It is part of the total, also if the price includes it.
    #[serde(default)]
    pub tax: Option<Minor>,
    /// What was charged.
    #[serde(default)]
    pub total: Option<Minor>,
    /// The currency of these four amounts. It differs from `currency` only if the purchase is `refund_due`.
    #[serde(default)]
    pub charged_currency: Option<String>,
    /// The address of the checkout. `None` once it is no longer open.
    pub checkout_url: Option<String>,
    /// When the open checkout expires.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub expires_at: Option<Timestamp>,
    /// When the purchase was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub created_at: Timestamp,
    /// What its lot was granted. It is 0 until the purchase is paid.
    pub granted_tokens: Tokens,
    /// What is left in its lot.
    pub remaining_tokens: Tokens,
    /// What a refund or lost dispute should have taken back but was already spent (rule 16).
    pub unrecovered_tokens: Tokens,
    /// The address of Stripe's receipt, once there is one.
    pub receipt_url: Option<String>,
}

/// `GET /v1/purchases`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseList {
    /// One page of purchases.
    pub items: Vec<Purchase>,
    /// The `cursor` of the next page. `None` on the last page.
    pub next_cursor: Option<String>,
}

/// The state of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStatus {
    /// The checkout is open.
    Open,
    /// The checkout is completed, but the payment is pending, as with bank debits.
    Processing,
    /// Paid, and its tokens are granted.
    Paid,
    /// The checkout ended unpaid.
    Expired,
    /// The payment failed after the checkout. Nothing was charged.
    Failed,
    /// Charged, but nothing was granted: the amount is owed back.
    RefundDue,
    /// Refunded in full.
    Refunded,
    /// Refunded in part.
    PartiallyRefunded,
    /// The buyer's bank disputes the payment.
    Disputed,
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}
