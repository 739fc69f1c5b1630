//! Changes that take effect when a subscription's period ends.

use super::item::Wanted;
use crate::random;
use crate::records::table::Kind;
use crate::store::Store;
use serde_json::{Value, json};

/// The kind of the records with the scheduled items, by subscription.
const KIND: Kind = "scheduled_change";

/// The items that a subscription has from its next period on, with their prices as they are now.
pub fn of(store: &Store, subscription: &Value) -> Option<Vec<Wanted>> {
    let items = store.records.get(KIND, subscription["id"].as_str()?)?.as_array()?;
    let wanted = |item: &Value| {
        let price = store.find("price", item["price"].as_str()?).ok()?;
        let id = item["id"].as_str().map(str::to_owned);
        Some(Wanted { id, price, quantity: item["quantity"].as_i64()? })
    };
    items.iter().map(wanted).collect()
}

/// Schedules the items of the next period.
pub fn schedule(store: &mut Store, subscription: &mut Value, wanted: &[Wanted]) {
    let id = subscription["id"].as_str().unwrap_or_default().to_owned();
    let items = wanted
        .iter()
        .map(|wanted| json!({ "id": wanted.id, "price": wanted.price["id"], "quantity": wanted.quantity }));
    store.records.put(KIND, &id, items.collect());
    subscription["schedule"] = random::id("sub_sched").into();
}

/// Removes and returns the scheduled items.
pub fn take(store: &mut Store, subscription: &mut Value) -> Option<Vec<Wanted>> {
    let wanted = of(store, subscription)?;
    store.records.remove(KIND, subscription["id"].as_str()?);
    subscription["schedule"] = Value::Null;
    Some(wanted)
}
