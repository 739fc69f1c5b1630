//! Attempts to collect an invoice, and the invoice payment objects that show them.

use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError, list};
use serde_json::{Value, json};

const KIND: &str = "invoice_payment";

/// Stripe's next attempt to collect an invoice after a failed one, in seconds.
const NEXT_ATTEMPT_AFTER_S: i64 = 3 * 24 * 3600;

/// Marks an invoice as paid, by an intent or without one if nothing was due.
pub fn mark_paid(store: &mut Store, invoice: &mut Value, intent: Option<&Value>) {
    let due = invoice["amount_due"].clone();
    record_attempt(store, invoice, intent, "paid");
    invoice["amount_paid"] = due;
    invoice["amount_remaining"] = 0.into();
    invoice["status"] = "paid".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["paid_at"] = store.seconds().into();
    store.save_and_emit(invoice, "invoice.paid");
    store.emit("invoice.payment_succeeded", invoice, None);
}

/// Records a failed attempt to collect an invoice, and when Stripe makes the next one.
pub fn mark_failed(store: &mut Store, invoice: &mut Value, intent: &Value) {
    record_attempt(store, invoice, Some(intent), "open");
    invoice["next_payment_attempt"] = (store.seconds() + NEXT_ATTEMPT_AFTER_S).into();
    store.save_and_emit(invoice, "invoice.payment_failed");
}

/// Records a payment that takes days and can still fail.
pub fn mark_processing(store: &mut Store, invoice: &mut Value, intent: &Value) {
    record_attempt(store, invoice, Some(intent), "open");
    store.save_and_emit_update(invoice, "invoice.updated");
}

fn record_attempt(store: &mut Store, invoice: &mut Value, intent: Option<&Value>, status: &str) {
    invoice["attempted"] = true.into();
    invoice["attempt_count"] = (invoice["attempt_count"].as_i64().unwrap_or_default() + 1).into();
    let Some(intent) = intent else { return };
    let known = by_intent(store, &intent["id"]);
    let payment = json!({
        "id": known.as_ref().map_or_else(|| random::id("inpay").into(), |it| it["id"].clone()),
        "object": KIND,
        "amount_paid": if status == "paid" { invoice["amount_due"].clone() } else { Value::Null },
        "amount_requested": invoice["amount_due"],
        "created": known.map_or_else(|| store.seconds().into(), |it| it["created"].clone()),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": true,
        "livemode": false,
        "payment": { "payment_intent": intent["id"], "type": "payment_intent" },
        "status": status,
        "status_transitions": { "canceled_at": null, "paid_at": if status == "paid" { json!(store.seconds()) } else { Value::Null } },
    });
    store.save(&payment);
}

fn by_intent(store: &Store, intent: &Value) -> Option<Value> {
    let mut payments = store.records.all(KIND).map(|(_, payment)| payment);
    payments.rfind(|payment| payment["payment"]["payment_intent"] == *intent).cloned()
}

/// The id of the invoice that an intent pays; null for the intent of a purchase.
pub fn invoice_of_intent(store: &Store, intent: &Value) -> Value {
    by_intent(store, intent).map_or(Value::Null, |payment| payment["invoice"].clone())
}

/// The id of the intent of the last attempt to collect an invoice; null if there was none.
pub fn intent_of_invoice(store: &Store, invoice: &str) -> Value {
    of_invoice(store, invoice)["data"][0]["payment"]["payment_intent"].clone()
}

/// `GET /v1/invoice_payments`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let invoice = call.params.text("invoice")?;
    let status = call.params.one_of("status", &["canceled", "open", "paid"])?;
    let mut payment = call.params.nested("payment")?;
    let payment_type = payment.one_of("type", &["payment_intent", "charge", "payment_record"])?;
    let intent = payment.text("payment_intent")?;
    if intent.is_some() && payment_type.is_none() {
        return Err(StripeError::missing("payment[type]"));
    }
    payment.finish()?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/invoice_payments", |payment| {
        invoice.as_ref().is_none_or(|invoice| payment["invoice"] == **invoice)
            && status.is_none_or(|status| payment["status"] == status)
            && payment_type.is_none_or(|payment_type| payment["payment"]["type"] == payment_type)
            && intent.as_ref().is_none_or(|intent| payment["payment"]["payment_intent"] == **intent)
    })
}

/// The payments of an invoice, newest first, as `expand[]=payments` includes them.
pub fn of_invoice(store: &Store, invoice: &str) -> Value {
    let payments = store.records.all(KIND).rev().map(|(_, payment)| payment);
    let payments: Vec<Value> = payments.filter(|payment| payment["invoice"] == invoice).cloned().collect();
    list::embedded(&payments, "/v1/invoice_payments")
}
