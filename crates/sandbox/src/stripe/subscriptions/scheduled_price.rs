//! Prices that take effect when a subscription's period ends.

use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use serde_json::Value;

/// The kind of the records with scheduled prices, by subscription.
const KIND: Kind = "scheduled_price";

/// The price that a subscription has from its next period on.
pub fn of(store: &Store, subscription: &Value) -> Option<Value> {
    store.records.get(KIND, subscription["id"].as_str()?).cloned()
}

/// Schedules a price.
pub fn schedule(store: &mut Store, subscription: &mut Value, price: Value) {
    let id = subscription["id"].as_str().unwrap_or_default().to_owned();
    store.records.put(KIND, &id, price);
    subscription["schedule"] = random::id("sub_sched").into();
}

/// Removes and returns the scheduled price.
pub fn take(store: &mut Store, subscription: &mut Value) -> Option<Value> {
    let price = of(store, subscription)?;
    store.records.remove(KIND, subscription["id"].as_str()?);
    subscription["schedule"] = Value::Null;
    Some(price)
}
