//! Invoices of subscriptions.

use super::gate::Call;
use super::list::{self, Page};
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

const KIND: &str = "invoice";

/// One line of an invoice.
#[derive(Debug)]
pub struct Line<'a> {
    /// The price that it bills.
    pub price: &'a Value,
    /// The subscription item that it bills, unless it is a one-time extra.
    pub item: Option<&'a Value>,
    /// How many.
    pub quantity: i64,
    /// Minor units; negative for a credit.
    pub amount: i64,
    /// What it is for, in words.
    pub description: String,
    /// What it pays for: from and to, in seconds.
    pub period: (i64, i64),
    /// Whether it settles part of a period.
    pub proration: bool,
}

/// A new open invoice of a subscription; saved and announced. `period` is Stripe's invoice period: what the invoice looks
/// back on, not what its lines pay for.
pub fn new(
    books: &mut Books,
    subscription: &Value,
    reason: &str,
    lines: &[Line<'_>],
    period: (i64, i64),
) -> Value {
    let invoice_id = id::fresh("in");
    let now = books.seconds();
    let total: i64 = lines.iter().map(|line| line.amount).sum();
    let customer =
        books.find("customer", subscription["customer"].as_str().unwrap_or_default()).unwrap_or_default();
    let number =
        books.records.all(KIND).filter(|(_, it)| it["customer"] == subscription["customer"]).count() + 1;
    let prefix = customer["invoice_prefix"].as_str().unwrap_or("SANDBOX");
    let lines: Vec<Value> = lines.iter().map(|line| line_object(&invoice_id, subscription, line)).collect();
    let invoice = json!({
        "id": invoice_id,
        "object": KIND,
        "account_country": "US",
        "account_name": "Tokenwell Sandbox",
        "account_tax_ids": null,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": true,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null },
        "automatically_finalizes_at": null,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": subscription["currency"],
        "custom_fields": null,
        "customer": subscription["customer"],
        "customer_account": null,
        "customer_address": null,
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": null,
        "customer_shipping": null,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "due_date": null,
        "effective_at": now,
        "ending_balance": 0,
        "footer": null,
        "from_invoice": null,
        "hosted_invoice_url": format!("{}/invoices/{invoice_id}", books.origin),
        "invoice_pdf": null,
        "issuer": { "type": "self" },
        "last_finalization_error": null,
        "latest_revision": null,
        "lines": list::embedded(&lines, &format!("/v1/invoices/{invoice_id}/lines")),
        "livemode": false,
        "metadata": {},
        "next_payment_attempt": null,
        "number": format!("{prefix}-{number:04}"),
        "on_behalf_of": null,
        "parent": {
            "quote_details": null,
            "subscription_details": { "metadata": subscription["metadata"], "subscription": subscription["id"] },
            "type": "subscription_details",
        },
        "payment_settings": { "default_mandate": null, "payment_method_options": null, "payment_method_types": null },
        "period_end": period.1,
        "period_start": period.0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "starting_balance": 0,
        "statement_descriptor": null,
        "status": "open",
        "status_transitions": { "finalized_at": now, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": null,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": now,
    });
    books.save_and_emit(&invoice, "invoice.created");
    books.emit("invoice.finalized", &invoice, None);
    invoice
}

fn line_object(invoice: &str, subscription: &Value, line: &Line<'_>) -> Value {
    let unit_amount = line.price["unit_amount"].as_i64().unwrap_or_default().to_string();
    json!({
        "id": id::fresh("il"),
        "object": "line_item",
        "amount": line.amount,
        "currency": line.price["currency"],
        "description": line.description,
        "discount_amounts": [],
        "discountable": !line.proration,
        "discounts": [],
        "invoice": invoice,
        "livemode": false,
        "metadata": subscription["metadata"],
        "parent": {
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": null,
                "proration": line.proration,
                "proration_details": { "credited_items": null },
                "subscription": subscription["id"],
                "subscription_item": line.item.map(|item| item["id"].clone()),
            },
            "type": "subscription_item_details",
        },
        "period": { "end": line.period.1, "start": line.period.0 },
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": { "price": line.price["id"], "product": line.price["product"] },
            "type": "price_details",
            "unit_amount_decimal": unit_amount,
        },
        "quantity": line.quantity,
        "quantity_decimal": line.quantity.to_string(),
        "subscription": subscription["id"],
        "subtotal": line.amount,
        "taxes": [],
    })
}

/// The invoice is paid, by an intent unless nothing was due.
pub fn mark_paid(books: &mut Books, invoice: &mut Value, intent: Option<&Value>) {
    let due = invoice["amount_due"].clone();
    note_attempt(books, invoice, intent, "paid");
    invoice["amount_paid"] = due;
    invoice["amount_remaining"] = 0.into();
    invoice["status"] = "paid".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["paid_at"] = books.seconds().into();
    books.save_and_emit(invoice, "invoice.paid");
    books.emit("invoice.payment_succeeded", invoice, None);
}

/// An attempt to collect the invoice failed; Stripe will try again in three days.
pub fn mark_failed(books: &mut Books, invoice: &mut Value, intent: &Value) {
    note_attempt(books, invoice, Some(intent), "open");
    invoice["next_payment_attempt"] = (books.seconds() + 3 * 24 * 3600).into();
    books.save_and_emit(invoice, "invoice.payment_failed");
}

/// A payment of the invoice is on its way.
pub fn mark_processing(books: &mut Books, invoice: &mut Value, intent: &Value) {
    note_attempt(books, invoice, Some(intent), "open");
    books.save_and_emit_update(invoice, "invoice.updated");
}

fn note_attempt(books: &mut Books, invoice: &mut Value, intent: Option<&Value>, status: &str) {
    invoice["attempted"] = true.into();
    invoice["attempt_count"] = (invoice["attempt_count"].as_i64().unwrap_or_default() + 1).into();
    let Some(intent) = intent else { return };
    let known = payment_by(books, &intent["id"]);
    let payment = json!({
        "id": known.as_ref().map_or_else(|| id::fresh("inpay").into(), |it| it["id"].clone()),
        "object": "invoice_payment",
        "amount_paid": if status == "paid" { invoice["amount_due"].clone() } else { Value::Null },
        "amount_requested": invoice["amount_due"],
        "created": known.map_or_else(|| books.seconds().into(), |it| it["created"].clone()),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": true,
        "livemode": false,
        "payment": { "payment_intent": intent["id"], "type": "payment_intent" },
        "status": status,
        "status_transitions": { "canceled_at": null, "paid_at": if status == "paid" { json!(books.seconds()) } else { Value::Null } },
    });
    books.save(&payment);
}

/// The payment of an invoice that goes by an intent.
fn payment_by(books: &Books, intent: &Value) -> Option<Value> {
    let mut payments = books.records.all("invoice_payment").map(|(_, payment)| payment);
    payments.rfind(|payment| payment["payment"]["payment_intent"] == *intent).cloned()
}

/// The payments of an invoice, newest first.
pub fn payments_of(books: &Books, invoice: &str) -> Value {
    let payments = books.records.all("invoice_payment").rev().map(|(_, payment)| payment);
    let payments: Vec<Value> = payments.filter(|payment| payment["invoice"] == invoice).cloned().collect();
    list::embedded(&payments, "/v1/invoice_payments")
}

/// The open invoices of a subscription, oldest first.
pub fn open_of(books: &Books, subscription: &Value) -> Vec<Value> {
    let invoices = books.records.all(KIND).map(|(_, invoice)| invoice);
    let open = invoices.filter(|it| it["status"] == "open" && subscription_of(it) == &subscription["id"]);
    open.cloned().collect()
}

fn subscription_of(invoice: &Value) -> &Value {
    &invoice["parent"]["subscription_details"]["subscription"]
}

/// `GET /v1/invoices/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `GET /v1/invoices`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let subscription = call.params.text("subscription")?;
    let status = call.params.one_of("status", &["draft", "open", "paid", "uncollectible", "void"])?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/invoices", |invoice| {
        customer.as_ref().is_none_or(|customer| invoice["customer"] == **customer)
            && subscription.as_ref().is_none_or(|subscription| subscription_of(invoice) == &**subscription)
            && status.is_none_or(|status| invoice["status"] == status)
    })
}
