//! The end of billing periods: renewals, scheduled changes and scheduled cancellations.

use super::subscription::{self, is_running};
use super::{billing, cancellation, collection, item, scheduled_change};
use crate::store::Store;
use crate::stripe::invoices::invoice_items;
use jiff::Timestamp;
use serde_json::Value;

/// The subscription whose period ends first, and when. A subscription that is to be cancelled earlier ends its period then.
pub fn next_period_end(store: &Store) -> Option<(Timestamp, Value)> {
    let all = store.records.all(subscription::KIND).map(|(_, subscription)| subscription);
    // Stripe creates no invoices of a paused subscription.
    let is_billed = |it: &&Value| is_running(it) && it["status"] != "paused";
    let first = all.filter(is_billed).min_by_key(|it| end_of_period(it))?;
    Some((Timestamp::from_second(end_of_period(first)).ok()?, first.clone()))
}

fn end_of_period(subscription: &Value) -> i64 {
    let end = item::period_of(subscription).1;
    cancellation::end_of(subscription).map_or(end, |cancelled| cancelled.min(end))
}

/// Ends the current period: a subscription that is to be cancelled ends, any other starts its next period.
pub fn end_period(store: &mut Store, mut subscription: Value) {
    if cancellation::end_of(&subscription).is_some_and(|end| end <= store.seconds()) {
        end_with_its_prorations(store, subscription);
        return;
    }
    let ended = item::period_of(&subscription);
    let start = Timestamp::from_second(ended.1).unwrap_or(store.now());
    let interval = item::interval_of(&item::of(&subscription)["price"]);
    if let Some(wanted) = scheduled_change::take(store, &mut subscription) {
        item::set(&mut subscription, &wanted, start);
    }
    let price = item::of(&subscription)["price"].clone();
    if item::interval_of(&price) != interval {
        subscription["billing_cycle_anchor"] = ended.1.into();
    }
    let anchor = Timestamp::from_second(subscription["billing_cycle_anchor"].as_i64().unwrap_or_default());
    let end = item::boundary_after(&price, anchor.unwrap_or(start), start).as_second();
    item::set_period(&mut subscription, (ended.1, end));
    let mut invoice = billing::invoice(store, &mut subscription, "subscription_cycle", true, ended);
    // Stripe still creates the invoices of an unpaid subscription and does not collect them.
    if subscription["status"] != "unpaid" && !collection::collect(store, &subscription, &mut invoice) {
        subscription["status"] = "past_due".into();
    }
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
}

/// Ends a subscription with its period. Prorations that still wait for an invoice are billed then.
fn end_with_its_prorations(store: &mut Store, mut subscription: Value) {
    let ended = item::period_of(&subscription);
    if invoice_items::any_waiting(store, &subscription) {
        let mut invoice = billing::invoice(store, &mut subscription, "subscription_cycle", false, ended);
        collection::collect(store, &subscription, &mut invoice);
    }
    cancellation::end(store, subscription);
}
