//! Ending subscriptions, at once or with their period.

use super::item::period_of;
use super::scheduled_change;
use super::subscription::{require_running, running_of_customer};
use crate::store::Store;
use crate::stripe::api::StripeError;
use serde_json::Value;

/// Ends a subscription at once.
pub fn end(store: &mut Store, mut subscription: Value) -> Value {
    let now = store.seconds();
    subscription["status"] = "canceled".into();
    subscription["ended_at"] = now.into();
    if subscription["canceled_at"].is_null() {
        subscription["canceled_at"] = now.into();
        subscription["cancellation_details"]["reason"] = "cancellation_requested".into();
    }
    scheduled_change::take(store, &mut subscription);
    store.save_and_emit(&subscription, "customer.subscription.deleted");
    subscription
}

/// Ends every subscription of a customer at once.
pub fn end_all_of_customer(store: &mut Store, customer: &str) {
    for subscription in running_of_customer(store, customer) {
        end(store, subscription);
    }
}

/// Lets a subscription end with its period, or takes that back.
pub fn cancel_at_period_end(
    store: &mut Store,
    mut subscription: Value,
    cancel: bool,
) -> Result<Value, StripeError> {
    require_running(&subscription)?;
    let ends_at_a_date =
        !subscription["cancel_at"].is_null() && subscription["cancel_at_period_end"] == false;
    if subscription["cancel_at_period_end"] == cancel && !ends_at_a_date {
        return Ok(subscription);
    }
    let (cancel_at, canceled_at) = cancel.then(|| (period_of(&subscription).1, store.seconds())).unzip();
    subscription["cancel_at_period_end"] = cancel.into();
    subscription["cancel_at"] = cancel_at.into();
    subscription["canceled_at"] = canceled_at.into();
    subscription["cancellation_details"]["reason"] = cancel.then_some("cancellation_requested").into();
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    Ok(subscription)
}

/// Lets a subscription end at a moment in seconds. It says so by `cancel_at` alone.
pub fn cancel_at(store: &mut Store, mut subscription: Value, at: i64) -> Result<Value, StripeError> {
    require_running(&subscription)?;
    if at <= store.seconds() {
        return Err(StripeError::invalid_param("cancel_at", "`cancel_at` must be in the future."));
    }
    subscription["cancel_at_period_end"] = false.into();
    subscription["cancel_at"] = at.into();
    subscription["canceled_at"] = store.seconds().into();
    subscription["cancellation_details"]["reason"] = "cancellation_requested".into();
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    Ok(subscription)
}

/// Cancels a subscription as its customer does in the portal: with flexible billing `cancel_at` becomes the end of the
/// period and `cancel_at_period_end` stays false, with classic billing both are set.
pub fn cancel_in_portal(store: &mut Store, subscription: Value) -> Result<Value, StripeError> {
    if subscription["billing_mode"]["type"] == "flexible" {
        let end = period_of(&subscription).1;
        cancel_at(store, subscription, end)
    } else {
        cancel_at_period_end(store, subscription, true)
    }
}

/// When a subscription ends, in seconds, if it is to end.
pub fn end_of(subscription: &Value) -> Option<i64> {
    let with_period = (subscription["cancel_at_period_end"] == true).then(|| period_of(subscription).1);
    subscription["cancel_at"].as_i64().or(with_period)
}
