//! The invoice object.

use super::discounts;
use super::lines::Line;
use crate::random;
use crate::store::Store;
use crate::stripe::api::list;
use crate::stripe::api::objects::with_unused_fields;
use crate::stripe::catalogue::amounts::{self, Amounts, LineAmount, Pricing};
use crate::stripe::catalogue::tax::TaxSettings;
use serde_json::{Value, json};

/// The kind of invoices.
pub const KIND: &str = "invoice";

/// Creates an open invoice of a subscription. `period` is Stripe's invoice period, the time before the invoice; each line
/// has the period that it bills.
pub fn new(
    store: &mut Store,
    subscription: &Value,
    reason: &str,
    lines: &[Line<'_>],
    period: (i64, i64),
) -> Value {
    let id = random::id("in");
    let now = store.seconds();
    let customer =
        store.find("customer", subscription["customer"].as_str().unwrap_or_default()).unwrap_or_default();
    let number =
        store.records.all(KIND).filter(|(_, it)| it["customer"] == subscription["customer"]).count() + 1;
    let prefix = customer["invoice_prefix"].as_str().unwrap_or("SANDBOX");
    let mut line_objects: Vec<Value> = lines.iter().map(|line| line.object(&id, subscription)).collect();
    let totals = set_amounts(store, subscription, lines, &mut line_objects);
    let used = json!({
        "id": id,
        "object": KIND,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": true,
        "automatic_tax": {
            "disabled_reason": null,
            "enabled": subscription["automatic_tax"]["enabled"],
            "liability": subscription["automatic_tax"]["liability"],
            "provider": totals.taxed.then_some("stripe"),
            "status": totals.taxed.then_some("complete"),
        },
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
    set_totals(&mut invoice, &totals);
    store.save_and_emit(&invoice, "invoice.created");
    store.emit("invoice.finalized", &invoice, None);
    invoice
}

/// What an invoice costs.
struct Totals {
    sum: Amounts,
    taxed: bool,
    /// The sum of the lines' `taxes` and `discount_amounts`.
    taxes: Value,
    discounts: Value,
}

/// Sets discount and tax of the lines.
fn set_amounts(store: &Store, subscription: &Value, lines: &[Line<'_>], objects: &mut [Value]) -> Totals {
    let (discount, coupon) = discounts::of_subscription(store, subscription).unzip();
    let taxed = subscription["automatic_tax"]["enabled"] == true;
    let tax_rate = TaxSettings::of(&store.records).rate(taxed);
    let line_amounts: Vec<LineAmount> = lines
        .iter()
        .map(|line| LineAmount {
            subtotal: line.amount,
            discountable: !line.proration,
            tax_included: amounts::is_inclusive(line.price),
        })
        .collect();
    let amounts = amounts::of_lines(&line_amounts, Pricing { coupon: coupon.as_ref(), tax_rate });
    let taxes = |amounts: Amounts, line: LineAmount| {
        if !taxed {
            return json!([]);
        }
        json!([{
            "amount": amounts.tax,
            "tax_behavior": if line.tax_included { "inclusive" } else { "exclusive" },
            "tax_rate_details": { "tax_rate": "txr_sandbox" },
            "taxability_reason": "standard_rated",
            "taxable_amount": amounts.taxable(),
            "type": "tax_rate_details",
        }])
    };
    let reduced = |amounts: Amounts| match &discount {
        Some(discount) => json!([{ "amount": amounts.discount, "discount": discount["id"] }]),
        None => json!([]),
    };
    for ((object, amounts), line) in objects.iter_mut().zip(&amounts).zip(&line_amounts) {
        object["discount_amounts"] = reduced(*amounts);
        object["taxes"] = taxes(*amounts, *line);
    }
    let sum: Amounts = amounts.into_iter().sum();
    let taxes = line_amounts.first().map_or_else(|| json!([]), |line| taxes(sum, *line));
    Totals { sum, taxed, taxes, discounts: reduced(sum) }
}

fn set_totals(invoice: &mut Value, totals: &Totals) {
    let Amounts { subtotal, total, tax, .. } = totals.sum;
    for field in ["amount_due", "amount_remaining", "total"] {
        invoice[field] = total.into();
    }
    invoice["subtotal"] = subtotal.into();
    invoice["subtotal_excluding_tax"] = subtotal.into();
    invoice["total_excluding_tax"] = (total - tax).into();
    invoice["amount_paid"] = 0.into();
    invoice["total_taxes"] = totals.taxes.clone();
    invoice["discounts"] =
        totals.discounts.as_array().into_iter().flatten().map(|it| it["discount"].clone()).collect();
    invoice["total_discount_amounts"] = totals.discounts.clone();
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
        "ending_balance": 0,
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
        "starting_balance": 0,
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
