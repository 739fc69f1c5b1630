//! `expand[]`: ids replaced by the objects that they name, and lists that are left out unless asked for.

use super::refusal::Refusal;
use super::{charges, checkout, invoices, subscriptions};
use crate::books::Books;
use serde_json::Value;

/// What the ids of each kind start with.
const KINDS: [(&str, &str); 12] = [
    ("ch_", "charge"),
    ("cs_", "checkout.session"),
    ("cus_", "customer"),
    ("du_", "dispute"),
    ("in_", "invoice"),
    ("pi_", "payment_intent"),
    ("pm_", "payment_method"),
    ("price_", "price"),
    ("prod_", "product"),
    ("re_", "refund"),
    ("sub_", "subscription"),
    ("txn_", "balance_transaction"),
];

/// Expands one path, such as `latest_charge`, `data.line_items` or `payment_intent.latest_charge`.
pub fn expand(books: &Books, object: &mut Value, path: &str) -> Result<(), Refusal> {
    if path.split('.').count() > 4 {
        return Err(Refusal::invalid("You cannot expand more than 4 levels of a property."));
    }
    walk(books, object, path).map_err(|field| {
        Refusal::invalid_param("expand", format!("This property cannot be expanded ({field})."))
    })
}

fn walk(books: &Books, value: &mut Value, path: &str) -> Result<(), String> {
    if let Value::Array(elements) = value {
        return elements.iter_mut().try_for_each(|element| walk(books, element, path));
    }
    let (field, rest) = path.split_once('.').map_or((path, None), |(field, rest)| (field, Some(rest)));
    let Some(id) = value["id"].as_str().map(str::to_owned).or_else(|| value.is_object().then(String::new))
    else {
        // What is absent has nothing to expand.
        return if value.is_null() { Ok(()) } else { Err(path.to_owned()) };
    };
    let left_out = match (value["object"].as_str().unwrap_or_default(), field) {
        ("checkout.session", "line_items") => Some(checkout::line_items_of(books, &id)),
        ("charge", "refunds") => Some(charges::refunds_of(books, &id)),
        ("customer", "subscriptions") => Some(subscriptions::of_customer(books, &id)),
        ("invoice", "payments") => Some(invoices::payments_of(books, &id)),
        _ => None,
    };
    if let Some(list) = left_out
        && value[field].is_null()
    {
        value[field] = list;
    }
    let Some(target) = value.get_mut(field) else { return Err(path.to_owned()) };
    if let Some(id) = target.as_str() {
        let kind = KINDS.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, kind)| *kind);
        *target =
            kind.and_then(|kind| books.records.get(kind, id)).cloned().ok_or_else(|| path.to_owned())?;
    }
    rest.map_or(Ok(()), |rest| walk(books, target, rest))
}
