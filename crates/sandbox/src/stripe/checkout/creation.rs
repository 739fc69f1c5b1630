//! `POST /v1/checkout/sessions`: a new session from its parameters.

use super::session::{self, Buyer, HiddenState, NewSession};
use super::{line_items, totals};
use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Params, StripeError};
use crate::stripe::payments::customers;
use serde_json::{Value, json};

/// How long a session can be open, in seconds.
const LIFE_S: std::ops::RangeInclusive<i64> = 30 * 60..=24 * 3600;

/// Parameters that Stripe has and that make no difference in the sandbox.
const IGNORED: [&str; 18] = [
    "adaptive_pricing",
    "billing_address_collection",
    "branding_settings",
    "consent_collection",
    "custom_text",
    "excluded_payment_method_types",
    "invoice_creation",
    "managed_payments",
    "name_collection",
    "origin_context",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_options",
    "phone_number_collection",
    "redirect_on_completion",
    "saved_payment_method_options",
    "tax_id_collection",
    "wallet_options",
];

/// `POST /v1/checkout/sessions`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let params = &mut call.params;
    let new = new_session(store, params)?;
    let mode = new.mode;
    let mut hidden = HiddenState {
        intent_data: data_for(params, "payment_intent_data", mode == "payment", mode)?,
        subscription_data: data_for(params, "subscription_data", mode == "subscription", mode)?,
        line_items: line_items::from_params(store, params, mode)?,
        intent: None,
    };
    params.ignore(&IGNORED);
    call.params.finish()?;
    let id = format!("cs_test_{}", random::letters(56));
    let mut session = session::object(store, &id, &new, &hidden.line_items);
    totals::set(store, &mut session, &mut hidden.line_items, false);
    totals::check_total(&session)?;
    store.save(&session);
    hidden.save(store, &id);
    Ok(session)
}

fn new_session(store: &Store, params: &mut Params) -> Result<NewSession, StripeError> {
    let mode =
        params.one_of("mode", &["payment", "subscription"])?.ok_or_else(|| StripeError::missing("mode"))?;
    let ui_mode = params.one_of("ui_mode", &["hosted_page", "embedded_page", "elements", "form"])?;
    if ui_mode.is_some_and(|mode| mode != "hosted_page") {
        let message = "The sandbox has hosted pages only: leave ui_mode out.";
        return Err(StripeError::invalid_param("ui_mode", message));
    }
    let client_reference_id = params.text("client_reference_id")?;
    if client_reference_id.as_ref().is_some_and(|reference| reference.chars().count() > 200) {
        let message = "Invalid string: it can have up to 200 characters";
        return Err(StripeError::invalid_param("client_reference_id", message));
    }
    let expires_at = expires_at(store, params)?;
    let mut metadata = json!({});
    params.metadata(&mut metadata)?;
    let buyer = buyer(store, params)?;
    let automatic_tax = totals::automatic_tax(store, params, mode)?;
    let tax_requested = automatic_tax["enabled"] == true;
    totals::check_customer_update(store, params, &buyer.customer, tax_requested)?;
    let (discounts, allow_promotion_codes) = totals::discounts(store, params, &buyer.customer)?;
    Ok(NewSession {
        mode,
        success_url: address(params, "success_url")?.ok_or_else(|| StripeError::missing("success_url"))?,
        cancel_url: address(params, "cancel_url")?,
        buyer,
        automatic_tax,
        discounts,
        allow_promotion_codes,
        client_reference_id,
        expires_at,
        metadata,
        customer_creation: params.one_of("customer_creation", &["always", "if_required"])?,
        locale: params.text("locale")?,
        submit_type: params.text("submit_type")?,
    })
}

fn expires_at(store: &Store, params: &mut Params) -> Result<i64, StripeError> {
    let now = store.seconds();
    let expires_at = params.integer("expires_at")?.unwrap_or(now + LIFE_S.end());
    if LIFE_S.contains(&expires_at.saturating_sub(now)) {
        return Ok(expires_at);
    }
    let message =
        "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
    Err(StripeError::invalid_param("expires_at", message))
}

fn buyer(store: &Store, params: &mut Params) -> Result<Buyer, StripeError> {
    match (params.text("customer")?, params.text("customer_email")?) {
        (Some(_), Some(_)) => Err(StripeError::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        )),
        (Some(customer), None) => {
            let customer = customers::existing(store, &customer, "customer")?;
            let email = customer["email"].as_str().map(str::to_owned);
            Ok(Buyer { customer: customer["id"].clone(), email, has_customer_email: false })
        }
        (None, email) => {
            if let Some(email) = &email {
                customers::check_email(email, "customer_email")?;
            }
            Ok(Buyer { customer: Value::Null, has_customer_email: email.is_some(), email })
        }
    }
}

/// An address to send the customer to. It may contain the template `{CHECKOUT_SESSION_ID}`.
fn address(params: &mut Params, name: &str) -> Result<Option<String>, StripeError> {
    let Some(text) = params.text(name)? else { return Ok(None) };
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(text)),
        _ => Err(StripeError::invalid_code("url_invalid", name, format!("Not a valid URL: {text}"))),
    }
}

/// The fields of `payment_intent_data` or `subscription_data` that the intent or subscription gets. They are refused
/// unless the session's mode is the `right_mode` for them.
fn data_for(params: &mut Params, name: &str, right_mode: bool, mode: &str) -> Result<Value, StripeError> {
    let mut given = params.nested(name)?;
    if !right_mode && !given.is_empty() {
        let message = format!("You can not pass `{name}` in `{mode}` mode.");
        return Err(StripeError::invalid_param(name, message));
    }
    let mut data = json!({ "metadata": {} });
    given.metadata(&mut data["metadata"])?;
    for field in ["description", "receipt_email"] {
        data[field] = given.text(field)?.into();
    }
    if right_mode && name == "subscription_data" {
        let mut billing_mode = given.nested("billing_mode")?;
        let mode = billing_mode.one_of("type", &["classic", "flexible"])?;
        data["billing_mode"] = mode.unwrap_or("flexible").into();
        let mut flexible = billing_mode.nested("flexible")?;
        let shown = flexible.one_of("proration_discounts", &["included", "itemized"])?;
        flexible.finish()?;
        billing_mode.finish()?;
        if shown.is_some() && mode == Some("classic") {
            let message = "Only flexible billing mode has `proration_discounts`.";
            return Err(StripeError::invalid_param("subscription_data[billing_mode][flexible]", message));
        }
        data["proration_discounts"] = shown.unwrap_or("included").into();
    }
    given.ignore(&[
        "capture_method",
        "proration_behavior",
        "setup_future_usage",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ]);
    given.finish()?;
    Ok(data)
}
