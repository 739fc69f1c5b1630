//! The calls that change prices. A price inside a subscription is the price itself, so it changes too.

use super::item;
use crate::store::Store;
use crate::stripe::api::{Call, StripeError};
use crate::stripe::catalogue::prices;
use serde_json::Value;

/// `POST /v1/prices`, which can take a lookup key from another price.
pub fn create(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let price = prices::create(store, call)?;
    item::refresh_prices(store);
    Ok(price)
}

/// `POST /v1/prices/{id}`.
pub fn update(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    let price = prices::update(store, call)?;
    item::refresh_prices(store);
    Ok(price)
}
