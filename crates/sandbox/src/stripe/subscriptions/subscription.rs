//! The subscription object, and the subscriptions of a customer.

use super::item::{self, Wanted};
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::with_unused_fields;
use crate::stripe::api::{StripeError, list};
use serde_json::{Value, json};

/// The kind of subscriptions.
pub const KIND: &str = "subscription";

/// What a new subscription is for.
#[derive(Debug)]
pub struct NewSubscription<'a> {
    /// The customer's id.
    pub customer: &'a Value,
    /// What it is to have; not empty.
    pub items: &'a [Wanted],
    /// `flexible` or `classic`.
    pub billing_mode: &'a str,
    /// How prorations show discounts in flexible billing mode: `included` or `itemized`.
    pub proration_discounts: &'a str,
    /// The payment method's id; null for none.
    pub payment_method: Value,
    /// The metadata.
    pub metadata: &'a Value,
    /// The description.
    pub description: &'a Value,
}

/// An active subscription whose first period starts at the billing time, not yet saved.
pub fn object(store: &Store, new: &NewSubscription<'_>) -> Value {
    let id = random::id("sub");
    let now = store.now();
    let price = new.items.first().map_or(&Value::Null, |wanted| &wanted.price);
    let period = (now.as_second(), item::boundary_after(price, now, now).as_second());
    let items: Vec<Value> = new.items.iter().map(|wanted| item::new(&id, wanted, now, period)).collect();
    let now = now.as_second();
    let flexible =
        (new.billing_mode == "flexible").then(|| json!({ "proration_discounts": new.proration_discounts }));
    let used = json!({
        "id": id,
        "object": KIND,
        "billing_cycle_anchor": now,
        "billing_mode": { "flexible": flexible, "type": new.billing_mode, "updated_at": now },
        "cancel_at": null,
        "cancel_at_period_end": false,
        "canceled_at": null,
        "cancellation_details": { "comment": null, "feedback": null, "feedback_option": null, "reason": null },
        "collection_method": "charge_automatically",
        "created": now,
        "currency": price["currency"],
        "customer": new.customer,
        "default_payment_method": new.payment_method,
        "description": new.description,
        "ended_at": null,
        "items": list::embedded(&items, &format!("/v1/subscription_items?subscription={id}")),
        "latest_invoice": null,
        "livemode": false,
        "metadata": new.metadata,
        "schedule": null,
        "start_date": now,
        "status": "active",
    });
    with_unused_fields(used, unused_fields())
}

fn unused_fields() -> Value {
    json!({
        "application": null,
        "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor_config": null,
        "billing_schedules": [],
        "billing_thresholds": null,
        "customer_account": null,
        "days_until_due": null,
        "default_source": null,
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": { "type": "self" },
        },
        "managed_payments": null,
        "next_pending_invoice_item_invoice": null,
        "on_behalf_of": null,
        "pause_collection": null,
        "payment_settings": { "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off" },
        "pending_invoice_item_interval": null,
        "pending_setup_intent": null,
        "pending_update": null,
        "test_clock": null,
        "transfer_data": null,
        "trial_end": null,
        "trial_settings": { "end_behavior": { "billing_cycle_anchor": null, "missing_payment_method": "create_invoice" } },
        "trial_start": null,
    })
}

/// Whether credits give back what was debited, as in Stripe's default billing mode.
pub fn is_flexible(subscription: &Value) -> bool {
    subscription["billing_mode"]["type"] != "classic"
}

/// Whether a subscription has not ended.
pub fn is_running(subscription: &Value) -> bool {
    matches!(subscription["status"].as_str(), Some("active" | "past_due" | "unpaid" | "paused"))
}

/// Refuses a subscription that has ended.
pub fn require_running(subscription: &Value) -> Result<(), StripeError> {
    if is_running(subscription) {
        return Ok(());
    }
    let message = "This subscription has ended; a new one starts with a new checkout.";
    Err(StripeError::state("subscription_canceled", message))
}

/// The subscriptions of a customer that have not ended, newest first.
pub fn running_of_customer(store: &Store, customer: &str) -> Vec<Value> {
    let all = store.records.all(KIND).rev().map(|(_, subscription)| subscription);
    all.filter(|it| it["customer"] == customer && is_running(it)).cloned().collect()
}

/// The subscriptions of a customer, as `expand[]=subscriptions` includes them.
pub fn of_customer(store: &Store, customer: &str) -> Value {
    let url = format!("/v1/customers/{customer}/subscriptions");
    list::embedded(&running_of_customer(store, customer), &url)
}
