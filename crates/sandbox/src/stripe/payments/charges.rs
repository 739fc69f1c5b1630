//! Charges: one attempt to move money.

use super::balance;
use super::payment_methods::{billing_details, instrument_of};
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::with_unused_fields;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};

const KIND: &str = "charge";

/// How a charge was paid: the details of the payment method, and the fields that only a charge has.
fn method_details(method_type: &str, method: &Value, charge: &str) -> Value {
    let mut details = method.clone();
    let charge_fields: &[&str] = match method_type {
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
    for field in charge_fields {
        details[*field] = Value::Null;
    }
    if method_type == "paypal" {
        details["transaction_id"] = charge.to_uppercase().into();
    }
    details
}

/// A pending charge for an intent, not yet saved.
pub fn new(store: &Store, intent: &Value, method: &Value) -> Value {
    let charge = random::id("ch");
    let method_type = method["type"].as_str().unwrap_or("card");
    let billing = instrument_of(store, &method["id"]).map_or(Value::Null, |it| billing_details(&it));
    let used = json!({
        "id": charge,
        "object": KIND,
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": null,
        "billing_details": billing,
        "calculated_statement_descriptor": "TOKENWELL SANDBOX",
        "captured": false,
        "created": store.seconds(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": false,
        "failure_code": null,
        "failure_message": null,
        "livemode": false,
        "metadata": intent["metadata"],
        "outcome": null,
        "paid": false,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "type": method_type,
            method_type: method_details(method_type, &method[method_type], &charge),
        },
        "receipt_email": intent["receipt_email"],
        "receipt_url": format!("{}/receipts/{charge}", store.origin),
        "refunded": false,
        "status": "pending",
    });
    with_unused_fields(used, unused_fields())
}

fn unused_fields() -> Value {
    json!({
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "failure_balance_transaction": null,
        "fraud_details": {},
        "on_behalf_of": null,
        "receipt_number": null,
        "review": null,
        "shipping": null,
        "source": null,
        "source_transfer": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// The `outcome` field of a charge.
pub fn outcome(outcome_type: &str, reason: &Value, seller_message: &str) -> Value {
    let declined = outcome_type == "issuer_declined";
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": if declined { "declined_by_network" } else { "approved_by_network" },
        "reason": reason,
        "risk_level": "normal",
        "seller_message": seller_message,
        "type": outcome_type,
    })
}

/// Captures the full amount of a charge.
pub fn succeed(store: &mut Store, charge: &mut Value) {
    let amount = charge["amount"].as_i64().unwrap_or_default();
    charge["status"] = "succeeded".into();
    charge["paid"] = true.into();
    charge["captured"] = true.into();
    charge["amount_captured"] = amount.into();
    charge["outcome"] = outcome("authorized", &Value::Null, "Payment complete.");
    charge["balance_transaction"] =
        balance::enter(store, "charge", amount, &charge["currency"], &charge["id"]).into();
    store.save_and_emit(charge, "charge.succeeded");
}

/// Fails a charge for a reason from the payer's bank.
pub fn fail(store: &mut Store, charge: &mut Value, failure_code: Value, message: &str) {
    charge["status"] = "failed".into();
    charge["failure_code"] = failure_code;
    charge["failure_message"] = message.into();
    charge["receipt_url"] = Value::Null;
    store.save_and_emit(charge, "charge.failed");
}

/// `GET /v1/charges/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/charges`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let intent = call.params.text("payment_intent")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/charges", |charge| {
        customer.as_ref().is_none_or(|customer| charge["customer"] == **customer)
            && intent.as_ref().is_none_or(|intent| charge["payment_intent"] == **intent)
    })
}
