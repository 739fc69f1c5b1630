//! The calls behind Stripe's own hosted page, as far as the official CLI's `trigger` pays through them.

use super::checkout::{self, Outcome};
use super::gate::Call;
use super::payment_intents::Authentication;
use super::payment_methods;
use super::refusal::Refusal;
use crate::books::Books;
use serde_json::{Value, json};

/// `GET /v1/payment_pages/{session}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    Ok(page(&books.find("checkout.session", &call.id)?))
}

/// `POST /v1/payment_pages/{session}/confirm`.
pub fn confirm(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let session = books.find("checkout.session", &call.id)?;
    let method = call.params.required("payment_method")?;
    let expected = call.params.integer("expected_amount")?;
    call.params.accept(&["expected_payment_method_type", "eid", "key", "return_url"]);
    call.params.finish()?;
    if expected.is_some_and(|expected| session["amount_total"] != expected) {
        let message = "The amount is not what was expected; load the page again.";
        return Err(Refusal::state("checkout_amount_mismatch", message));
    }
    let method = payment_methods::resolve(books, &method, "payment_method")?;
    let instrument = payment_methods::instrument(books, &method["id"]).ok_or_else(Refusal::internal)?;
    match checkout::pay(books, &call.id, &instrument, Authentication::NotAsked)? {
        Outcome::Complete(session) => Ok(page(&session)),
        Outcome::Declined(refusal) => Err(refusal),
        Outcome::NeedsAuthentication => Ok(page(&books.find("checkout.session", &call.id)?)),
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
