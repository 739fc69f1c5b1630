//! The `features` parameter of portal configurations.

use super::features::{AdjustableQuantity, Product, SubscriptionCancel, SubscriptionUpdate};
use crate::stripe::api::{Params, StripeError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Changes the features that are given.
pub fn read(
    params: &mut Params,
    update: &mut SubscriptionUpdate,
    cancel: &mut SubscriptionCancel,
) -> Result<(), StripeError> {
    read_update(params.nested("subscription_update")?, update)?;
    read_cancel(params.nested("subscription_cancel")?, cancel)?;
    params.ignore(&["customer_update", "invoice_history", "payment_method_update", "subscription_pause"]);
    Ok(())
}

fn read_update(mut given: Params, update: &mut SubscriptionUpdate) -> Result<(), StripeError> {
    set(&mut update.enabled, given.flag("enabled")?);
    set(&mut update.billing_cycle_anchor, word(&mut given, "billing_cycle_anchor")?);
    set(&mut update.proration_behavior, word(&mut given, "proration_behavior")?);
    set(&mut update.trial_update_behavior, word(&mut given, "trial_update_behavior")?);
    if given.has("default_allowed_updates") {
        let param = given.full_name("default_allowed_updates");
        let words = given.texts("default_allowed_updates")?;
        update.default_allowed_updates =
            words.into_iter().map(|text| parsed(text.into(), &param)).collect::<Result<_, _>>()?;
    }
    if given.has("products") {
        let products = given.objects("products")?;
        update.products = Some(products.into_iter().map(product).collect::<Result<_, _>>()?);
    }
    if given.has("schedule_at_period_end") {
        let mut schedule = given.nested("schedule_at_period_end")?;
        let param = schedule.full_name("conditions");
        let mut conditions = Vec::new();
        for mut condition in schedule.objects("conditions")? {
            conditions.push(parsed(json!({ "type": condition.required("type")? }), &param)?);
            condition.finish()?;
        }
        schedule.finish()?;
        update.schedule_at_period_end.conditions = conditions;
    }
    given.finish()
}

fn product(mut given: Params) -> Result<Product, StripeError> {
    let id = given.required("product")?;
    let prices = given.texts("prices")?;
    let mut range = given.nested("adjustable_quantity")?;
    let mut adjustable_quantity = AdjustableQuantity::default();
    set(&mut adjustable_quantity.enabled, range.flag("enabled")?);
    set(&mut adjustable_quantity.minimum, range.at_least("minimum", 0)?);
    adjustable_quantity.maximum = range.at_least("maximum", 1)?;
    range.finish()?;
    given.finish()?;
    Ok(Product { id, prices, adjustable_quantity })
}

fn read_cancel(mut given: Params, cancel: &mut SubscriptionCancel) -> Result<(), StripeError> {
    set(&mut cancel.enabled, given.flag("enabled")?);
    set(&mut cancel.mode, word(&mut given, "mode")?);
    let behaviors = ["none", "create_prorations"];
    if let Some(behavior) = given.one_of("proration_behavior", &behaviors)? {
        cancel.proration_behavior = parsed(behavior.into(), "proration_behavior")?;
    }
    given.ignore(&["cancellation_reason"]);
    given.finish()
}

fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// One of the words that a type has in JSON.
fn word<T: DeserializeOwned>(params: &mut Params, name: &str) -> Result<Option<T>, StripeError> {
    let param = params.full_name(name);
    params.text(name)?.map(|text| parsed(text.into(), &param)).transpose()
}

fn parsed<T: DeserializeOwned>(value: Value, param: &str) -> Result<T, StripeError> {
    serde_json::from_value(value)
        .map_err(|error| StripeError::invalid_param(param, format!("Invalid {param}: {error}")))
}
