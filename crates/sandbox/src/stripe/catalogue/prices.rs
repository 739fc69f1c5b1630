//! Prices, their lookup keys, and what they are in other currencies.

use super::interval::BillingInterval;
use super::products;
use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, Params, StripeError};
use serde_json::{Map, Value, json};

const KIND: &str = "price";
/// What prices are in other currencies than their own.
const OPTIONS: Kind = "price.currency_options";

/// The active price with a lookup key.
pub fn by_lookup_key(store: &Store, lookup_key: &str) -> Option<Value> {
    let mut prices = store.records.all(KIND).map(|(_, price)| price);
    prices.find(|price| price["lookup_key"] == lookup_key && price["active"] == true).cloned()
}

/// The object of a one-time price.
pub fn object(store: &Store, id: &str, product: &str, currency: &str, unit_amount: i64) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "active": true,
        "billing_scheme": "per_unit",
        "created": store.seconds(),
        "currency": currency,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": null,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": unit_amount.to_string(),
    })
}

/// What a price is in each currency, which it shows only if it is asked to.
pub fn currency_options(store: &Store, price: &Value) -> Value {
    let id = price["id"].as_str().unwrap_or_default();
    let mut options: Map<String, Value> = store.records.read(OPTIONS, id).unwrap_or_default();
    if let Some(own) = price["currency"].as_str() {
        let own_amount = option(&price["unit_amount"], &price["tax_behavior"]);
        options.insert(own.to_owned(), own_amount);
    }
    Value::Object(options)
}

fn option(unit_amount: &Value, tax_behavior: &Value) -> Value {
    let decimal = unit_amount.as_i64().map(|amount| amount.to_string());
    json!({ "custom_unit_amount": null, "tax_behavior": tax_behavior, "unit_amount": unit_amount, "unit_amount_decimal": decimal })
}

/// The price as it is sold in a currency; in its own if none is asked for.
pub fn in_currency(store: &Store, mut price: Value, currency: Option<&str>) -> Result<Value, StripeError> {
    let Some(currency) = currency.filter(|currency| price["currency"] != **currency) else {
        return Ok(price);
    };
    let option = &currency_options(store, &price)[currency];
    if option.is_null() {
        let own = price["currency"].as_str().unwrap_or_default();
        return Err(StripeError::invalid(format!(
            "The price specified only supports `{own}`. This doesn't match the expected currency: `{currency}`."
        )));
    }
    price["currency"] = currency.into();
    for field in ["unit_amount", "unit_amount_decimal", "tax_behavior"] {
        price[field] = option[field].clone();
    }
    Ok(price)
}

/// Makes a one-time price a recurring one.
pub fn make_recurring(price: &mut Value, interval: &str, interval_count: i64) {
    price["type"] = "recurring".into();
    price["recurring"] = json!({
        "interval": interval,
        "interval_count": interval_count,
        "meter": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    });
}

/// The price described by `price_data` or by `POST /v1/prices`, not yet saved. Its product is saved.
pub fn from_params(store: &mut Store, params: &mut Params) -> Result<Value, StripeError> {
    let currency = params.required("currency")?.to_lowercase();
    check_currency(&currency, &params.full_name("currency"))?;
    let unit_amount = params
        .at_least("unit_amount", 0)?
        .ok_or_else(|| StripeError::missing(&params.full_name("unit_amount")))?;
    let mut product_data = params.nested("product_data")?;
    let product = match params.text("product")? {
        Some(product) => find_by_param(store, "product", &product, &params.full_name("product"))?,
        None if product_data.is_empty() => return Err(StripeError::missing(&params.full_name("product"))),
        None => products::from_params(store, &mut product_data)?,
    };
    product_data.finish()?;
    let product_id = product["id"].as_str().unwrap_or_default();
    let mut price = object(store, &random::id("price"), product_id, &currency, unit_amount);
    let recurring = params.nested("recurring")?;
    if !recurring.is_empty() {
        set_recurring(&mut price, recurring)?;
    }
    if let Some(behavior) = params.one_of("tax_behavior", &["exclusive", "inclusive", "unspecified"])? {
        price["tax_behavior"] = behavior.into();
    }
    set_currency_options(store, &price, params)?;
    store.save(&product);
    Ok(price)
}

fn check_currency(currency: &str, param: &str) -> Result<(), StripeError> {
    if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(StripeError::invalid_param(param, format!("Invalid currency: {currency}.")))
}

fn set_currency_options(store: &mut Store, price: &Value, params: &mut Params) -> Result<(), StripeError> {
    let mut options = Map::new();
    for (currency, mut given) in params.named_objects("currency_options")? {
        check_currency(&currency, &given.full_name("unit_amount"))?;
        let amount = given.at_least("unit_amount", 0)?;
        let amount = amount.ok_or_else(|| StripeError::missing(&given.full_name("unit_amount")))?;
        let behavior = given.one_of("tax_behavior", &["exclusive", "inclusive", "unspecified"])?;
        given.finish()?;
        options.insert(currency, option(&amount.into(), &behavior.unwrap_or("unspecified").into()));
    }
    if !options.is_empty() {
        store.records.write(OPTIONS, price["id"].as_str().unwrap_or_default(), &options);
    }
    Ok(())
}

fn set_recurring(price: &mut Value, mut recurring: Params) -> Result<(), StripeError> {
    let interval = recurring.one_of("interval", &["month", "year"])?;
    let interval = interval.ok_or_else(|| StripeError::missing(&recurring.full_name("interval")))?;
    let count = recurring.at_least("interval_count", 1)?.unwrap_or(1);
    if BillingInterval::new(interval, count).is_none() {
        let param = recurring.full_name("interval_count");
        return Err(StripeError::invalid_param(&param, "A billing period can be three years at most."));
    }
    make_recurring(price, interval, count);
    recurring.ignore(&["usage_type"]);
    recurring.finish()
}

fn set_fields(store: &mut Store, price: &mut Value, params: &mut Params) -> Result<(), StripeError> {
    if let Some(nickname) = params.text("nickname")? {
        price["nickname"] = nickname.into();
    }
    if let Some(active) = params.flag("active")? {
        price["active"] = active.into();
    }
    params.metadata(&mut price["metadata"])?;
    let transfer = params.flag("transfer_lookup_key")?.unwrap_or(false);
    if let Some(lookup_key) = params.text("lookup_key")? {
        take_lookup_key(store, &lookup_key, price, transfer)?;
        price["lookup_key"] = lookup_key.into();
    }
    Ok(())
}

/// Removes a lookup key from the price that has it; refused unless it is to be transferred.
fn take_lookup_key(
    store: &mut Store,
    lookup_key: &str,
    for_price: &Value,
    transfer: bool,
) -> Result<(), StripeError> {
    let holder = by_lookup_key(store, lookup_key).filter(|holder| holder["id"] != for_price["id"]);
    let Some(mut holder) = holder else { return Ok(()) };
    if !transfer {
        let id = &holder["id"];
        let message =
            format!("A price ({id}) already uses that lookup key. Set transfer_lookup_key to move it.");
        return Err(StripeError::invalid_param("lookup_key", message));
    }
    holder["lookup_key"] = Value::Null;
    store.save_and_emit_update(&holder, "price.updated");
    Ok(())
}

/// `POST /v1/prices`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut price = from_params(store, &mut call.params)?;
    set_fields(store, &mut price, &mut call.params)?;
    call.params.finish()?;
    store.save_and_emit(&price, "price.created");
    Ok(price)
}

/// `GET /v1/prices/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/prices/{id}`.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut price = store.find(KIND, &call.id)?;
    set_fields(store, &mut price, &mut call.params)?;
    call.params.finish()?;
    store.save_and_emit_update(&price, "price.updated");
    Ok(price)
}

/// `GET /v1/prices`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let active = call.params.flag("active")?;
    let currency = call.params.text("currency")?;
    let product = call.params.text("product")?;
    let price_type = call.params.one_of("type", &["one_time", "recurring"])?;
    let lookup_keys = call.params.texts("lookup_keys")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/prices", |price| {
        active.is_none_or(|active| price["active"] == active)
            && currency.as_ref().is_none_or(|currency| price["currency"] == **currency)
            && product.as_ref().is_none_or(|product| price["product"] == **product)
            && price_type.is_none_or(|price_type| price["type"] == price_type)
            && (lookup_keys.is_empty() || lookup_keys.iter().any(|key| price["lookup_key"] == **key))
    })
}
