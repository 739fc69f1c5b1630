//! The items of a subscription: their prices, quantities and current period.

use crate::random;
use crate::store::Store;
use crate::stripe::catalogue::interval::BillingInterval;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A price and how many of it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The id of the item that is to have them; `None` for a new item.
    pub id: Option<String>,
    /// The price.
    pub price: Value,
    /// How many.
    pub quantity: i64,
}

impl Wanted {
    /// What an item has.
    pub fn of(item: &Value) -> Self {
        Self {
            id: item["id"].as_str().map(str::to_owned),
            price: item["price"].clone(),
            quantity: item["quantity"].as_i64().unwrap_or(1),
        }
    }

    /// Whether the item has this price and quantity.
    pub fn is_in(&self, item: &Value) -> bool {
        item["price"]["id"] == self.price["id"] && item["quantity"] == self.quantity
    }

    /// What it costs in each period, in minor units.
    pub fn amount(&self) -> i64 {
        self.price["unit_amount"].as_i64().unwrap_or_default() * self.quantity
    }
}

/// An item of a subscription in a period.
pub fn new(subscription: &str, wanted: &Wanted, now: Timestamp, (start, end): (i64, i64)) -> Value {
    json!({
        "id": wanted.id.clone().unwrap_or_else(|| random::id("si")),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now.as_second(),
        "current_period_end": end,
        "current_period_start": start,
        "current_trial": null,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(&wanted.price),
        "price": wanted.price,
        "quantity": wanted.quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// The items of a subscription.
pub fn all(subscription: &Value) -> &[Value] {
    subscription["items"]["data"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The item with the plan: the first one whose price has the lookup key of a plan, else the first one.
pub fn of(subscription: &Value) -> &Value {
    let has_plan =
        |item: &&Value| item["price"]["lookup_key"].as_str().is_some_and(|key| key.starts_with("tokenwell_"));
    all(subscription).iter().find(has_plan).unwrap_or(&subscription["items"]["data"][0])
}

/// Start and end of a subscription's current period, in seconds. All its items have the same.
pub fn period_of(subscription: &Value) -> (i64, i64) {
    let second = |field: &str| of(subscription)[field].as_i64().unwrap_or_default();
    (second("current_period_start"), second("current_period_end"))
}

/// Sets a subscription's current period.
pub fn set_period(subscription: &mut Value, (start, end): (i64, i64)) {
    for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
        item["current_period_start"] = start.into();
        item["current_period_end"] = end.into();
    }
}

/// Sets the items of a subscription. Those that it has already keep their other fields.
pub fn set(subscription: &mut Value, wanted: &[Wanted], now: Timestamp) {
    let id = subscription["id"].as_str().unwrap_or_default();
    let period = period_of(subscription);
    let items: Vec<Value> = wanted
        .iter()
        .map(|wanted| {
            let known =
                wanted.id.as_ref().and_then(|id| all(subscription).iter().find(|it| it["id"] == **id));
            let mut item = known.cloned().unwrap_or_else(|| new(id, wanted, now, period));
            item["plan"] = plan_of(&wanted.price);
            item["price"] = wanted.price.clone();
            item["quantity"] = wanted.quantity.into();
            item
        })
        .collect();
    subscription["items"]["data"] = items.into();
}

/// Gives the items of every subscription their prices as they are now, because a price inside a subscription is the price
/// itself.
pub fn refresh_prices(store: &mut Store) {
    let subscriptions: Vec<Value> = store.records.all("subscription").map(|(_, it)| it.clone()).collect();
    for mut subscription in subscriptions {
        let before = subscription.clone();
        for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
            if let Ok(price) = store.find("price", item["price"]["id"].as_str().unwrap_or_default()) {
                item["plan"] = plan_of(&price);
                item["price"] = price;
            }
        }
        if subscription != before {
            store.save(&subscription);
        }
    }
}

/// The interval of a price.
pub fn interval_of(price: &Value) -> BillingInterval {
    BillingInterval::of_price(price).unwrap_or(BillingInterval { months: 1 })
}

/// The first boundary after a moment of the periods of a price, which are counted from `anchor`.
pub fn boundary_after(price: &Value, anchor: Timestamp, moment: Timestamp) -> Timestamp {
    interval_of(price).boundary_after(anchor, moment)
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
