//! Stripe's objects, with only the fields that the service uses. Statuses are text, because Stripe may add values.

use super::metadata::Metadata;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use tokenwell_ledger::Minor;

/// Whether this can be an id at Stripe. Only ids are put into paths.
pub fn is_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A reference: an id, or the object itself if the request expanded it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// The id.
    Id(String),
    /// The object.
    Object(Box<T>),
}

impl<T> Expandable<T> {
    /// The object, if it was expanded.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct List<T> {
    /// The objects.
    pub data: Vec<T>,
    /// Whether there is a further page.
    #[serde(default)]
    pub has_more: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<T>> for List<T> {
    /// A complete list.
    fn from(data: Vec<T>) -> Self {
        Self { data, has_more: false }
    }
}

/// An event. The object in it is a hint: the object's current state at Stripe decides.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// The event's id.
    pub id: String,
    /// Such as `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of Stripe's API that it is rendered in.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The object that it is about.
    pub data: EventData,
}

/// The content of an event.
#[derive(Debug, Clone, Deserialize)]
pub struct EventData {
    /// The object, as it was when the event was made.
    pub object: Value,
}

/// A customer.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
}

/// A Checkout session.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckoutSession {
    /// `cs_…`
    pub id: String,
    /// `payment` or `subscription`.
    pub mode: String,
    /// `open`, `complete` or `expired`.
    pub status: Option<String>,
    /// `paid`, `unpaid` or `no_payment_required`.
    pub payment_status: String,
    /// The URL of the page; null if the session is not open.
    pub url: Option<String>,
    /// Unix time.
    pub expires_at: i64,
    /// What the line items cost before discount and tax, in minor units.
    #[serde(default)]
    pub amount_subtotal: Option<Minor>,
    /// The total, in minor units.
    pub amount_total: Option<Minor>,
    /// Discount, tax and shipping, in minor units.
    #[serde(default)]
    pub total_details: Option<TotalDetails>,
    /// ISO 4217, lower case.
    pub currency: Option<String>,
    /// The payment, once there is one.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// Who is to pay.
    #[serde(default)]
    pub customer: Option<Expandable<IdOnly>>,
    /// The subscription that it started.
    pub subscription: Option<Expandable<IdOnly>>,
    /// The first invoice of that subscription.
    #[serde(default)]
    pub invoice: Option<Expandable<IdOnly>>,
    /// The metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// What lies between the subtotal and the total of a session, in minor units.
#[derive(Debug, Clone, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are Stripe's")]
pub struct TotalDetails {
    /// What coupons took off.
    #[serde(default)]
    pub amount_discount: Minor,
    /// The costs of shipping.
    #[serde(default)]
    pub amount_shipping: Option<Minor>,
    /// The tax, in the prices or on top of them.
    #[serde(default)]
    pub amount_tax: Minor,
}

/// An object of which only the id is used.
#[derive(Debug, Clone, Deserialize)]
pub struct IdOnly {
    /// The id.
    pub id: String,
}

/// An object with an id.
pub trait Identified {
    /// The id.
    fn id(&self) -> &str;
}

macro_rules! identified {
    ($($object:ident),+) => {$(
        impl Identified for $object {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )+};
}
impl Identified for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

identified!(
    CheckoutSession,
    Dispute,
    IdOnly,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Product,
    StatusOnly,
    Subscription,
    SubscriptionItem
);

impl<T: Identified> Expandable<T> {
    /// The id, expanded or not.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

/// An object of which only the status is used.
#[derive(Debug, Clone, Deserialize)]
pub struct StatusOnly {
    /// The id.
    pub id: String,
    /// The status.
    pub status: String,
}

/// A payment.
#[derive(Debug, Clone, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// Such as `succeeded`, `processing`, `requires_payment_method`, `canceled`.
    pub status: String,
    /// The metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// The customer.
    pub customer: Option<Expandable<IdOnly>>,
    /// The last attempt to charge.
    pub latest_charge: Option<Expandable<Charge>>,
}

/// A charge.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// `ch_…` or `py_…`
    pub id: String,
    /// Unix time.
    pub created: i64,
    /// The amount paid, in minor units.
    pub amount: Minor,
    /// The amount refunded so far, in minor units.
    #[serde(default)]
    pub amount_refunded: Minor,
    /// Whether the buyer's bank ever disputed it.
    #[serde(default)]
    pub disputed: bool,
    /// The payment it belongs to.
    pub payment_intent: Option<Expandable<IdOnly>>,
    /// Stripe's receipt.
    pub receipt_url: Option<String>,
}

/// A dispute.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    /// `dp_…` or `du_…`
    pub id: String,
    /// The payment it is about.
    pub payment_intent: Option<Expandable<IdOnly>>,
    /// Such as `needs_response`, `under_review`, `won`, `lost`, `warning_closed`.
    pub status: String,
    /// Unix time.
    pub created: i64,
}

/// A subscription.
#[derive(Debug, Clone, Deserialize)]
pub struct Subscription {
    /// `sub_…`
    pub id: String,
    /// Such as `active`.
    pub status: String,
    /// The customer.
    pub customer: Expandable<IdOnly>,
    /// Unix time.
    pub created: i64,
    /// Unix time of its start, which may be before its creation.
    pub start_date: Option<i64>,
    /// Unix time that fixes the day and time of renewals.
    pub billing_cycle_anchor: i64,
    /// Whether it ends with the paid period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// Unix time at which it is to end. Flexible billing sets it alone.
    #[serde(default)]
    pub cancel_at: Option<i64>,
    /// Unix time at which its trial ends or ended.
    #[serde(default)]
    pub trial_end: Option<i64>,
    /// Unix time of its end.
    pub ended_at: Option<i64>,
    /// Its items: the plan, and whatever else is sold with it.
    pub items: List<SubscriptionItem>,
    /// The metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// One item of a subscription.
#[derive(Debug, Clone, Deserialize)]
pub struct SubscriptionItem {
    /// `si_…`
    pub id: String,
    /// Its price.
    pub price: Price,
    /// How many.
    #[serde(default)]
    pub quantity: Option<u64>,
}

/// A price.
#[derive(Debug, Clone, Deserialize)]
pub struct Price {
    /// `price_…`
    pub id: String,
    /// Whether it can be sold.
    #[serde(default)]
    pub active: Option<bool>,
    /// ISO 4217, lower case.
    #[serde(default)]
    pub currency: Option<String>,
    /// Null if it is not in whole minor units, has tiers, or is chosen by the buyer.
    #[serde(default)]
    pub unit_amount: Option<Minor>,
    /// The limits of an amount that the buyer chooses.
    #[serde(default)]
    pub custom_unit_amount: Value,
    /// `inclusive`, `exclusive` or `unspecified`.
    #[serde(default)]
    pub tax_behavior: Option<String>,
    /// What it is in each currency. Only if it was expanded.
    #[serde(default)]
    pub currency_options: Option<HashMap<String, CurrencyOption>>,
    /// Such as `tokenwell_premium_month`. A newer price can take it over.
    pub lookup_key: Option<String>,
    /// How often it bills; null if it is paid once.
    pub recurring: Option<Recurring>,
    /// `per_unit` or `tiered`.
    #[serde(default)]
    pub billing_scheme: Option<String>,
    /// How a quantity is divided before it is billed.
    #[serde(default)]
    pub transform_quantity: Value,
    /// What it is a price of.
    pub product: Option<Expandable<Product>>,
    /// The metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// What a price is in a currency.
#[derive(Debug, Clone, Deserialize)]
pub struct CurrencyOption {
    /// As of the price.
    #[serde(default)]
    pub unit_amount: Option<Minor>,
    /// As of the price.
    #[serde(default)]
    pub tax_behavior: Option<String>,
}

/// How often a price bills.
#[derive(Debug, Clone, Deserialize)]
pub struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub interval: String,
    /// The number of intervals between bills.
    pub interval_count: Option<u32>,
    /// `licensed` or `metered`.
    #[serde(default)]
    pub usage_type: Option<String>,
}

/// A product.
#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    /// `prod_…`
    pub id: String,
    /// Whether its prices can be sold.
    #[serde(default)]
    pub active: Option<bool>,
    /// The metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// An invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct Invoice {
    /// `in_…`
    pub id: String,
    /// The amount paid, in minor units.
    #[serde(default)]
    pub amount_paid: Minor,
    /// ISO 4217, lower case.
    pub currency: String,
    /// Unix time.
    pub created: i64,
    /// When its status changed.
    #[serde(default)]
    pub status_transitions: StatusTransitions,
    /// The lines that are billed.
    pub lines: List<InvoiceLine>,
    /// What it was made for.
    #[serde(default)]
    pub parent: Value,
}

impl Invoice {
    /// The id of the subscription that it bills.
    pub fn subscription(&self) -> Option<&str> {
        let subscription = self.parent.pointer("/subscription_details/subscription")?;
        subscription.as_str().or_else(|| subscription.get("id")?.as_str()).filter(|id| is_id(id))
    }
}

/// A payment of an invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoicePayment {
    /// `inpay_…`
    pub id: String,
    /// The invoice.
    pub invoice: Expandable<Invoice>,
}

/// When the status of an invoice changed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatusTransitions {
    /// Unix time.
    pub paid_at: Option<i64>,
}

/// One line of an invoice.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoiceLine {
    /// `il_…`
    pub id: String,
    /// In minor units; negative for a credit.
    pub amount: i64,
    /// How many.
    #[serde(default)]
    pub quantity: Option<u64>,
    /// The period that it pays for.
    pub period: Period,
    /// The subscription item that it belongs to.
    #[serde(default)]
    pub parent: Value,
    /// Its price.
    #[serde(default)]
    pub pricing: Value,
}

impl InvoiceLine {
    /// The id of the price that is billed.
    pub fn price(&self) -> Option<&str> {
        let price = self.pricing.pointer("/price_details/price")?;
        price.as_str().or_else(|| price.get("id")?.as_str())
    }

    /// The id of the subscription item that is billed.
    pub fn subscription_item(&self) -> Option<&str> {
        self.parent.pointer("/subscription_item_details/subscription_item")?.as_str()
    }

    /// Whether the line settles a change in the middle of a period.
    pub fn is_proration(&self) -> bool {
        self.detail("/proration").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether the line gives back what another one billed, also if that rounds to an amount of 0.
    pub fn is_credit(&self) -> bool {
        let credited = || self.detail("/proration_details/credited_items").is_some_and(Value::is_object);
        self.amount < 0 || (self.amount == 0 && credited())
    }

    /// A detail of what the line bills: an item of the subscription, or an invoice item.
    fn detail(&self, pointer: &str) -> Option<&Value> {
        let of = |parent: &str| self.parent.pointer(&format!("/{parent}{pointer}"));
        of("subscription_item_details").or_else(|| of("invoice_item_details"))
    }
}

/// A period.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Period {
    /// Unix time.
    pub start: i64,
    /// Unix time.
    pub end: i64,
}

/// A session of the billing portal.
#[derive(Debug, Clone, Deserialize)]
pub struct PortalSession {
    /// The URL of the portal.
    pub url: String,
}
