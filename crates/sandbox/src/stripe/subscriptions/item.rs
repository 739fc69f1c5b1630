//! The item of a subscription: its price and current period.

use crate::random;
use crate::stripe::catalogue::interval::BillingInterval;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The item of a new subscription, whose first period starts at `now`.
pub fn new(subscription: &str, price: &Value, quantity: &Value, now: Timestamp) -> Value {
    let end = boundary_after(price, now, now);
    json!({
        "id": random::id("si"),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now.as_second(),
        "current_period_end": end.as_second(),
        "current_period_start": now.as_second(),
        "current_trial": null,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(price),
        "price": price,
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// The item of a subscription; the sandbox's subscriptions have one.
pub fn of(subscription: &Value) -> &Value {
    &subscription["items"]["data"][0]
}

/// Start and end of a subscription's current period, in seconds.
pub fn period_of(subscription: &Value) -> (i64, i64) {
    let second = |field: &str| of(subscription)[field].as_i64().unwrap_or_default();
    (second("current_period_start"), second("current_period_end"))
}

/// Sets a subscription's current period.
pub fn set_period(subscription: &mut Value, start: i64, end: i64) {
    let item = &mut subscription["items"]["data"][0];
    item["current_period_start"] = start.into();
    item["current_period_end"] = end.into();
}

/// Sets a subscription's price.
pub fn set_price(subscription: &mut Value, price: Value) {
    let item = &mut subscription["items"]["data"][0];
    item["plan"] = plan_of(&price);
    item["price"] = price;
}

/// The first boundary after a moment of the periods of a price, which are counted from `anchor`.
pub fn boundary_after(price: &Value, anchor: Timestamp, moment: Timestamp) -> Timestamp {
    let interval = BillingInterval::of_price(price).unwrap_or(BillingInterval { months: 1 });
    interval.boundary_after(anchor, moment)
}

/// Stripe's legacy `plan`, which an item has beside its `price`.
pub fn plan_of(price: &Value) -> Value {
    json!({
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": false,
        "metadata": {},
        "meter": null,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}
