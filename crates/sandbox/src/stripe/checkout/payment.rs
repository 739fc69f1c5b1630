//! Paying a session, and settling payments by bank debit.

use super::session::{HiddenState, KIND, customer_details};
use super::totals;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::payments::customers;
use crate::stripe::payments::instrument::Instrument;
use crate::stripe::payments::payment_intents::{self, AttemptResult, Authentication};
use crate::stripe::subscriptions::start;
use serde_json::Value;

/// How an attempt to pay a session ended.
#[derive(Debug, Clone, PartialEq)]
pub enum PaymentResult {
    /// The session is complete; its `payment_status` says whether it is paid.
    Complete(Value),
    /// The payment was declined; the session stays open.
    Declined(StripeError),
    /// The payer has to authenticate with the bank first; the session stays open.
    AuthenticationRequired,
}

/// Tries to pay an open session.
pub fn pay(
    store: &mut Store,
    id: &str,
    instrument: &Instrument,
    authentication: Authentication,
) -> Result<PaymentResult, StripeError> {
    let mut session = store.find(KIND, id)?;
    if session["status"] != "open" || session["expires_at"].as_i64().is_some_and(|at| at <= store.seconds()) {
        let message = "This Checkout Session is no longer open: it was paid, cancelled or has expired.";
        return Err(StripeError::state("checkout_session_not_open", message));
    }
    let mut hidden = HiddenState::of(store, id).ok_or_else(StripeError::internal)?;
    totals::set(store, &mut session, &mut hidden.line_items, true);
    let amount = session["amount_total"].as_i64().unwrap_or_default();
    let mut intent = None;
    session["payment_status"] = "no_payment_required".into();
    if amount > 0 {
        let mut payment = intent_of(store, &session, &mut hidden, amount)?;
        let payment_status = match payment_intents::attempt(store, &mut payment, instrument, authentication) {
            AttemptResult::Succeeded => "paid",
            AttemptResult::Processing => "unpaid",
            AttemptResult::Declined(error) => return Ok(PaymentResult::Declined(error)),
            AttemptResult::AuthenticationRequired => return Ok(PaymentResult::AuthenticationRequired),
        };
        session["payment_status"] = payment_status.into();
        intent = Some(payment);
    }
    complete(store, &mut session, &hidden, instrument, intent.as_ref());
    Ok(PaymentResult::Complete(session))
}

/// The intent that all attempts to pay the session share.
fn intent_of(
    store: &mut Store,
    session: &Value,
    hidden: &mut HiddenState,
    amount: i64,
) -> Result<Value, StripeError> {
    if let Some(intent) = &hidden.intent {
        let mut intent = store.find("payment_intent", intent)?;
        // The buyer may have entered a promotion code after an attempt.
        intent["amount"] = amount.into();
        return Ok(intent);
    }
    let currency = session["currency"].as_str().unwrap_or_default();
    let metadata = hidden.intent_data["metadata"].clone();
    let mut intent = payment_intents::new(store, amount, currency, &session["customer"], &metadata);
    for field in ["description", "receipt_email"] {
        intent[field] = hidden.intent_data[field].clone();
    }
    store.save(&intent);
    hidden.intent = intent["id"].as_str().map(str::to_owned);
    if let Some(id) = session["id"].as_str() {
        hidden.save(store, id);
    }
    Ok(intent)
}

fn complete(
    store: &mut Store,
    session: &mut Value,
    hidden: &HiddenState,
    instrument: &Instrument,
    intent: Option<&Value>,
) {
    if let Some(id) = session["id"].as_str() {
        hidden.save(store, id);
    }
    totals::redeem(store, session);
    set_customer(store, session, instrument);
    session["status"] = "complete".into();
    session["url"] = Value::Null;
    if session["mode"] == "subscription" {
        let sold = start::Sale { session, items: &hidden.line_items, data: &hidden.subscription_data };
        let subscription = start::start(store, &sold, intent);
        session["subscription"] = subscription["id"].clone();
        session["invoice"] = subscription["latest_invoice"].clone();
    } else {
        session["payment_intent"] = intent.map(|intent| intent["id"].clone()).unwrap_or_default();
    }
    if let Some(intent) = intent
        && intent["customer"] != session["customer"]
    {
        assign_customer(store, intent, &session["customer"]);
    }
    store.save_and_emit(session, "checkout.session.completed");
    if let Some(intent) = intent {
        payment_intents::open_test_dispute(store, intent);
    }
}

/// Sets the session's customer details from what the payer entered, and creates a customer if the session needs one.
fn set_customer(store: &mut Store, session: &mut Value, instrument: &Instrument) {
    let email =
        session["customer_details"]["email"].as_str().or(instrument.email.as_deref()).map(str::to_owned);
    let (email, name) = (email.as_deref(), instrument.name.as_deref());
    session["customer_details"] = customer_details(email, name);
    let needs_customer = session["mode"] == "subscription" || session["customer_creation"] == "always";
    if session["customer"].is_null() && needs_customer {
        let customer = customers::new(store, email, name);
        store.save_and_emit(&customer, "customer.created");
        session["customer"] = customer["id"].clone();
    }
}

/// Sets the customer of an intent and its charge, which were created before the customer.
fn assign_customer(store: &mut Store, intent: &Value, customer: &Value) {
    for (kind, id) in [("payment_intent", &intent["id"]), ("charge", &intent["latest_charge"])] {
        if let Ok(mut object) = store.find(kind, id.as_str().unwrap_or_default()) {
            object["customer"] = customer.clone();
            store.save(&object);
        }
    }
}

/// Settles the payment of a session that was completed unpaid.
pub fn settle(store: &mut Store, id: &str, succeeds: bool) -> Result<Value, StripeError> {
    let mut session = store.find(KIND, id)?;
    let intent = HiddenState::of(store, id).and_then(|hidden| hidden.intent);
    let is_processing = session["status"] == "complete" && session["payment_status"] == "unpaid";
    let Some(intent) = intent.filter(|_| is_processing) else {
        return Err(StripeError::invalid(
            "Only a session that was completed by bank debit and is still unpaid can be settled.",
        ));
    };
    let mut intent = store.find("payment_intent", &intent)?;
    payment_intents::settle(store, &mut intent, succeeds)?;
    if session["mode"] == "subscription" {
        start::settle_first_payment(store, &session["subscription"], &intent, succeeds);
    }
    if succeeds {
        session["payment_status"] = "paid".into();
        store.save_and_emit(&session, "checkout.session.async_payment_succeeded");
    } else {
        store.save_and_emit(&session, "checkout.session.async_payment_failed");
    }
    Ok(session)
}
