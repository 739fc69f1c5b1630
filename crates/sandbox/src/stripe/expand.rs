//! `expand[]`: replaces ids by the objects they name, and adds lists that are only included on request.

use super::api::error::StripeError;
use super::catalogue::prices;
use super::checkout::line_items;
use super::invoices::invoice_payments;
use super::payments::refunds;
use super::portal::configurations;
use super::subscriptions::subscription;
use crate::store::Store;
use serde_json::Value;

/// The kinds of object by the prefix of their ids.
const KINDS: [(&str, &str); 15] = [
    ("bpc_", configurations::KIND),
    ("ch_", "charge"),
    ("cs_", "checkout.session"),
    ("cus_", "customer"),
    ("di_", "discount"),
    ("du_", "dispute"),
    ("in_", "invoice"),
    ("pi_", "payment_intent"),
    ("pm_", "payment_method"),
    ("price_", "price"),
    ("prod_", "product"),
    ("promo_", "promotion_code"),
    ("re_", "refund"),
    ("sub_", "subscription"),
    ("txn_", "balance_transaction"),
];

/// The field of a path that cannot be expanded.
struct NotExpandable(String);

/// Expands one path, such as `latest_charge`, `data.line_items` or `payment_intent.latest_charge`.
pub fn expand(store: &Store, object: &mut Value, path: &str) -> Result<(), StripeError> {
    if path.split('.').count() > 4 {
        return Err(StripeError::invalid("You cannot expand more than 4 levels of a property."));
    }
    expand_in(store, object, path).map_err(|NotExpandable(field)| {
        StripeError::invalid_param("expand", format!("This property cannot be expanded ({field})."))
    })
}

fn expand_in(store: &Store, value: &mut Value, path: &str) -> Result<(), NotExpandable> {
    if let Value::Array(elements) = value {
        return elements.iter_mut().try_for_each(|element| expand_in(store, element, path));
    }
    if value.is_null() {
        return Ok(());
    }
    if value["object"] == configurations::KIND && path == "features.subscription_update.products" {
        configurations::show_products(store, value);
        return Ok(());
    }
    let not_expandable = || NotExpandable(path.to_owned());
    if !value.is_object() {
        return Err(not_expandable());
    }
    let (field, rest) = path.split_once('.').map_or((path, None), |(field, rest)| (field, Some(rest)));
    if value[field].is_null()
        && let Some(list) = list_on_request(store, value, field)
    {
        value[field] = list;
    }
    let target = value.get_mut(field).ok_or_else(not_expandable)?;
    if let Some(id) = target.as_str() {
        // Merchants choose ids of products as they like.
        let kind = match field {
            "product" => Some("product"),
            _ => KINDS.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, kind)| *kind),
        };
        let object = kind.and_then(|kind| store.records.get(kind, id)).cloned();
        *target = object.ok_or_else(not_expandable)?;
    }
    rest.map_or(Ok(()), |rest| expand_in(store, target, rest))
}

/// The list that a field of an object stands for and that is left out unless it is expanded.
fn list_on_request(store: &Store, object: &Value, field: &str) -> Option<Value> {
    let id = object["id"].as_str().unwrap_or_default();
    match (object["object"].as_str()?, field) {
        ("checkout.session", "line_items") => Some(line_items::of_session(store, id)),
        ("charge", "refunds") => Some(refunds::of_charge(store, id)),
        ("customer", "subscriptions") => Some(subscription::of_customer(store, id)),
        ("price", "currency_options") => Some(prices::currency_options(store, object)),
        ("invoice", "payments") => Some(invoice_payments::of_invoice(store, id)),
        _ => None,
    }
}
