//! The built-in plans of the token rules.

use super::{prices, products};
use crate::store::Store;
use serde_json::Value;

/// Id, name, and price in US cents by month and by year.
const PLANS: [(&str, &str, i64, i64); 3] = [
    ("essential", "Essential", 1_200, 12_000),
    ("premium", "Premium", 3_000, 28_800),
    ("ultimate", "Ultimate", 6_000, 57_600),
];

/// Adds the plans that are missing.
pub fn seed(store: &mut Store) {
    for (plan, name, month, year) in PLANS {
        let product = format!("prod_tokenwell_{plan}");
        if store.find("product", &product).is_err() {
            let description = format!("Tokenwell {name}: fast tokens every month, with a Rollover Bank");
            store.save(&products::object(store, &product, &format!("Tokenwell {name}"), Some(&description)));
        }
        for (interval, amount) in [("month", month), ("year", year)] {
            let price = format!("price_tokenwell_{plan}_{interval}");
            if store.find("price", &price).is_err() {
                let mut object = prices::object(store, &price, &product, "usd", amount);
                object["lookup_key"] = lookup_key(plan, interval).into();
                object["nickname"] = name.into();
                object["tax_behavior"] = "exclusive".into();
                prices::make_recurring(&mut object, interval, 1);
                store.save(&object);
            }
        }
    }
}

fn lookup_key(plan: &str, interval: &str) -> String {
    format!("tokenwell_{plan}_{interval}")
}

/// The price of a plan for `month` or `year`.
pub fn price(store: &Store, plan: &str, interval: &str) -> Option<Value> {
    prices::by_lookup_key(store, &lookup_key(plan, interval))
}

/// The active recurring prices with a lookup key.
pub fn offered_prices(store: &Store) -> impl Iterator<Item = &Value> {
    let prices = store.records.all("price").map(|(_, price)| price);
    prices.filter(|price| {
        price["active"] == true && price["lookup_key"].is_string() && price["type"] == "recurring"
    })
}
