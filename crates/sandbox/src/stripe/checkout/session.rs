//! The session object, and what a session stores and does not show.

use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::objects::with_unused_fields;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The kind of sessions.
pub const KIND: &str = "checkout.session";

/// What a session stores and does not show.
#[derive(Debug, Serialize, Deserialize)]
pub struct HiddenState {
    /// The line items.
    pub line_items: Vec<Value>,
    /// The fields of `payment_intent_data` that the intent gets.
    pub intent_data: Value,
    /// The fields of `subscription_data` that the subscription gets.
    pub subscription_data: Value,
    /// The id of the intent, once an attempt to pay was made.
    pub intent: Option<String>,
}

impl HiddenState {
    const KIND: Kind = "checkout.hidden_state";

    /// The hidden state of a session.
    pub fn of(store: &Store, session: &str) -> Option<Self> {
        store.records.read(Self::KIND, session)
    }

    /// Saves the hidden state of a session.
    pub fn save(&self, store: &mut Store, session: &str) {
        store.records.write(Self::KIND, session, self);
    }
}

/// What a new session is to be.
#[derive(Debug)]
pub struct NewSession {
    /// `payment` or `subscription`.
    pub mode: &'static str,
    /// Where the customer goes after the payment.
    pub success_url: String,
    /// Where the customer goes to leave without paying.
    pub cancel_url: Option<String>,
    /// The customer.
    pub buyer: Buyer,
    /// The object `automatic_tax`.
    pub automatic_tax: Value,
    /// The list `discounts`.
    pub discounts: Value,
    /// Whether the buyer can enter a promotion code, if given.
    pub allow_promotion_codes: Option<bool>,
    /// The merchant's reference.
    pub client_reference_id: Option<String>,
    /// When it expires, in seconds.
    pub expires_at: i64,
    /// The metadata.
    pub metadata: Value,
    /// `customer_creation`, if given.
    pub customer_creation: Option<&'static str>,
    /// `locale`, if given.
    pub locale: Option<String>,
    /// `submit_type`, if given.
    pub submit_type: Option<String>,
}

/// Who pays, as far as the merchant knows.
#[derive(Debug)]
pub struct Buyer {
    /// The customer's id; null for a guest.
    pub customer: Value,
    /// The e-mail address of the customer, or from `customer_email`.
    pub email: Option<String>,
    /// Whether the e-mail address is from `customer_email`.
    pub has_customer_email: bool,
}

/// The object of an open session that sells these line items. Its amounts are set by `totals`.
pub fn object(store: &Store, id: &str, new: &NewSession, line_items: &[Value]) -> Value {
    let email = new.buyer.email.as_deref();
    let is_guest_payment = new.mode == "payment" && new.buyer.customer.is_null();
    let used = json!({
        "id": id,
        "object": KIND,
        "allow_promotion_codes": new.allow_promotion_codes,
        "amount_subtotal": null,
        "amount_total": null,
        "automatic_tax": new.automatic_tax,
        "cancel_url": new.cancel_url,
        "client_reference_id": new.client_reference_id,
        "created": store.seconds(),
        "currency": line_items.first().map(|item| &item["currency"]),
        "customer": new.buyer.customer,
        "customer_creation": new.customer_creation.or(is_guest_payment.then_some("if_required")),
        "customer_details": email.map(|email| customer_details(Some(email), None)),
        "customer_email": new.buyer.has_customer_email.then_some(email),
        "discounts": new.discounts,
        "expires_at": new.expires_at,
        "invoice": null,
        "livemode": false,
        "locale": new.locale,
        "metadata": new.metadata,
        "mode": new.mode,
        "payment_intent": null,
        "payment_method_collection": if new.mode == "subscription" { "always" } else { "if_required" },
        "payment_method_types": ["card", "paypal", "us_bank_account"],
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": new.submit_type,
        "subscription": null,
        "success_url": new.success_url,
        "total_details": null,
        "ui_mode": "hosted_page",
        "url": format!("{}/c/pay/{id}", store.origin),
    });
    with_unused_fields(used, unused_fields())
}

fn unused_fields() -> Value {
    json!({
        "adaptive_pricing": { "enabled": false },
        "after_expiration": null,
        "allowed_payment_method_types": null,
        "billing_address_collection": null,
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": { "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null },
        "customer_account": null,
        "integration_identifier": null,
        "invoice_creation": null,
        "managed_payments": null,
        "origin_context": null,
        "payment_link": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "permissions": null,
        "phone_number_collection": { "enabled": false },
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "wallet_options": null,
    })
}

/// The `customer_details` of a session.
pub fn customer_details(email: Option<&str>, name: Option<&str>) -> Value {
    json!({ "address": null, "business_name": null, "email": email, "individual_name": null, "name": name, "phone": null, "tax_exempt": "none", "tax_ids": [] })
}
