//! Products.

use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Page, Params, StripeError};
use serde_json::{Value, json};

const KIND: &str = "product";

/// A product object.
pub fn object(store: &Store, id: &str, name: &str, description: Option<&str>) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "active": true,
        "created": store.seconds(),
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
        "updated": store.seconds(),
        "url": null,
    })
}

/// The product described by `product_data` or by `POST /v1/products`; not yet saved.
pub fn from_params(store: &Store, params: &mut Params) -> Result<Value, StripeError> {
    let name = params.required("name")?;
    let id = params.text("id")?.unwrap_or_else(|| random::id("prod"));
    if store.find(KIND, &id).is_ok() {
        return Err(StripeError::invalid_code("resource_already_exists", "id", "Product already exists."));
    }
    let mut product = object(store, &id, &name, None);
    set_fields(&mut product, params)?;
    Ok(product)
}

fn set_fields(product: &mut Value, params: &mut Params) -> Result<(), StripeError> {
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
    params.ignore(&["shippable", "type"]);
    Ok(())
}

/// `POST /v1/products`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let product = from_params(store, &mut call.params)?;
    call.params.finish()?;
    store.save_and_emit(&product, "product.created");
    Ok(product)
}

/// `GET /v1/products/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `POST /v1/products/{id}`.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut product = store.find(KIND, &call.id)?;
    set_fields(&mut product, &mut call.params)?;
    call.params.finish()?;
    product["updated"] = store.seconds().into();
    store.save_and_emit_update(&product, "product.updated");
    Ok(product)
}

/// `GET /v1/products`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let active = call.params.flag("active")?;
    let ids = call.params.texts("ids")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/products", |product| {
        active.is_none_or(|active| product["active"] == active)
            && (ids.is_empty() || ids.iter().any(|id| product["id"] == **id))
    })
}
