//! The API's calls about existing sessions.

use super::expiry;
use super::session::{HiddenState, KIND};
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::Value;

/// `GET /v1/checkout/sessions/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/checkout/sessions`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let mut fields = Vec::new();
    for field in ["customer", "payment_intent", "subscription", "status"] {
        fields.extend(call.params.text(field)?.map(|wanted| (field, wanted)));
    }
    call.params.finish()?;
    page.select(store, KIND, "/v1/checkout/sessions", |session| {
        fields.iter().all(|(field, wanted)| session[field] == **wanted)
    })
}

/// `GET /v1/checkout/sessions/{id}/line_items`.
pub fn line_items(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    store.find(KIND, &call.id)?;
    let page = Page::of(&mut call.params)?;
    call.params.finish()?;
    let items = HiddenState::of(store, &call.id).map(|hidden| hidden.line_items).unwrap_or_default();
    let items: Vec<&Value> = items.iter().collect();
    page.slice(&items, "item", &format!("/v1/checkout/sessions/{}/line_items", call.id))
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub fn expire(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let session = store.find(KIND, &call.id)?;
    call.params.finish()?;
    if session["status"] != "open" {
        let status = session["status"].as_str().unwrap_or_default();
        return Err(StripeError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \"{status}\"."
        )));
    }
    Ok(expiry::expire(store, session))
}
