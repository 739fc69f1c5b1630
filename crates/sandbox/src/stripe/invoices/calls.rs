//! The API's calls about invoices.

use super::customer_balance;
use super::invoice::{KIND, subscription_of};
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};

/// `GET /v1/invoices/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/invoices/{id}/lines`.
pub fn lines(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let invoice = store.find(KIND, &call.id)?;
    let page = Page::of(&mut call.params)?;
    call.params.finish()?;
    let lines: Vec<&Value> = invoice["lines"]["data"].as_array().into_iter().flatten().collect();
    page.slice(&lines, "line_item", &format!("/v1/invoices/{}/lines", call.id))
}

/// `GET /v1/invoices`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let customer = call.params.text("customer")?;
    let subscription = call.params.text("subscription")?;
    let status = call.params.one_of("status", &["draft", "open", "paid", "uncollectible", "void"])?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/invoices", |invoice| {
        customer.as_ref().is_none_or(|customer| invoice["customer"] == **customer)
            && subscription.as_ref().is_none_or(|subscription| subscription_of(invoice) == &**subscription)
            && status.is_none_or(|status| invoice["status"] == status)
    })
}

/// `DELETE /v1/invoices/{id}`: only a draft can be deleted.
pub fn delete(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let invoice = store.find(KIND, &call.id)?;
    call.params.finish()?;
    if invoice["status"] != "draft" {
        let message = "You can only delete draft invoices.";
        return Err(StripeError::state("invoice_not_editable", message));
    }
    store.records.remove(KIND, &call.id);
    store.emit("invoice.deleted", &invoice, None);
    Ok(json!({ "id": call.id, "object": "invoice", "deleted": true }))
}

/// `POST /v1/invoices/{id}/mark_uncollectible`: nobody expects it to be paid any more. It can still be paid or voided.
pub fn mark_uncollectible(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let mut invoice = store.find(KIND, &call.id)?;
    call.params.finish()?;
    if invoice["status"] != "open" {
        let message = "This invoice is not open, so it cannot be marked as uncollectible.";
        return Err(StripeError::state("invoice_not_editable", message));
    }
    invoice["status"] = "uncollectible".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["marked_uncollectible_at"] = store.seconds().into();
    store.save_and_emit(&invoice, "invoice.marked_uncollectible");
    Ok(invoice)
}

/// `POST /v1/invoices/{id}/void`: it will never be paid. The balance that was applied to it is given back.
pub fn void(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let mut invoice = store.find(KIND, &call.id)?;
    call.params.finish()?;
    if !matches!(invoice["status"].as_str(), Some("open" | "uncollectible")) {
        let message = "This invoice is neither open nor uncollectible, so it cannot be voided.";
        return Err(StripeError::state("invoice_not_editable", message));
    }
    invoice["status"] = "void".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["voided_at"] = store.seconds().into();
    store.save_and_emit(&invoice, "invoice.voided");
    if let Ok(customer) = store.find("customer", invoice["customer"].as_str().unwrap_or_default()) {
        customer_balance::give_back(store, customer, &invoice);
    }
    Ok(invoice)
}
