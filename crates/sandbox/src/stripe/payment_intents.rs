//! Payment intents: one payment, over as many attempts as it takes.

use super::gate::Call;
use super::instrument::{Instrument, Verdict};
use super::list::Page;
use super::refusal::Refusal;
use super::{charges, customers, disputes, payment_methods};
use crate::books::Books;
use crate::id;
use serde_json::{Value, json};

const KIND: &str = "payment_intent";

/// How an attempt to pay ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Attempt {
    /// The money is there.
    Succeeded,
    /// The money is on its way.
    Processing,
    /// The bank said no.
    Declined(Refusal),
    /// The payer's bank wants to know that it is them.
    NeedsAuthentication,
}

/// What the payer's bank heard when it asked whether it is them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Nothing yet.
    NotAsked,
    /// It is them.
    Passed,
    /// It is not, or they gave up.
    Failed,
}

/// A new intent over an amount in minor units; saved and announced.
pub fn new(books: &mut Books, amount: i64, currency: &str, customer: &Value, metadata: &Value) -> Value {
    let intent_id = id::fresh("pi");
    let intent = json!({
        "id": intent_id,
        "object": KIND,
        "allowed_payment_method_types": null,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": 0,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": { "allow_redirects": "always", "enabled": true },
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": format!("{intent_id}_secret_{}", id::letters(24)),
        "confirmation_method": "automatic",
        "created": books.seconds(),
        "currency": currency,
        "customer": customer,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "managed_payments": null,
        "metadata": metadata,
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card", "paypal", "us_bank_account"],
        "payment_record": null,
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": "requires_payment_method",
        "transfer_data": null,
        "transfer_group": null,
    });
    books.save_and_emit(&intent, "payment_intent.created");
    intent
}

/// Tries to pay the intent; the intent, its charge and their events tell how it went.
pub fn attempt(
    books: &mut Books,
    intent: &mut Value,
    instrument: &Instrument,
    authentication: Authentication,
) -> Attempt {
    let verdict = match (instrument.verdict(books.now()), authentication) {
        (Verdict::NeedsAuthentication, Authentication::Passed) => Verdict::Succeeds,
        (Verdict::NeedsAuthentication, Authentication::Failed) => Verdict::Declined(Refusal::card(
            "payment_intent_authentication_failure",
            None,
            "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
        )),
        (verdict, _) => verdict,
    };
    if verdict == Verdict::NeedsAuthentication {
        intent["status"] = "requires_action".into();
        intent["next_action"] = json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} });
        books.save_and_emit(intent, "payment_intent.requires_action");
        return Attempt::NeedsAuthentication;
    }
    let method = payment_methods::keep(books, instrument, &intent["customer"]);
    let mut charge = charges::new(books, intent, &method);
    intent["latest_charge"] = charge["id"].clone();
    intent["next_action"] = Value::Null;
    match verdict {
        Verdict::Declined(refusal) => {
            charge["status"] = "failed".into();
            charge["failure_code"] = refusal.error["code"].clone();
            charge["failure_message"] = refusal.error["message"].clone();
            charge["outcome"] =
                charges::outcome("issuer_declined", &refusal.error["decline_code"], refusal.message());
            charge["receipt_url"] = Value::Null;
            books.save_and_emit(&charge, "charge.failed");
            let refusal = with_intent(refusal, intent, &charge);
            intent["status"] = "requires_payment_method".into();
            intent["last_payment_error"] = refusal.error.clone();
            intent["last_payment_error"]["payment_method"] = method;
            if let Some(error) = intent["last_payment_error"].as_object_mut() {
                error.remove("payment_intent");
            }
            books.save_and_emit(intent, "payment_intent.payment_failed");
            Attempt::Declined(refusal)
        }
        Verdict::Processing => {
            charge["status"] = "pending".into();
            books.save_and_emit(&charge, "charge.pending");
            intent["status"] = "processing".into();
            intent["payment_method"] = method["id"].clone();
            books.save_and_emit(intent, "payment_intent.processing");
            Attempt::Processing
        }
        Verdict::Succeeds | Verdict::SucceedsThenDisputed(_) | Verdict::NeedsAuthentication => {
            intent["payment_method"] = method["id"].clone();
            succeed(books, intent, &mut charge);
            Attempt::Succeeded
        }
    }
}

/// The refusal as Stripe answers it: with the intent and the charge in it.
fn with_intent(mut refusal: Refusal, intent: &Value, charge: &Value) -> Refusal {
    refusal.error["charge"] = charge["id"].clone();
    refusal.error["payment_intent"] = intent.clone();
    refusal
}

fn succeed(books: &mut Books, intent: &mut Value, charge: &mut Value) {
    charges::succeed(books, charge);
    intent["status"] = "succeeded".into();
    intent["amount_received"] = intent["amount"].clone();
    intent["last_payment_error"] = Value::Null;
    intent["processing"] = Value::Null;
    books.save_and_emit(intent, "payment_intent.succeeded");
}

/// Opens the dispute that the payer's test card stands for, if it is that card.
pub fn dispute_if_so_minded(books: &mut Books, intent: &Value) {
    let instrument = payment_methods::instrument(books, &intent["payment_method"]);
    if let Some(Verdict::SucceedsThenDisputed(form)) = instrument.map(|it| it.verdict(books.now()))
        && let Some(charge) = intent["latest_charge"].as_str()
        && let Err(refusal) = disputes::open(books, charge, form)
    {
        tracing::warn!(reason = refusal.message(), "the test card's dispute was not opened");
    }
}

/// Ends a payment that was processing.
pub fn settle(books: &mut Books, intent: &mut Value, succeeds: bool) -> Result<(), Refusal> {
    if intent["status"] != "processing" {
        let message = "Only a payment that is still processing can be settled; this one is not.";
        return Err(Refusal::state("payment_intent_unexpected_state", message));
    }
    let mut charge = books.find("charge", intent["latest_charge"].as_str().unwrap_or_default())?;
    if succeeds {
        succeed(books, intent, &mut charge);
        return Ok(());
    }
    let message = "The customer's bank account has insufficient funds to complete this purchase.";
    let refusal = Refusal::card("payment_method_provider_decline", Some("insufficient_funds"), message);
    charge["status"] = "failed".into();
    charge["failure_code"] = "insufficient_funds".into();
    charge["failure_message"] = message.into();
    charge["receipt_url"] = Value::Null;
    books.save_and_emit(&charge, "charge.failed");
    intent["status"] = "requires_payment_method".into();
    intent["payment_method"] = Value::Null;
    intent["last_payment_error"] = refusal.error;
    books.save_and_emit(intent, "payment_intent.payment_failed");
    Ok(())
}

/// `POST /v1/payment_intents`.
pub fn create(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let amount = params.at_least("amount", 1)?.ok_or_else(|| Refusal::missing("amount"))?;
    let currency = params.required("currency")?.to_lowercase();
    let customer = params.text("customer")?;
    if let Some(customer) = &customer {
        customers::existing(books, customer, "customer")?;
    }
    let method = params.text("payment_method")?;
    let confirm = params.flag("confirm")?.unwrap_or(false);
    let description = params.text("description")?;
    let receipt_email = params.text("receipt_email")?;
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    params.accept(&[
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
        method.map(|method| payment_methods::resolve(books, &method, "payment_method")).transpose()?;
    let mut intent = new(books, amount, &currency, &customer.into(), &metadata);
    intent["description"] = description.into();
    intent["receipt_email"] = receipt_email.into();
    if let Some(method) = &method {
        intent["payment_method"] = method["id"].clone();
        intent["status"] = "requires_confirmation".into();
    }
    books.save(&intent);
    if confirm { confirm_now(books, intent) } else { Ok(intent) }
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub fn confirm(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut intent = books.find(KIND, &call.id)?;
    let method = call.params.text("payment_method")?;
    call.params.accept(&["return_url", "off_session", "receipt_email", "setup_future_usage", "shipping"]);
    call.params.finish()?;
    if let Some(method) = method {
        intent["payment_method"] = payment_methods::resolve(books, &method, "payment_method")?["id"].clone();
    }
    confirm_now(books, intent)
}

fn confirm_now(books: &mut Books, mut intent: Value) -> Result<Value, Refusal> {
    let status = intent["status"].as_str().unwrap_or_default();
    if matches!(status, "succeeded" | "canceled" | "processing") {
        let message = format!("You cannot confirm this PaymentIntent because it has a status of {status}.");
        return Err(Refusal::state("payment_intent_unexpected_state", message));
    }
    let Some(instrument) = payment_methods::instrument(books, &intent["payment_method"]) else {
        return Err(Refusal::missing("payment_method"));
    };
    match attempt(books, &mut intent, &instrument, Authentication::NotAsked) {
        Attempt::Declined(refusal) => Err(refusal),
        Attempt::Succeeded | Attempt::Processing | Attempt::NeedsAuthentication => {
            dispute_if_so_minded(books, &intent);
            Ok(intent)
        }
    }
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub fn cancel(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut intent = books.find(KIND, &call.id)?;
    let reason = call.params.text("cancellation_reason")?;
    call.params.finish()?;
    let status = intent["status"].as_str().unwrap_or_default();
    if matches!(status, "succeeded" | "canceled" | "processing") {
        let message = format!("You cannot cancel this PaymentIntent because it has a status of {status}.");
        return Err(Refusal::state("payment_intent_unexpected_state", message));
    }
    intent["status"] = "canceled".into();
    intent["canceled_at"] = books.seconds().into();
    intent["cancellation_reason"] = reason.into();
    books.save_and_emit(&intent, "payment_intent.canceled");
    Ok(intent)
}

/// `GET /v1/payment_intents/{id}`.
pub fn retrieve(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    call.params.accept(&["client_secret"]);
    call.params.finish()?;
    books.find(KIND, &call.id)
}

/// `GET /v1/payment_intents`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    call.params.finish()?;
    page.cut(books, KIND, "/v1/payment_intents", |intent| {
        customer.as_ref().is_none_or(|customer| intent["customer"] == **customer)
    })
}
