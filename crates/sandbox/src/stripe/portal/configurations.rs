//! Portal configurations. The features about subscriptions are stored as they were given, so that a configuration without
//! a list of products offers the plans as they are at the time.

use super::features::{self, AdjustableQuantity, Product, SubscriptionCancel, SubscriptionUpdate};
use super::features_params;
use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::api::{Call, Page, Params, StripeError};
use crate::stripe::catalogue::plans;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The kind of configurations.
pub const KIND: &str = "billing_portal.configuration";

/// The id of the default configuration.
pub const DEFAULT: &str = "bpc_sandbox";

/// What a configuration lets customers do with their subscriptions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// How they change plan and quantity.
    pub update: SubscriptionUpdate,
    /// How they cancel.
    pub cancel: SubscriptionCancel,
}

impl Features {
    const KIND: Kind = "billing_portal.features";

    /// The features of a configuration.
    pub fn of(store: &Store, configuration: &str) -> Self {
        store.records.read(Self::KIND, configuration).unwrap_or_default()
    }

    /// The products that customers can change to.
    pub fn products(&self, store: &Store) -> Vec<Product> {
        self.update.products.clone().unwrap_or_else(|| products_of_plans(store))
    }
}

fn products_of_plans(store: &Store) -> Vec<Product> {
    let mut prices = BTreeMap::<String, Vec<String>>::new();
    for price in plans::offered_prices(store) {
        if let (Some(product), Some(id)) = (price["product"].as_str(), price["id"].as_str()) {
            prices.entry(product.to_owned()).or_default().push(id.to_owned());
        }
    }
    let product = |(id, prices)| Product { id, prices, adjustable_quantity: AdjustableQuantity::default() };
    prices.into_iter().map(product).collect()
}

/// Adds the default configuration if it is missing.
pub fn seed(store: &mut Store) {
    if store.find(KIND, DEFAULT).is_err() {
        set_default(store, &Features::default());
    }
}

/// Sets the features of the default configuration, and returns it with its products.
pub fn set_default(store: &mut Store, features: &Features) -> Value {
    let configuration = store.find(KIND, DEFAULT).unwrap_or_else(|_| new(store, DEFAULT));
    save(store, configuration, features);
    default_with_products(store)
}

/// The default configuration with its products.
pub fn default_with_products(store: &Store) -> Value {
    let mut configuration = store.find(KIND, DEFAULT).unwrap_or_default();
    show_products(store, &mut configuration);
    configuration
}

/// Adds the products to a configuration, as `expand[]=features.subscription_update.products` does.
pub fn show_products(store: &Store, configuration: &mut Value) {
    let id = configuration["id"].as_str().unwrap_or_default();
    let products = Features::of(store, id).products(store);
    configuration["features"]["subscription_update"]["products"] = json!(products);
}

/// The active configuration that a portal session names, or the default one.
pub fn of_session(store: &Store, id: Option<&str>) -> Result<Value, StripeError> {
    let configuration = find_by_param(store, KIND, id.unwrap_or(DEFAULT), "configuration")?;
    if configuration["active"] == true {
        return Ok(configuration);
    }
    Err(StripeError::invalid_param("configuration", "This portal configuration is not active."))
}

fn new(store: &Store, id: &str) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "active": true,
        "application": null,
        "business_profile": { "headline": null, "privacy_policy_url": null, "terms_of_service_url": null },
        "created": store.seconds(),
        "default_return_url": null,
        "is_default": id == DEFAULT,
        "livemode": false,
        "login_page": { "enabled": false, "url": null },
        "metadata": {},
        "name": null,
        "updated": store.seconds(),
    })
}

/// Saves a configuration and returns it with its features, except for the products, which are shown on request.
fn save(store: &mut Store, mut configuration: Value, features: &Features) -> Value {
    let update = SubscriptionUpdate { products: None, ..features.update.clone() };
    configuration["features"] = features::object(&update, &features.cancel);
    configuration["updated"] = store.seconds().into();
    store.save(&configuration);
    store.records.write(Features::KIND, configuration["id"].as_str().unwrap_or_default(), features);
    configuration
}

/// `POST /v1/billing_portal/configurations`.
pub fn create(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    // What a new configuration says nothing about, it does not allow.
    let update =
        SubscriptionUpdate { enabled: false, default_allowed_updates: Vec::new(), ..Default::default() };
    let cancel = SubscriptionCancel { enabled: false, ..Default::default() };
    let configuration = new(store, &random::id("bpc"));
    let configuration = change(store, configuration, Features { update, cancel }, &mut call.params)?;
    call.params.finish()?;
    store.emit("billing_portal.configuration.created", &configuration, None);
    Ok(configuration)
}

/// `POST /v1/billing_portal/configurations/{id}`.
pub fn update(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let mut configuration = store.find(KIND, &call.id)?;
    if let Some(active) = call.params.flag("active")? {
        configuration["active"] = active.into();
    }
    let features = Features::of(store, &call.id);
    let configuration = change(store, configuration, features, &mut call.params)?;
    call.params.finish()?;
    store.emit("billing_portal.configuration.updated", &configuration, None);
    Ok(configuration)
}

fn change(
    store: &mut Store,
    mut configuration: Value,
    mut features: Features,
    params: &mut Params,
) -> Result<Value, StripeError> {
    for field in ["default_return_url", "name"] {
        if let Some(text) = params.text(field)? {
            configuration[field] = text.into();
        }
    }
    params.metadata(&mut configuration["metadata"])?;
    let mut given = params.nested("features")?;
    features_params::read(&mut given, &mut features.update, &mut features.cancel)?;
    given.finish()?;
    for product in features.update.products.iter().flatten() {
        for price in &product.prices {
            find_by_param(store, "price", price, "features[subscription_update][products]")?;
        }
    }
    params.ignore(&["business_profile", "login_page"]);
    Ok(save(store, configuration, &features))
}

/// `GET /v1/billing_portal/configurations/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    Ok(store.find(KIND, &call.id)?)
}

/// `GET /v1/billing_portal/configurations`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let active = call.params.flag("active")?;
    let is_default = call.params.flag("is_default")?;
    call.params.finish()?;
    page.select(store, KIND, "/v1/billing_portal/configurations", |configuration| {
        active.is_none_or(|active| configuration["active"] == active)
            && is_default.is_none_or(|is_default| configuration["is_default"] == is_default)
    })
}
