//! The line items of a session.

use super::session::HiddenState;
use crate::random;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Params, StripeError, list};
use crate::stripe::catalogue::prices;
use serde_json::{Value, json};

/// The line items described by the parameter `line_items`.
pub fn from_params(store: &mut Store, params: &mut Params, mode: &str) -> Result<Vec<Value>, StripeError> {
    let given = params.objects("line_items")?;
    if given.is_empty() {
        return Err(StripeError::missing("line_items"));
    }
    if given.len() > 100 {
        return Err(StripeError::invalid_param("line_items", "A session can have up to 100 line items."));
    }
    let currency = params.text("currency")?.map(|currency| currency.to_lowercase());
    let item = |item| line_item(store, item, currency.as_deref());
    let items = given.into_iter().map(item).collect::<Result<Vec<_>, _>>()?;
    check_recurring(&items, mode)?;
    if items.iter().any(|item| item["currency"] != items[0]["currency"]) {
        return Err(StripeError::invalid_param("line_items", "All line items must have the same currency."));
    }
    Ok(items)
}

/// Checks that the prices fit the session's mode.
fn check_recurring(items: &[Value], mode: &str) -> Result<(), StripeError> {
    let recurring: Vec<&Value> = items.iter().filter(|item| item["price"]["type"] == "recurring").collect();
    let refused = |message: &str| Err(StripeError::invalid_param("line_items", message));
    match (mode, recurring.first()) {
        ("payment", Some(_)) => refused(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
        ),
        ("subscription", None) => {
            refused("You must provide at least one recurring price in `subscription` mode when using prices.")
        }
        (_, Some(first)) if recurring.iter().any(|item| interval(item) != interval(first)) => {
            refused("All recurring prices must have the same billing interval in the sandbox.")
        }
        _ => Ok(()),
    }
}

/// The interval of a line item.
fn interval(item: &Value) -> (&Value, &Value) {
    let recurring = &item["price"]["recurring"];
    (&recurring["interval"], &recurring["interval_count"])
}

/// Refuses what is archived.
fn check_active(object: &Value, kind: &str, param: &str) -> Result<(), StripeError> {
    if object["active"] == true {
        return Ok(());
    }
    let message = format!("The {kind} specified is inactive. This field only accepts active {kind}s.");
    Err(StripeError::invalid_param(param, message))
}

fn line_item(store: &mut Store, mut item: Params, currency: Option<&str>) -> Result<Value, StripeError> {
    let mut price_data = item.nested("price_data")?;
    let param = item.full_name("price");
    let price = match item.text("price")? {
        Some(price) => {
            let price = find_by_param(store, "price", &price, &param)?;
            check_active(&price, "price", &param)?;
            price
        }
        None if price_data.is_empty() => return Err(StripeError::missing(&param)),
        None => {
            let mut price = prices::from_params(store, &mut price_data)?;
            price["active"] = false.into();
            store.save(&price);
            price
        }
    };
    price_data.finish()?;
    let quantity =
        item.at_least("quantity", 1)?.ok_or_else(|| StripeError::missing(&item.full_name("quantity")))?;
    let mut metadata = json!({});
    item.metadata(&mut metadata)?;
    item.ignore(&["adjustable_quantity", "tax_rates"]);
    item.finish()?;
    let product = store.find("product", price["product"].as_str().unwrap_or_default())?;
    check_active(&product, "product", &param)?;
    let price = prices::in_currency(store, price, currency)?;
    let amount = price["unit_amount"].as_i64().unwrap_or_default().checked_mul(quantity);
    let amount = amount.ok_or_else(|| {
        StripeError::state("amount_too_large", "The amount has more digits than any charge.")
    })?;
    Ok(json!({
        "id": random::id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }))
}

/// The line items of a session, as `expand[]=line_items` includes them.
pub fn of_session(store: &Store, session: &str) -> Value {
    let items = HiddenState::of(store, session).map(|hidden| hidden.line_items).unwrap_or_default();
    list::embedded(&items, &format!("/v1/checkout/sessions/{session}/line_items"))
}
