//! The invoice object.

use super::customer_balance::{self, Application};
use super::invoice_items;
use super::lines::{self, Line};
use super::totals::Totals;
use crate::random;
use crate::store::Store;
use crate::stripe::api::list;
use crate::stripe::api::objects::with_unused_fields;
use serde_json::{Value, json};

/// The kind of invoices.
pub const KIND: &str = "invoice";

/// What an invoice of a subscription is for.
#[derive(Debug)]
pub struct NewInvoice<'a> {
    /// The subscription.
    pub subscription: &'a Value,
    /// Stripe's `billing_reason`.
    pub reason: &'a str,
    /// The lines; each has the period that it bills.
    pub lines: &'a [Line],
    /// Stripe's invoice period, the time before the invoice.
    pub period: (i64, i64),
    /// Whether Checkout has charged the total, so that the customer's balance stays as it is.
    pub charged_by_checkout: bool,
}

/// Creates an open invoice and applies the customer's balance to it.
pub fn create(store: &mut Store, new: &NewInvoice<'_>) -> Value {
    let customer = new.subscription["customer"].as_str().unwrap_or_default();
    let customer = store.find("customer", customer).unwrap_or_default();
    let mut invoice = object(store, new, &customer);
    let total = invoice["total"].as_i64().unwrap_or_default();
    let application = if new.charged_by_checkout {
        Application::none(&customer, total)
    } else {
        Application::of(&customer, total)
    };
    set_balance(&mut invoice, application);
    customer_balance::apply(store, customer, &invoice, application);
    invoice_items::set_invoice(store, new.lines, invoice["id"].as_str().unwrap_or_default());
    store.save_and_emit(&invoice, "invoice.created");
    store.emit("invoice.finalized", &invoice, None);
    invoice
}

fn object(store: &Store, new: &NewInvoice<'_>, customer: &Value) -> Value {
    let id = random::id("in");
    let now = store.seconds();
    let NewInvoice { subscription, reason, lines, period, .. } = new;
    let number =
        store.records.all(KIND).filter(|(_, it)| it["customer"] == subscription["customer"]).count() + 1;
    let prefix = customer["invoice_prefix"].as_str().unwrap_or("SANDBOX");
    let mut line_objects = lines::objects(lines, &id, subscription);
    let totals = Totals::of(store, subscription, lines, &mut line_objects);
    let used = json!({
        "id": id,
        "object": KIND,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": true,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "effective_at": now,
        "hosted_invoice_url": format!("{}/invoices/{id}", store.origin),
        "lines": list::embedded(&line_objects, &format!("/v1/invoices/{id}/lines")),
        "livemode": false,
        "metadata": {},
        "next_payment_attempt": null,
        "number": format!("{prefix}-{number:04}"),
        "parent": {
            "quote_details": null,
            "subscription_details": { "metadata": subscription["metadata"], "subscription": subscription["id"] },
            "type": "subscription_details",
        },
        "period_end": period.1,
        "period_start": period.0,
        "status": "open",
        "status_transitions": { "finalized_at": now, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null },
        "webhooks_delivered_at": now,
    });
    let mut invoice = with_unused_fields(used, unused_fields());
    totals.set(&mut invoice);
    invoice
}

fn set_balance(invoice: &mut Value, application: Application) {
    for field in ["amount_due", "amount_remaining"] {
        invoice[field] = application.due.into();
    }
    invoice["amount_paid"] = 0.into();
    invoice["starting_balance"] = application.starting.into();
    invoice["ending_balance"] = application.ending.into();
}

fn unused_fields() -> Value {
    json!({
        "account_country": "US",
        "account_name": "Tokenwell Sandbox",
        "account_tax_ids": null,
        "amount_overpaid": 0,
        "amount_shipping": 0,
        "application": null,
        "automatically_finalizes_at": null,
        "custom_fields": null,
        "customer_account": null,
        "customer_address": null,
        "customer_phone": null,
        "customer_shipping": null,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "due_date": null,
        "footer": null,
        "from_invoice": null,
        "invoice_pdf": null,
        "issuer": { "type": "self" },
        "last_finalization_error": null,
        "latest_revision": null,
        "on_behalf_of": null,
        "payment_settings": { "default_mandate": null, "payment_method_options": null, "payment_method_types": null },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "statement_descriptor": null,
        "test_clock": null,
        "total_pretax_credit_amounts": [],
    })
}

/// The id of the subscription that an invoice bills.
pub fn subscription_of(invoice: &Value) -> &Value {
    &invoice["parent"]["subscription_details"]["subscription"]
}

/// The open invoices of a subscription, oldest first.
pub fn open_of_subscription(store: &Store, subscription: &Value) -> Vec<Value> {
    let invoices = store.records.all(KIND).map(|(_, invoice)| invoice);
    let open = invoices.filter(|it| it["status"] == "open" && subscription_of(it) == &subscription["id"]);
    open.cloned().collect()
}
