//! Charges: one attempt to move money.

use super::balance;
use super::gate::Call;
use super::list::{self, Page};
use super::payment_methods::{billing_details, instrument};
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

const KIND: &str = "charge";

/// What a charge tells of how it was paid: what the payment method does, and a few fields more.
fn details(kind: &str, method: &Value, charge: &str) -> Value {
    let mut details = method.clone();
    let more: &[&str] = match kind {
        "card" => &[
            "amount_authorized",
            "authorization_code",
            "electronic_commerce_indicator",
            "installments",
            "mandate",
            "network_transaction_id",
            "regulated_status",
            "three_d_secure",
            "transaction_link_id",
        ],
        "paypal" => &["seller_protection"],
        "us_bank_account" => &["fingerprint", "payment_reference"],
        _ => &[],
    };
    for field in more {
        details[*field] = Value::Null;
    }
    if kind == "paypal" {
        details["transaction_id"] = charge.to_uppercase().into();
    }
    details
}

/// A new charge for an intent, not yet saved.
pub fn new(books: &Books, intent: &Value, method: &Value) -> Value {
    let charge = id::fresh("ch");
    let kind = method["type"].as_str().unwrap_or("card");
    let billing = instrument(books, &method["id"]).map_or(Value::Null, |it| billing_details(&it));
    json!({
        "id": charge,
        "object": KIND,
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": null,
        "billing_details": billing,
        "calculated_statement_descriptor": "TOKENWELL SANDBOX",
        "captured": false,
        "created": books.seconds(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "fraud_details": {},
        "livemode": false,
        "metadata": intent["metadata"],
        "on_behalf_of": null,
        "outcome": null,
        "paid": false,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": { "type": kind, kind: details(kind, &method[kind], &charge) },
        "receipt_email": intent["receipt_email"],
        "receipt_number": null,
        "receipt_url": format!("{}/receipts/{charge}", books.origin),
        "refunded": false,
        "review": null,
        "shipping": null,
        "source": null,
        "source_transfer": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": "pending",
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// Stripe's `outcome` of a charge.
pub fn outcome(kind: &str, reason: &Value, seller_message: &str) -> Value {
    let declined = kind == "issuer_declined";
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": if declined { "declined_by_network" } else { "approved_by_network" },
        "reason": reason,
        "risk_level": "normal",
        "seller_message": seller_message,
        "type": kind,
    })
}

/// The money is there.
pub fn succeed(books: &mut Books, charge: &mut Value) {
    let amount = charge["amount"].as_i64().unwrap_or_default();
    charge["status"] = "succeeded".into();
    charge["paid"] = true.into();
    charge["captured"] = true.into();
    charge["amount_captured"] = amount.into();
    charge["outcome"] = outcome("authorized", &Value::Null, "Payment complete.");
    charge["balance_transaction"] =
        balance::enter(books, "charge", amount, &charge["currency"], &charge["id"]).into();
    books.save_and_emit(charge, "charge.succeeded");
}

/// The refunds of a charge, newest first.
pub fn refunds_of(books: &Books, charge: &str) -> Value {
    let refunds = books.records.all("refund").rev().map(|(_, refund)| refund);
    let refunds: Vec<Value> = refunds.filter(|refund| refund["charge"] == charge).cloned().collect();
    list::embedded(&refunds, &format!("/v1/charges/{charge}/refunds"))
}

/// `GET /v1/charges/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `GET /v1/charges`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/charges", |charge| {
        customer.as_ref().is_none_or(|customer| charge["customer"] == **customer)
            && intent.as_ref().is_none_or(|intent| charge["payment_intent"] == **intent)
    })
}
