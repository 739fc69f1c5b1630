//! Customers.

use super::payment_methods;
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, Params, StripeError};
use serde_json::{Value, json};

const KIND: &str = "customer";

/// A customer with this e-mail address and name, not yet saved.
pub fn new(store: &Store, email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "id": random::id("cus"),
        "object": KIND,
        "address": null,
        "balance": 0,
        "created": store.seconds(),
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": email,
        "invoice_prefix": random::letters(8).to_uppercase(),
        "invoice_settings": { "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null },
        "livemode": false,
        "metadata": {},
        "name": name,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

/// Refuses what Stripe does not take for an e-mail address.
pub fn check_email(email: &str, param: &str) -> Result<(), StripeError> {
    let is_valid = email.split_once('@').is_some_and(|(person, host)| {
        !person.is_empty()
            && !host.contains('@')
            && host.split('.').count() > 1
            && host.split('.').all(|label| !label.is_empty())
    });
    if is_valid && email.is_ascii() && email.len() <= 512 && !email.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(StripeError::invalid_code("email_invalid", param, format!("Invalid email address: {email}")))
}

fn set_fields(store: &mut Store, customer: &mut Value, params: &mut Params) -> Result<(), StripeError> {
    for field in ["email", "name", "description", "phone"] {
        if let Some(text) = params.text(field)? {
            if field == "email" && !text.is_empty() {
                check_email(&text, "email")?;
            }
            customer[field] = text.into();
        }
    }
    params.metadata(&mut customer["metadata"])?;
    if let Some(method) = params.text("payment_method")? {
        payment_methods::resolve(store, &method, "payment_method")?;
    }
    let mut settings = params.nested("invoice_settings")?;
    if let Some(method) = settings.text("default_payment_method")? {
        let method = payment_methods::resolve(store, &method, "invoice_settings[default_payment_method]")?;
        customer["invoice_settings"]["default_payment_method"] = method["id"].clone();
    }
    settings.finish()?;
    params.ignore(&["address", "shipping", "preferred_locales", "tax", "tax_exempt", "source"]);
    Ok(())
}

/// `POST /v1/customers`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut customer = new(store, None, None);
    set_fields(store, &mut customer, &mut call.params)?;
    call.params.finish()?;
    store.save_and_emit(&customer, "customer.created");
    Ok(customer)
}

/// `GET /v1/customers/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/customers/{id}`.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut customer = existing(store, &call.id, "id")?;
    set_fields(store, &mut customer, &mut call.params)?;
    call.params.finish()?;
    store.save_and_emit_update(&customer, "customer.updated");
    Ok(customer)
}

/// `GET /v1/customers`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let email = call.params.text("email")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/customers", |customer| {
        customer["deleted"] != true && email.as_ref().is_none_or(|email| customer["email"] == **email)
    })
}

/// The customer whose id was given as the parameter `param`, unless it was deleted.
pub fn existing(store: &Store, id: &str, param: &str) -> Result<Value, StripeError> {
    let customer = find_by_param(store, KIND, id, param)?;
    if customer["deleted"] == true { Err(StripeError::no_such(KIND, id, param)) } else { Ok(customer) }
}

/// Replaces a customer by the object that Stripe leaves of a deleted one.
pub fn mark_deleted(store: &mut Store, customer: &Value) -> Value {
    store.emit("customer.deleted", customer, None);
    let deleted = json!({ "id": customer["id"], "object": KIND, "deleted": true });
    store.save(&deleted);
    deleted
}
