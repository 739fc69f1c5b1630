//! Payment intents: one payment, over as many attempts as it needs.

use super::instrument::Instrument;
use super::test_cards::{self, BankResponse};
use super::{charges, customers, disputes, payment_methods};
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::with_unused_fields;
use crate::stripe::api::{Call, Page, StripeError, check_charge};
use serde_json::{Value, json};

const KIND: &str = "payment_intent";

/// How an attempt to pay ended.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptResult {
    /// The payment succeeded.
    Succeeded,
    /// The payment takes days and can still fail.
    Processing,
    /// The payment was declined.
    Declined(StripeError),
    /// The payer has to authenticate with the bank first.
    AuthenticationRequired,
}

/// The payer's authentication with the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// The bank did not ask yet.
    NotAsked,
    /// The payer authenticated.
    Passed,
    /// The payer failed or cancelled.
    Failed,
}

/// Creates an intent over an amount in minor units.
pub fn new(store: &mut Store, amount: i64, currency: &str, customer: &Value, metadata: &Value) -> Value {
    let id = random::id("pi");
    let used = json!({
        "id": id,
        "object": KIND,
        "amount": amount,
        "amount_received": 0,
        "automatic_payment_methods": { "allow_redirects": "always", "enabled": true },
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": format!("{id}_secret_{}", random::letters(24)),
        "confirmation_method": "automatic",
        "created": store.seconds(),
        "currency": currency,
        "customer": customer,
        "description": null,
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "metadata": metadata,
        "next_action": null,
        "payment_method": null,
        "payment_method_types": ["card", "paypal", "us_bank_account"],
        "processing": null,
        "receipt_email": null,
        "status": "requires_payment_method",
    });
    let intent = with_unused_fields(used, unused_fields());
    store.save_and_emit(&intent, "payment_intent.created");
    intent
}

fn unused_fields() -> Value {
    json!({
        "allowed_payment_method_types": null,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "application": null,
        "application_fee_amount": null,
        "customer_account": null,
        "excluded_payment_method_types": null,
        "managed_payments": null,
        "on_behalf_of": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_record": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// Tries to pay the intent. The intent, its charge and their events show the result.
pub fn attempt(
    store: &mut Store,
    intent: &mut Value,
    instrument: &Instrument,
    authentication: Authentication,
) -> AttemptResult {
    let response = match (test_cards::bank_response(instrument, store.now()), authentication) {
        (BankResponse::AuthenticationRequired, Authentication::Passed) => BankResponse::Accepted,
        (BankResponse::AuthenticationRequired, Authentication::Failed) => {
            BankResponse::Declined(StripeError::card(
                "payment_intent_authentication_failure",
                None,
                "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
            ))
        }
        (response, _) => response,
    };
    if response == BankResponse::AuthenticationRequired {
        intent["status"] = "requires_action".into();
        intent["next_action"] = json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} });
        store.save_and_emit(intent, "payment_intent.requires_action");
        return AttemptResult::AuthenticationRequired;
    }
    let method = payment_methods::save(store, instrument, &intent["customer"]);
    let mut charge = charges::new(store, intent, &method);
    intent["latest_charge"] = charge["id"].clone();
    intent["next_action"] = Value::Null;
    match response {
        BankResponse::Declined(error) => {
            AttemptResult::Declined(decline(store, intent, charge, method, error))
        }
        BankResponse::Processing => {
            charge["status"] = "pending".into();
            store.save_and_emit(&charge, "charge.pending");
            intent["status"] = "processing".into();
            intent["payment_method"] = method["id"].clone();
            store.save_and_emit(intent, "payment_intent.processing");
            AttemptResult::Processing
        }
        BankResponse::Accepted
        | BankResponse::AcceptedThenDisputed(_)
        | BankResponse::AuthenticationRequired => {
            intent["payment_method"] = method["id"].clone();
            succeed(store, intent, &mut charge);
            AttemptResult::Succeeded
        }
    }
}

/// Fails charge and attempt, and returns the error with both in it, as the API responds.
fn decline(
    store: &mut Store,
    intent: &mut Value,
    mut charge: Value,
    method: Value,
    mut error: StripeError,
) -> StripeError {
    charge["outcome"] = charges::outcome("issuer_declined", &error.error["decline_code"], error.message());
    charges::fail(store, &mut charge, error.error["code"].clone(), error.message());
    error.error["charge"] = charge["id"].clone();
    let mut last_error = error.error.clone();
    last_error["payment_method"] = method;
    error.error["payment_intent"] = intent.clone();
    intent["status"] = "requires_payment_method".into();
    intent["last_payment_error"] = last_error;
    store.save_and_emit(intent, "payment_intent.payment_failed");
    error
}

fn succeed(store: &mut Store, intent: &mut Value, charge: &mut Value) {
    charges::succeed(store, charge);
    intent["status"] = "succeeded".into();
    intent["amount_received"] = intent["amount"].clone();
    intent["last_payment_error"] = Value::Null;
    intent["processing"] = Value::Null;
    store.save_and_emit(intent, "payment_intent.succeeded");
}

/// Opens the dispute of a payment whose test card is disputed afterwards.
pub fn open_test_dispute(store: &mut Store, intent: &Value) {
    let instrument = payment_methods::instrument_of(store, &intent["payment_method"]);
    let response = instrument.map(|instrument| test_cards::bank_response(&instrument, store.now()));
    if let Some(BankResponse::AcceptedThenDisputed(kind)) = response
        && let Some(charge) = intent["latest_charge"].as_str()
        && let Err(error) = disputes::open(store, charge, kind)
    {
        tracing::warn!(reason = error.message(), "the test card's dispute was not opened");
    }
}

/// Settles a payment that is processing.
pub fn settle(store: &mut Store, intent: &mut Value, succeeds: bool) -> Result<(), StripeError> {
    if intent["status"] != "processing" {
        let message = "Only a payment that is still processing can be settled; this one is not.";
        return Err(StripeError::state("payment_intent_unexpected_state", message));
    }
    let mut charge = store.find("charge", intent["latest_charge"].as_str().unwrap_or_default())?;
    if succeeds {
        succeed(store, intent, &mut charge);
        return Ok(());
    }
    let message = "The customer's bank account has insufficient funds to complete this purchase.";
    let error = StripeError::card("payment_method_provider_decline", Some("insufficient_funds"), message);
    charges::fail(store, &mut charge, "insufficient_funds".into(), message);
    intent["status"] = "requires_payment_method".into();
    intent["payment_method"] = Value::Null;
    intent["last_payment_error"] = error.error;
    store.save_and_emit(intent, "payment_intent.payment_failed");
    Ok(())
}

/// `POST /v1/payment_intents`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let amount = params.at_least("amount", 1)?.ok_or_else(|| StripeError::missing("amount"))?;
    let currency = params.required("currency")?.to_lowercase();
    check_charge(amount, &currency)?;
    let customer = params.text("customer")?;
    if let Some(customer) = &customer {
        customers::existing(store, customer, "customer")?;
    }
    let method = params.text("payment_method")?;
    let confirm = params.flag("confirm")?.unwrap_or(false);
    let description = params.text("description")?;
    let receipt_email = params.text("receipt_email")?;
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    params.ignore(&[
        "automatic_payment_methods",
        "capture_method",
        "confirmation_method",
        "off_session",
        "payment_method_types",
        "return_url",
        "setup_future_usage",
        "shipping",
    ]);
    call.params.finish()?;
    let method =
        method.map(|method| payment_methods::resolve(store, &method, "payment_method")).transpose()?;
    let mut intent = new(store, amount, &currency, &customer.into(), &metadata);
    intent["description"] = description.into();
    intent["receipt_email"] = receipt_email.into();
    if let Some(method) = &method {
        intent["payment_method"] = method["id"].clone();
        intent["status"] = "requires_confirmation".into();
    }
    store.save(&intent);
    if confirm { confirm_now(store, intent) } else { Ok(intent) }
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub fn confirm(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut intent = store.find(KIND, &call.id)?;
    let method = call.params.text("payment_method")?;
    call.params.ignore(&["return_url", "off_session", "receipt_email", "setup_future_usage", "shipping"]);
    call.params.finish()?;
    if let Some(method) = method {
        intent["payment_method"] = payment_methods::resolve(store, &method, "payment_method")?["id"].clone();
    }
    confirm_now(store, intent)
}

fn confirm_now(store: &mut Store, mut intent: Value) -> Result<Value, StripeError> {
    let status = intent["status"].as_str().unwrap_or_default();
    if matches!(status, "succeeded" | "canceled" | "processing") {
        let message = format!("You cannot confirm this PaymentIntent because it has a status of {status}.");
        return Err(StripeError::state("payment_intent_unexpected_state", message));
    }
    let Some(instrument) = payment_methods::instrument_of(store, &intent["payment_method"]) else {
        return Err(StripeError::missing("payment_method"));
    };
    match attempt(store, &mut intent, &instrument, Authentication::NotAsked) {
        AttemptResult::Declined(error) => Err(error),
        AttemptResult::Succeeded | AttemptResult::Processing | AttemptResult::AuthenticationRequired => {
            open_test_dispute(store, &intent);
            Ok(intent)
        }
    }
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub fn cancel(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut intent = store.find(KIND, &call.id)?;
    let reason = call.params.text("cancellation_reason")?;
    call.params.finish()?;
    let status = intent["status"].as_str().unwrap_or_default();
    if matches!(status, "succeeded" | "canceled" | "processing") {
        let message = format!("You cannot cancel this PaymentIntent because it has a status of {status}.");
        return Err(StripeError::state("payment_intent_unexpected_state", message));
    }
    intent["status"] = "canceled".into();
    intent["canceled_at"] = store.seconds().into();
    intent["cancellation_reason"] = reason.into();
    store.save_and_emit(&intent, "payment_intent.canceled");
    Ok(intent)
}

/// `GET /v1/payment_intents/{id}`.
pub fn retrieve(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    call.params.ignore(&["client_secret"]);
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/payment_intents`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/payment_intents", |intent| {
        customer.as_ref().is_none_or(|customer| intent["customer"] == **customer)
    })
}
