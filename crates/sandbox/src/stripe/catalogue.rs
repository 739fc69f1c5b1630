//! Products and prices, with the built-in plans of the rules.

use super::gate::Call;
use super::list::Page;
use super::params::Params;
use super::refusal::Refusal;
use crate::books::Books;
use crate::id;
use crate::time::Interval;
use serde_json::{Value, json};

/// The plans that the catalogue starts with: id, name, price in US cents by month and by year.
const PLANS: [(&str, &str, i64, i64); 3] = [
    ("essential", "Essential", 1_200, 12_000),
    ("premium", "Premium", 3_000, 28_800),
    ("ultimate", "Ultimate", 6_000, 57_600),
];

/// Adds the plans that are not there yet.
pub fn seed(books: &mut Books) {
    for (plan, name, month, year) in PLANS {
        let product = format!("prod_tokenwell_{plan}");
        if books.find("product", &product).is_err() {
            let description = format!("Tokenwell {name}: fast tokens every month, with a Rollover Bank");
            books.save(&product_object(books, &product, &format!("Tokenwell {name}"), Some(&description)));
        }
        for (interval, amount) in [("month", month), ("year", year)] {
            let price = format!("price_tokenwell_{plan}_{interval}");
            if books.find("price", &price).is_err() {
                let mut object = price_object(books, &price, &product, "usd", amount);
                object["lookup_key"] = format!("tokenwell_{plan}_{interval}").into();
                object["nickname"] = name.into();
                object["tax_behavior"] = "inclusive".into();
                make_recurring(&mut object, interval, 1);
                books.save(&object);
            }
        }
    }
}

/// The active price with a lookup key.
pub fn lookup(books: &Books, lookup_key: &str) -> Option<Value> {
    let mut prices = books.records.all("price").map(|(_, price)| price);
    prices.find(|price| price["lookup_key"] == lookup_key && price["active"] == true).cloned()
}

/// How often a recurring price bills.
pub fn interval_of(price: &Value) -> Option<Interval> {
    let recurring = &price["recurring"];
    Interval::of(recurring["interval"].as_str()?, recurring["interval_count"].as_i64()?)
}

fn product_object(books: &Books, id: &str, name: &str, description: Option<&str>) -> Value {
    json!({
        "id": id,
        "object": "product",
        "active": true,
        "created": books.seconds(),
        "default_price": null,
        "description": description,
        "images": [],
        "livemode": false,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "tax_details": null,
        "type": "service",
        "unit_label": null,
        "updated": books.seconds(),
        "url": null,
    })
}

fn price_object(books: &Books, id: &str, product: &str, currency: &str, unit_amount: i64) -> Value {
    json!({
        "id": id,
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": books.seconds(),
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

fn make_recurring(price: &mut Value, interval: &str, interval_count: i64) {
    price["type"] = "recurring".into();
    price["recurring"] = json!({
        "interval": interval,
        "interval_count": interval_count,
        "meter": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    });
}

/// Makes the product that `product_data` (or `POST /v1/products`) describes.
fn new_product(books: &mut Books, params: &mut Params) -> Result<Value, Refusal> {
    let name = params.required("name")?;
    let id = params.text("id")?.unwrap_or_else(|| id::fresh("prod"));
    if books.find("product", &id).is_ok() {
        return Err(Refusal::invalid_code("resource_already_exists", "id", "Product already exists."));
    }
    let mut product = product_object(books, &id, &name, None);
    describe_product(&mut product, params)?;
    Ok(product)
}

fn describe_product(product: &mut Value, params: &mut Params) -> Result<(), Refusal> {
    for field in ["name", "description", "tax_code", "unit_label", "statement_descriptor", "url"] {
        if let Some(text) = params.text(field)? {
            product[field] = text.into();
        }
    }
    if let Some(active) = params.flag("active")? {
        product["active"] = active.into();
    }
    let images = params.texts("images")?;
    if !images.is_empty() {
        product["images"] = images.into();
    }
    params.metadata(&mut product["metadata"])?;
    params.accept(&["shippable", "type"]);
    Ok(())
}

/// Makes the price that `price_data` (or `POST /v1/prices`) describes, and its product if that is new.
pub fn new_price(books: &mut Books, params: &mut Params) -> Result<Value, Refusal> {
    let currency = params.required("currency")?.to_lowercase();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let param = params.full("currency");
        return Err(Refusal::invalid_param(&param, format!("Invalid currency: {currency}.")));
    }
    let unit_amount =
        params.at_least("unit_amount", 0)?.ok_or_else(|| Refusal::missing(&params.full("unit_amount")))?;
    let mut product_data = params.nested("product_data")?;
    let product = match params.text("product")? {
        Some(product) => books.find_for("product", &product, &params.full("product"))?,
        None if product_data.is_empty() => return Err(Refusal::missing(&params.full("product"))),
        None => new_product(books, &mut product_data)?,
    };
    product_data.finish()?;
    let mut recurring = params.nested("recurring")?;
    let mut price = price_object(
        books,
        &id::fresh("price"),
        product["id"].as_str().unwrap_or_default(),
        &currency,
        unit_amount,
    );
    if !recurring.is_empty() {
        let interval = recurring.one_of("interval", &["month", "year"])?;
        let interval = interval.ok_or_else(|| Refusal::missing(&recurring.full("interval")))?;
        let count = recurring.at_least("interval_count", 1)?.unwrap_or(1);
        if Interval::of(interval, count).is_none() {
            let param = recurring.full("interval_count");
            return Err(Refusal::invalid_param(&param, "A billing period can be three years at most."));
        }
        make_recurring(&mut price, interval, count);
        recurring.accept(&["usage_type"]);
        recurring.finish()?;
    }
    if let Some(behavior) = params.one_of("tax_behavior", &["exclusive", "inclusive", "unspecified"])? {
        price["tax_behavior"] = behavior.into();
    }
    books.save(&product);
    Ok(price)
}

/// `POST /v1/products`.
pub fn create_product(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let product = new_product(books, &mut call.params)?;
    call.params.finish()?;
    books.save_and_emit(&product, "product.created");
    Ok(product)
}

/// `GET /v1/products/{id}`.
pub fn retrieve_product(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find("product", &call.id)
}

/// `POST /v1/products/{id}`.
pub fn update_product(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut product = books.find("product", &call.id)?;
    describe_product(&mut product, &mut call.params)?;
    call.params.finish()?;
    product["updated"] = books.seconds().into();
    books.save_and_emit_update(&product, "product.updated");
    Ok(product)
}

/// `GET /v1/products`.
pub fn list_products(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let active = call.params.flag("active")?;
    let ids = call.params.texts("ids")?;
    call.params.finish()?;
    page.cut(books, "product", "/v1/products", |product| {
        active.is_none_or(|active| product["active"] == active) && is_one_of(&product["id"], &ids)
    })
}

/// `POST /v1/prices`.
pub fn create_price(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut price = new_price(books, &mut call.params)?;
    describe_price(books, &mut price, &mut call.params)?;
    call.params.finish()?;
    books.save_and_emit(&price, "price.created");
    Ok(price)
}

fn describe_price(books: &mut Books, price: &mut Value, params: &mut Params) -> Result<(), Refusal> {
    if let Some(nickname) = params.text("nickname")? {
        price["nickname"] = nickname.into();
    }
    if let Some(active) = params.flag("active")? {
        price["active"] = active.into();
    }
    params.metadata(&mut price["metadata"])?;
    let transfer = params.flag("transfer_lookup_key")?.unwrap_or(false);
    if let Some(lookup_key) = params.text("lookup_key")? {
        if let Some(mut holder) = lookup(books, &lookup_key)
            && holder["id"] != price["id"]
        {
            if !transfer {
                let id = &holder["id"];
                return Err(Refusal::invalid_param(
                    "lookup_key",
                    format!(
                        "A price ({id}) already uses that lookup key. Set transfer_lookup_key to move it."
                    ),
                ));
            }
            holder["lookup_key"] = Value::Null;
            books.save_and_emit_update(&holder, "price.updated");
        }
        price["lookup_key"] = lookup_key.into();
    }
    Ok(())
}

/// `GET /v1/prices/{id}`.
pub fn retrieve_price(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    books.find("price", &call.id)
}

/// `POST /v1/prices/{id}`.
pub fn update_price(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let mut price = books.find("price", &call.id)?;
    describe_price(books, &mut price, &mut call.params)?;
    call.params.finish()?;
    books.save_and_emit_update(&price, "price.updated");
    Ok(price)
}

/// `GET /v1/prices`.
pub fn list_prices(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let active = call.params.flag("active")?;
    let currency = call.params.text("currency")?;
    let product = call.params.text("product")?;
    let kind = call.params.one_of("type", &["one_time", "recurring"])?;
    let lookup_keys = call.params.texts("lookup_keys")?;
    call.params.finish()?;
    page.cut(books, "price", "/v1/prices", |price| {
        active.is_none_or(|active| price["active"] == active)
            && currency.as_ref().is_none_or(|currency| price["currency"] == **currency)
            && product.as_ref().is_none_or(|product| price["product"] == **product)
            && kind.is_none_or(|kind| price["type"] == kind)
            && is_one_of(&price["lookup_key"], &lookup_keys)
    })
}

/// Whether the value is among those asked for; none asked for means any.
fn is_one_of(value: &Value, wanted: &[String]) -> bool {
    wanted.is_empty() || value.as_str().is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
}

/// The prices of the plans that bill by this interval, cheapest first: what the portal offers.
pub fn plan_prices(books: &Books, interval: &str) -> Vec<Value> {
    let prices = books.records.all("price").map(|(_, price)| price);
    let offered = prices.filter(|price| {
        price["active"] == true
            && price["lookup_key"].is_string()
            && price["recurring"]["interval"] == interval
    });
    let mut offered: Vec<Value> = offered.cloned().collect();
    offered.sort_by_key(|price| price["unit_amount"].as_i64());
    offered
}
