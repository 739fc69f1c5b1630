//! The API's calls about subscriptions.

use super::change::{BillingCycleAnchor, PaymentBehavior, ProrationBehavior, Terms, change_now};
use super::early_end::{self, FinalBill};
use super::item::{self, Wanted};
use super::subscription::{KIND, is_running, require_running};
use super::{cancellation, collection};
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
            && price
                .as_ref()
                .is_none_or(|price| item::all(subscription).iter().any(|item| item["price"]["id"] == **price))
            && match status.as_deref() {
                None => subscription["status"] != "canceled",
                Some("all") => true,
                Some("ended") => subscription["status"] == "canceled",
                Some(status) => subscription["status"] == status,
            }
    })
}

/// `POST /v1/subscriptions/{id}`: changes metadata, cancellation, or the items at once.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut subscription = store.find(KIND, &call.id)?;
    let params = &mut call.params;
    params.metadata(&mut subscription["metadata"])?;
    let cancel = params.flag("cancel_at_period_end")?;
    let cancel_at = params.integer("cancel_at")?;
    let wanted = wanted_items(store, &subscription, params)?;
    let terms = terms(params)?;
    params.ignore(&["cancellation_details", "description"]);
    call.params.finish()?;
    require_running(&subscription)?;
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    if let Some(cancel) = cancel {
        subscription = cancellation::cancel_at_period_end(store, subscription, cancel)?;
    }
    if let Some(at) = cancel_at {
        subscription = cancellation::cancel_at(store, subscription, at)?;
    }
    change_now(store, subscription, &wanted, terms)
}

/// How the change is billed: Stripe's defaults, and what is given.
fn terms(params: &mut Params) -> Result<Terms, StripeError> {
    let proration_behavior =
        params.one_of("proration_behavior", &["always_invoice", "create_prorations", "none"])?;
    let anchor = params.one_of("billing_cycle_anchor", &["now", "unchanged"])?;
    let payment_behavior = params
        .one_of("payment_behavior", &["allow_incomplete", "default_incomplete", "error_if_incomplete"])?;
    Ok(Terms {
        proration_behavior: match proration_behavior {
            Some("always_invoice") => ProrationBehavior::AlwaysInvoice,
            Some("none") => ProrationBehavior::None,
            _ => ProrationBehavior::CreateProrations,
        },
        billing_cycle_anchor: match anchor {
            Some("now") => BillingCycleAnchor::Now,
            _ => BillingCycleAnchor::Unchanged,
        },
        payment_behavior: match payment_behavior {
            Some("error_if_incomplete") => PaymentBehavior::ErrorIfIncomplete,
            _ => PaymentBehavior::AllowIncomplete,
        },
    })
}

/// The items of a subscription after the changes in the `items` parameter. Items that it does not name stay as they are.
fn wanted_items(
    store: &Store,
    subscription: &Value,
    params: &mut Params,
) -> Result<Vec<Wanted>, StripeError> {
    let mut wanted: Vec<Wanted> = item::all(subscription).iter().map(Wanted::of).collect();
    for mut given in params.objects("items")? {
        let (id, price) = (given.text("id")?, given.text("price")?);
        let (quantity, deleted) = (given.at_least("quantity", 0)?, given.flag("deleted")?.unwrap_or(false));
        let price =
            price.map(|id| find_by_param(store, "price", &id, &given.full_name("price"))).transpose()?;
        let unknown =
            || StripeError::invalid_param(&given.full_name("id"), "This subscription has no such item.");
        let position = match &id {
            Some(id) => Some(wanted.iter().position(|own| own.id.as_ref() == Some(id)).ok_or_else(unknown)?),
            None => None,
        };
        match (position, price) {
            (Some(position), _) if deleted => {
                wanted.remove(position);
            }
            (Some(position), price) => {
                let own = &mut wanted[position];
                own.price = price.unwrap_or_else(|| own.price.clone());
                own.quantity = quantity.unwrap_or(own.quantity);
            }
            (None, Some(price)) => wanted.push(Wanted { id: None, price, quantity: quantity.unwrap_or(1) }),
            (None, None) => return Err(StripeError::missing(&given.full_name("price"))),
        }
        given.ignore(&["clear_usage", "metadata", "discounts", "tax_rates"]);
        given.finish()?;
    }
    Ok(wanted)
}

/// `POST /v1/invoices/{id}/pay`.
pub fn pay_invoice(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let invoice = store.find("invoice", &call.id)?;
    call.params.ignore(&["payment_method", "off_session"]);
    call.params.finish()?;
    collection::pay_invoice(store, invoice)
}

/// `DELETE /v1/subscriptions/{id}`: ends it at once.
pub fn cancel(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let subscription = store.find(KIND, &call.id)?;
    let bill = FinalBill {
        prorate: call.params.flag("prorate")?.unwrap_or(false),
        invoice_now: call.params.flag("invoice_now")?.unwrap_or(false),
    };
    call.params.ignore(&["cancellation_details"]);
    call.params.finish()?;
    if !is_running(&subscription) {
        return Err(StripeError::no_such(KIND, &call.id, "id"));
    }
    early_end::end_now(store, subscription, bill)
}
