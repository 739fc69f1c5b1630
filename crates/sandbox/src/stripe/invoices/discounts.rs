//! The discounts of subscriptions, which their invoices get.

use crate::random;
use crate::store::Store;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

const KIND: &str = "discount";

/// Gives a new subscription the discount of the session that sold it.
pub fn add_to(store: &mut Store, subscription: &mut Value, session: &Value) {
    let given = &session["discounts"][0];
    let Some(coupon) = given["coupon"].as_str().and_then(|id| store.find("coupon", id).ok()) else { return };
    let start = store.now();
    let discount = json!({
        "id": random::id("di"),
        "object": KIND,
        "checkout_session": session["id"],
        "customer": session["customer"],
        "customer_account": null,
        "end": end(&coupon, start).map(Timestamp::as_second),
        "invoice": null,
        "invoice_item": null,
        "promotion_code": given["promotion_code"],
        "source": { "coupon": coupon["id"], "type": "coupon" },
        "start": start.as_second(),
        "subscription": subscription["id"],
        "subscription_item": null,
    });
    store.save(&discount);
    subscription["discounts"] = json!([discount["id"]]);
}

/// When a discount ends: with the first invoice, after some months, or never.
fn end(coupon: &Value, start: Timestamp) -> Option<Timestamp> {
    match (coupon["duration"].as_str(), coupon["duration_in_months"].as_i64()) {
        (Some("forever"), _) => None,
        (_, Some(months)) => {
            let until = start.to_zoned(TimeZone::UTC).checked_add(Span::new().months(months));
            until.ok().map(|until| until.timestamp())
        }
        _ => Some(start),
    }
}

/// The discount of a subscription that an invoice made now gets, and its coupon.
pub fn of_subscription(store: &Store, subscription: &Value) -> Option<(Value, Value)> {
    let discount = store.find(KIND, subscription["discounts"][0].as_str()?).ok()?;
    let now = store.seconds();
    let is_first = discount["start"] == now;
    let is_over = discount["end"].as_i64().is_some_and(|end| end <= now && !is_first);
    let coupon = store.find("coupon", discount["source"]["coupon"].as_str()?).ok()?;
    (!is_over).then_some((discount, coupon))
}
