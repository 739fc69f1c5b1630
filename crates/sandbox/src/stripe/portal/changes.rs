//! What customers do in the portal, within its configuration.

use super::configurations::Features;
use super::features::{AllowedUpdate, CancelMode, ConditionKind};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::subscriptions::cancellation;
use crate::stripe::subscriptions::change::{
    PaymentBehavior, ProrationBehavior, Terms, change_at_period_end, change_now, with_item,
};
use crate::stripe::subscriptions::early_end::{self, FinalBill};
use crate::stripe::subscriptions::item::{self, Wanted};
use serde_json::Value;

/// The prices that customers can change a subscription to, cheapest first.
pub fn offered_prices(store: &Store, features: &Features, subscription: &Value) -> Vec<Value> {
    if !can_change(features, subscription, AllowedUpdate::Price) {
        return Vec::new();
    }
    let products = features.products(store);
    let prices = products.iter().flat_map(|product| &product.prices);
    let prices = prices.filter_map(|id| store.find("price", id).ok());
    let mut offered: Vec<Value> =
        prices.filter(|it| it["active"] == true && it["currency"] == subscription["currency"]).collect();
    offered.sort_by_key(|price| (item::interval_of(price).months, price["unit_amount"].as_i64()));
    offered
}

/// Whether customers can change this of a subscription. Stripe's portal changes subscriptions with one item only.
pub fn can_change(features: &Features, subscription: &Value, update: AllowedUpdate) -> bool {
    features.update.allows(update) && item::all(subscription).len() == 1
}

/// Changes the price or the quantity of a subscription, at once or when its period ends.
pub fn change(
    store: &mut Store,
    features: &Features,
    subscription: Value,
    price: Option<&str>,
    quantity: Option<i64>,
) -> Result<Value, StripeError> {
    let item = item::of(&subscription).clone();
    let current = Wanted::of(&item);
    let price = match price {
        Some(id) => find_by_param(store, "price", id, "price")?,
        None => current.price.clone(),
    };
    let quantity = quantity.unwrap_or(current.quantity);
    if price["id"] != current.price["id"] {
        let offered = offered_prices(store, features, &subscription);
        if !offered.iter().any(|offered| offered["id"] == price["id"]) {
            return Err(StripeError::invalid_param("price", "The portal does not offer this price."));
        }
    }
    if quantity != current.quantity {
        check_quantity(store, features, &subscription, &price, quantity)?;
    }
    let wanted = with_item(&subscription, &item, &price, quantity);
    let next = Wanted { id: None, price, quantity };
    if waits(features, &current, &next) {
        return change_at_period_end(store, subscription, &wanted);
    }
    let terms = Terms {
        proration_behavior: features.update.proration_behavior,
        billing_cycle_anchor: features.update.billing_cycle_anchor,
        payment_behavior: PaymentBehavior::ErrorIfIncomplete,
    };
    change_now(store, subscription, &wanted, terms)
}

fn check_quantity(
    store: &Store,
    features: &Features,
    subscription: &Value,
    price: &Value,
    quantity: i64,
) -> Result<(), StripeError> {
    let refused = |message: &str| Err(StripeError::invalid_param("quantity", message));
    if !can_change(features, subscription, AllowedUpdate::Quantity) {
        return refused("The portal does not change quantities.");
    }
    let products = features.products(store);
    let range = products.iter().find(|product| price["product"] == *product.id);
    match range.map(|product| &product.adjustable_quantity) {
        Some(range) if !range.enabled => refused("The quantity of this product cannot be changed."),
        Some(range) if quantity < range.minimum.max(1) => refused("The quantity is too small."),
        Some(range) if range.maximum.is_some_and(|maximum| quantity > maximum) => {
            refused("The quantity is too large.")
        }
        None if quantity < 1 => refused("The quantity is too small."),
        _ => Ok(()),
    }
}

fn waits(features: &Features, current: &Wanted, next: &Wanted) -> bool {
    let decreases = next.amount() < current.amount();
    let shortens = item::interval_of(&next.price).months < item::interval_of(&current.price).months;
    decreases && features.update.waits_if(ConditionKind::DecreasingItemAmount)
        || shortens && features.update.waits_if(ConditionKind::ShorteningInterval)
}

/// Cancels a subscription.
pub fn cancel(store: &mut Store, features: &Features, subscription: Value) -> Result<Value, StripeError> {
    if !features.cancel.enabled {
        return Err(StripeError::invalid("The portal does not cancel subscriptions."));
    }
    match features.cancel.mode {
        CancelMode::AtPeriodEnd => cancellation::cancel_in_portal(store, subscription),
        CancelMode::Immediately => {
            let prorate = features.cancel.proration_behavior != ProrationBehavior::None;
            early_end::end_now(store, subscription, FinalBill { prorate, invoice_now: false })
        }
    }
}

/// Takes back a cancellation whose date has not come.
pub fn resume(store: &mut Store, subscription: Value) -> Result<Value, StripeError> {
    cancellation::cancel_at_period_end(store, subscription, false)
}
