//! The calls behind Stripe's hosted page that the official CLI's `trigger` pays through.

use super::payment::{self, PaymentResult};
use super::session::KIND;
use super::totals;
use crate::store::Store;
use crate::stripe::api::{Call, StripeError};
use crate::stripe::payments::payment_intents::Authentication;
use crate::stripe::payments::payment_methods;
use serde_json::{Value, json};

/// `GET /v1/payment_pages/{session}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    let session = store.find(KIND, &call.id)?;
    Ok(page(&totals::shown(store, &session).0))
}

/// `POST /v1/payment_pages/{session}/confirm`.
pub fn confirm(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let session = store.find(KIND, &call.id)?;
    let session = totals::shown(store, &session).0;
    let method = call.params.required("payment_method")?;
    let expected = call.params.integer("expected_amount")?;
    call.params.ignore(&["expected_payment_method_type", "eid", "key", "return_url"]);
    call.params.finish()?;
    if expected.is_some_and(|expected| session["amount_total"] != expected) {
        let message = "The amount differs from the expected one; load the page again.";
        return Err(StripeError::state("checkout_amount_mismatch", message));
    }
    let method = payment_methods::resolve(store, &method, "payment_method")?;
    let instrument =
        payment_methods::instrument_of(store, &method["id"]).ok_or_else(StripeError::internal)?;
    match payment::pay(store, &call.id, &instrument, Authentication::NotAsked)? {
        PaymentResult::Complete(session) => Ok(page(&session)),
        PaymentResult::Declined(error) => Err(error),
        PaymentResult::AuthenticationRequired => Ok(page(&store.find(KIND, &call.id)?)),
    }
}

fn page(session: &Value) -> Value {
    json!({
        "id": session["id"].as_str().map(|id| id.replacen("cs_test", "ppage", 1)),
        "object": "checkout.payment_page",
        "session_id": session["id"],
        "currency": session["currency"],
        "customer_email": session["customer_details"]["email"],
        "livemode": false,
        "mode": session["mode"],
        "payment_intent": session["payment_intent"],
        "payment_status": session["payment_status"],
        "status": session["status"],
        "success_url": session["success_url"],
        "total_summary": { "due": session["amount_total"], "total": session["amount_total"] },
    })
}
