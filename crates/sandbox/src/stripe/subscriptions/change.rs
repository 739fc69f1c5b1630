//! Changing the items of a subscription: prices, quantities, and which items there are.

use super::item::{self, Wanted};
use super::subscription::require_running;
use super::{billing, collection, debits, scheduled_change};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::catalogue::interval::BillingInterval;
use crate::stripe::invoices::invoice_items;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens to the time that was billed at the old prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProrationBehavior {
    /// Credits and charges are on an invoice at once.
    AlwaysInvoice,
    /// Credits and charges are on the next invoice.
    CreateProrations,
    /// There are none.
    None,
}

/// When the billing periods start after a change. A change of the interval always starts one at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingCycleAnchor {
    /// At once.
    Now,
    /// As before.
    Unchanged,
}

/// What happens if the invoice of a change cannot be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentBehavior {
    /// The change stands, the invoice stays open, and the subscription is past due.
    AllowIncomplete,
    /// The change is undone.
    ErrorIfIncomplete,
}

/// The terms of a change: how it is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What happens to the time that was billed at the old prices.
    pub proration_behavior: ProrationBehavior,
    /// When the billing periods start.
    pub billing_cycle_anchor: BillingCycleAnchor,
    /// What happens if the invoice cannot be collected.
    pub payment_behavior: PaymentBehavior,
}

/// The items of a subscription with another price or quantity of one of them.
pub fn with_item(subscription: &Value, item: &Value, price: &Value, quantity: i64) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = item::all(subscription).iter().map(Wanted::of).collect();
    for own in wanted.iter_mut().filter(|own| own.id.as_deref() == item["id"].as_str()) {
        (own.price, own.quantity) = (price.clone(), quantity);
    }
    wanted
}

/// Changes the items of a subscription at once, which cancels a scheduled change.
pub fn change_now(
    store: &mut Store,
    mut subscription: Value,
    wanted: &[Wanted],
    terms: Terms,
) -> Result<Value, StripeError> {
    check(&subscription, wanted)?;
    let was_scheduled = scheduled_change::take(store, &mut subscription).is_some();
    let resets = terms.billing_cycle_anchor == BillingCycleAnchor::Now
        || item::interval_of(&wanted[0].price) != item::interval_of(&item::of(&subscription)["price"]);
    let changed = changed_items(&subscription, wanted);
    if changed.is_empty() && !resets && item::all(&subscription).len() == wanted.len() {
        if was_scheduled {
            store.save_and_emit_update(&subscription, "customer.subscription.updated");
        }
        return Ok(subscription);
    }
    let prorates = terms.proration_behavior != ProrationBehavior::None;
    if prorates {
        let credited = if resets { item::all(&subscription).to_vec() } else { changed };
        for item in &credited {
            debits::credit(store, &subscription, item);
        }
    } else if resets {
        debits::forget(store, &subscription);
    }
    let before = item::all(&subscription).to_vec();
    item::set(&mut subscription, wanted, store.now());
    if resets {
        billing::start_period(store, &mut subscription);
    } else if prorates {
        for item in item::all(&subscription).iter().filter(|item| !before.contains(item)) {
            debits::charge(store, &subscription, item);
        }
    }
    bill(store, subscription, resets, terms)
}

/// Bills a change whose items and prorations are in place.
fn bill(
    store: &mut Store,
    mut subscription: Value,
    resets: bool,
    terms: Terms,
) -> Result<Value, StripeError> {
    let at_once = terms.proration_behavior == ProrationBehavior::AlwaysInvoice
        && invoice_items::any_waiting(store, &subscription);
    if !resets && !at_once {
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
        return Ok(subscription);
    }
    let now = store.seconds();
    let mut invoice = billing::invoice(store, &mut subscription, "subscription_update", resets, (now, now));
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    if collection::collect(store, &subscription, &mut invoice) {
        return Ok(subscription);
    }
    if terms.payment_behavior == PaymentBehavior::ErrorIfIncomplete {
        // The error undoes the whole change, so that nobody gets a plan whose payment failed.
        let message = "The payment for the new plan was declined, so the plan was not changed.";
        return Err(StripeError::state("subscription_payment_intent_requires_action", message));
    }
    if subscription["status"] == "active" {
        subscription["status"] = "past_due".into();
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
    Ok(subscription)
}

/// Changes the items of a subscription when its period ends.
pub fn change_at_period_end(
    store: &mut Store,
    mut subscription: Value,
    wanted: &[Wanted],
) -> Result<Value, StripeError> {
    check(&subscription, wanted)?;
    scheduled_change::schedule(store, &mut subscription, wanted);
    store.save_and_emit_update(&subscription, "customer.subscription.updated");
    Ok(subscription)
}

/// The items whose price or quantity changes, and those that go.
fn changed_items(subscription: &Value, wanted: &[Wanted]) -> Vec<Value> {
    let stays = |item: &Value| {
        let own = wanted.iter().find(|wanted| wanted.id.as_deref() == item["id"].as_str());
        own.is_some_and(|wanted| wanted.is_in(item))
    };
    item::all(subscription).iter().filter(|item| !stays(item)).cloned().collect()
}

fn check(subscription: &Value, wanted: &[Wanted]) -> Result<(), StripeError> {
    require_running(subscription)?;
    let Some(first) = wanted.first() else {
        return Err(StripeError::invalid_param("items", "A subscription must have at least one item."));
    };
    for wanted in wanted {
        if wanted.price["currency"] != subscription["currency"]
            || BillingInterval::of_price(&wanted.price).is_none()
        {
            let message = "A subscription can only change to a recurring price of the same currency.";
            return Err(StripeError::invalid(message));
        }
        if item::interval_of(&wanted.price) != item::interval_of(&first.price) {
            let message = "All items of a subscription must have the same billing interval in the sandbox.";
            return Err(StripeError::invalid_param("items", message));
        }
    }
    Ok(())
}
