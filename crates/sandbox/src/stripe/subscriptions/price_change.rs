//! Changing the price of a subscription, with proration.

use super::subscription::require_running;
use super::{collection, item, scheduled_price};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::catalogue::interval::BillingInterval;
use crate::stripe::invoices::invoice;
use crate::stripe::invoices::lines::Line;
use serde_json::Value;

/// When a change of price takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// As the portal is set up: a higher price at once, a lower one at the end of the period.
    LowerAtPeriodEnd,
    /// At once.
    Immediate,
}

/// Changes the price of a subscription. The price that it has already cancels a scheduled change.
pub fn change_price(
    store: &mut Store,
    mut subscription: Value,
    price: Value,
    timing: Timing,
) -> Result<Value, StripeError> {
    require_running(&subscription)?;
    let current = item::of(&subscription)["price"].clone();
    if price["id"] == current["id"] {
        if scheduled_price::take(store, &mut subscription).is_some() {
            store.save_and_emit_update(&subscription, "customer.subscription.updated");
        }
        return Ok(subscription);
    }
    if price["currency"] != current["currency"] || BillingInterval::of_price(&price).is_none() {
        let message = "A subscription can only change to a recurring price of the same currency.";
        return Err(StripeError::invalid(message));
    }
    let lower = price["unit_amount"].as_i64() < current["unit_amount"].as_i64();
    if lower && timing == Timing::LowerAtPeriodEnd {
        scheduled_price::schedule(store, &mut subscription, price);
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
        return Ok(subscription);
    }
    scheduled_price::take(store, &mut subscription);
    change_now(store, subscription, &current, price)
}

/// Starts a new period with the new price. The invoice bills it and credits the rest of the old period.
fn change_now(
    store: &mut Store,
    mut subscription: Value,
    old_price: &Value,
    price: Value,
) -> Result<Value, StripeError> {
    let old_item = item::of(&subscription).clone();
    let old_period = item::period_of(&subscription);
    let start = store.now();
    let end = item::boundary_after(&price, start, start).as_second();
    let now = start.as_second();
    item::set_price(&mut subscription, price);
    item::set_period(&mut subscription, now, end);
    subscription["billing_cycle_anchor"] = now.into();
    let item = item::of(&subscription).clone();
    let quantity = old_item["quantity"].as_i64().unwrap_or(1);
    let credit = Line {
        price: old_price,
        item: Some(&item),
        quantity,
        amount: -unused_amount(old_price, quantity, old_period, now),
        description: format!("Unused time on {}", old_price["nickname"].as_str().unwrap_or("the old plan")),
        period: (now, old_period.1.max(now)),
        proration: true,
    };
    let lines = [credit, Line::for_period(&item, now, end)];
    let mut invoice = invoice::new(store, &subscription, "subscription_update", &lines, (now, now));
    subscription["latest_invoice"] = invoice["id"].clone();
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    if collection::collect(store, &subscription, &mut invoice) {
        return Ok(subscription);
    }
    // The error undoes the whole change, so that nobody gets a plan whose payment failed.
    let message = "The payment for the new plan was declined, so the plan was not changed.";
    Err(StripeError::state("subscription_payment_intent_requires_action", message))
}

/// What was paid for the part of a period that is left at `now`, in minor units.
fn unused_amount(price: &Value, quantity: i64, (start, end): (i64, i64), now: i64) -> i64 {
    let paid = i128::from(price["unit_amount"].as_i64().unwrap_or_default() * quantity);
    let left = end.saturating_sub(now).clamp(0, end - start);
    let amount = paid * i128::from(left) / i128::from((end - start).max(1));
    i64::try_from(amount).unwrap_or_default()
}
