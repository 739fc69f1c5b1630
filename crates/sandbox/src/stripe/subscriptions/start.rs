//! The start of a subscription that a checkout session sold.

use super::item::Wanted;
use super::subscription::{self, NewSubscription};
use super::{billing, collection, item};
use crate::store::Store;
use crate::stripe::invoices::discounts;
use crate::stripe::invoices::invoice;
use crate::stripe::invoices::invoice_payments;
use crate::stripe::invoices::lines::Line;
use serde_json::Value;

/// A sale of a subscription by a checkout session.
#[derive(Debug)]
pub struct Sale<'a> {
    /// The session, with its customer, discounts and tax.
    pub session: &'a Value,
    /// Its line items.
    pub items: &'a [Value],
    /// Its `subscription_data`.
    pub data: &'a Value,
}

/// Starts a subscription with its first invoice. `intent` is the payment (`None` if nothing was due).
pub fn start(store: &mut Store, sale: &Sale<'_>, intent: Option<&Value>) -> Value {
    let Sale { session, items: sold, data } = *sale;
    let recurring = sold.iter().filter(|line_item| is_recurring(line_item));
    let items: Vec<Wanted> =
        recurring.map(|line_item| Wanted { id: None, ..Wanted::of(line_item) }).collect();
    let new = NewSubscription {
        customer: &session["customer"],
        items: &items,
        billing_mode: data["billing_mode"].as_str().unwrap_or("flexible"),
        proration_discounts: data["proration_discounts"].as_str().unwrap_or("included"),
        payment_method: intent.map(|intent| intent["payment_method"].clone()).unwrap_or_default(),
        metadata: &data["metadata"],
        description: &data["description"],
    };
    let mut subscription = subscription::object(store, &new);
    subscription["automatic_tax"]["enabled"] = session["automatic_tax"]["enabled"].clone();
    subscription["automatic_tax"]["liability"] = session["automatic_tax"]["liability"].clone();
    discounts::add_to(store, &mut subscription, session);
    let period = item::period_of(&subscription);
    let mut items = item::all(&subscription).iter().map(|item| item["id"].as_str().map(str::to_owned));
    let lines: Vec<Line> = sold
        .iter()
        .map(|line_item| Line {
            price: line_item["price"].clone(),
            item: if is_recurring(line_item) { items.next().flatten() } else { None },
            quantity: line_item["quantity"].as_i64().unwrap_or(1),
            amount: line_item["amount_subtotal"].as_i64().unwrap_or_default(),
            description: line_item["description"].as_str().unwrap_or_default().to_owned(),
            period,
            proration: None,
        })
        .collect();
    let now = store.seconds();
    let mut invoice =
        billing::invoice_of_lines(store, &mut subscription, "subscription_create", &lines, (now, now), true);
    store.save_and_emit(&subscription, "customer.subscription.created");
    match intent {
        Some(intent) if intent["status"] == "processing" => {
            invoice_payments::mark_processing(store, &mut invoice, intent);
        }
        intent => invoice_payments::mark_paid(store, &mut invoice, intent),
    }
    subscription
}

fn is_recurring(line_item: &Value) -> bool {
    line_item["price"]["type"] == "recurring"
}

/// Settles the first payment of a subscription that was paid by bank debit.
pub fn settle_first_payment(store: &mut Store, subscription: &Value, intent: &Value, succeeds: bool) {
    let id = subscription.as_str().unwrap_or_default();
    let Ok(mut subscription) = store.find(subscription::KIND, id) else { return };
    for mut invoice in invoice::open_of_subscription(store, &subscription) {
        if succeeds {
            invoice_payments::mark_paid(store, &mut invoice, Some(intent));
        } else {
            invoice_payments::mark_failed(store, &mut invoice, intent);
        }
    }
    if !succeeds && subscription::is_running(&subscription) {
        collection::set_failing(store, &subscription, true);
        subscription["status"] = "past_due".into();
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
}
