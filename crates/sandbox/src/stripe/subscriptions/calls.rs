//! The API's calls about subscriptions.

use super::price_change::{Timing, change_price};
use super::subscription::{KIND, is_running, require_running};
use super::{cancellation, item};
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, Params, StripeError};
use serde_json::Value;

/// `GET /v1/subscriptions/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/subscription_items`.
pub fn list_items(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let id = call.params.required("subscription")?;
    let subscription = find_by_param(store, KIND, &id, "subscription")?;
    call.params.finish()?;
    let items: Vec<&Value> = subscription["items"]["data"].as_array().into_iter().flatten().collect();
    page.slice(&items, "subscription_item", "/v1/subscription_items")
}

/// `GET /v1/subscriptions`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let price = call.params.text("price")?;
    let status = call.params.text("status")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/subscriptions", |subscription| {
        customer.as_ref().is_none_or(|customer| subscription["customer"] == **customer)
            && price.as_ref().is_none_or(|price| item::of(subscription)["price"]["id"] == **price)
            && match status.as_deref() {
                None => subscription["status"] != "canceled",
                Some("all") => true,
                Some("ended") => subscription["status"] == "canceled",
                Some(status) => subscription["status"] == status,
            }
    })
}

/// `POST /v1/subscriptions/{id}`: changes metadata, cancellation at the end of the period, or the price at once.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut subscription = store.find(KIND, &call.id)?;
    let params = &mut call.params;
    params.metadata(&mut subscription["metadata"])?;
    let cancel = params.flag("cancel_at_period_end")?;
    let price = new_price(store, &subscription, params)?;
    params.ignore(&[
        "proration_behavior",
        "billing_cycle_anchor",
        "payment_behavior",
        "cancellation_details",
        "description",
    ]);
    call.params.finish()?;
    require_running(&subscription)?;
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    if let Some(cancel) = cancel {
        subscription = cancellation::cancel_at_period_end(store, subscription, cancel)?;
    }
    match price {
        Some(price) => change_price(store, subscription, price, Timing::Immediate),
        None => Ok(subscription),
    }
}

/// The price in the `items` parameter.
fn new_price(store: &Store, subscription: &Value, params: &mut Params) -> Result<Option<Value>, StripeError> {
    let mut price = None;
    for mut given in params.objects("items")? {
        let id = given.text("id")?;
        if id.is_some_and(|id| item::of(subscription)["id"] != id) {
            return Err(StripeError::invalid_param("items[0][id]", "This subscription has no such item."));
        }
        if let Some(id) = given.text("price")? {
            price = Some(find_by_param(store, "price", &id, &given.full_name("price"))?);
        }
        given.ignore(&["quantity"]);
        given.finish()?;
    }
    Ok(price)
}

/// `DELETE /v1/subscriptions/{id}`: ends it at once.
pub fn cancel(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let subscription = store.find(KIND, &call.id)?;
    call.params.ignore(&["invoice_now", "prorate", "cancellation_details"]);
    call.params.finish()?;
    if !is_running(&subscription) {
        return Err(StripeError::no_such(KIND, &call.id, "id"));
    }
    Ok(cancellation::end(store, subscription))
}
