//! Changes of subscriptions.

use super::state::{Control, ControlResult, json_body};
use super::users::plan_price;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::api::objects::find_by_param;
use crate::stripe::portal::changes;
use crate::stripe::portal::configurations::{DEFAULT, Features};
use crate::stripe::subscriptions::change::{
    BillingCycleAnchor, PaymentBehavior, ProrationBehavior, Terms, change_at_period_end, change_now,
    with_item,
};
use crate::stripe::subscriptions::item::{self, Wanted};
use crate::stripe::subscriptions::{cancellation, collection};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionRequest {
    status: Option<SubscriptionStatus>,
    /// A status as Stripe spells it, also one that it may have in the future. Nothing follows from it.
    raw_status: Option<String>,
    cancel_at_period_end: Option<bool>,
    cancel_at: Option<Timestamp>,
    plan: Option<String>,
    /// `month` or `year`; without it, the interval stays.
    interval: Option<String>,
    /// The id of a price, instead of `plan` and `interval`.
    price: Option<String>,
    quantity: Option<i64>,
    /// Whether the portal's configuration decides how the change is billed and when it happens.
    #[serde(default)]
    in_portal: bool,
    /// Whether the change waits for the end of the period; without it, a cheaper plan does.
    at_period_end: Option<bool>,
    proration_behavior: Option<ProrationBehavior>,
    billing_cycle_anchor: Option<BillingCycleAnchor>,
    payment_behavior: Option<PaymentBehavior>,
}

/// `POST /sandbox/invoices/{id}/pay`: pays an open invoice, also of a subscription that has ended.
pub async fn pay_invoice(State(control): State<Control>, Path(id): Path<String>) -> ControlResult {
    let change = |store: &mut Store| {
        let invoice = store.find("invoice", &id)?;
        collection::pay_invoice(store, invoice)
    };
    control.change(change).await.map(Json)
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SubscriptionStatus {
    Active,
    PastDue,
    Unpaid,
    Canceled,
}

impl SubscriptionStatus {
    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
        }
    }
}

impl SubscriptionRequest {
    fn changes_item(&self) -> bool {
        self.plan.is_some() || self.interval.is_some() || self.price.is_some() || self.quantity.is_some()
    }

    /// The price that the item is to have.
    fn new_price(&self, store: &Store, current: &Value) -> Result<Value, StripeError> {
        if let Some(price) = &self.price {
            return find_by_param(store, "price", price, "price");
        }
        if self.plan.is_none() && self.interval.is_none() {
            return Ok(current.clone());
        }
        let own = current["lookup_key"].as_str().and_then(|key| key.strip_prefix("tokenwell_"));
        let own_plan = own.and_then(|key| key.rsplit_once('_')).map_or("", |(plan, _interval)| plan);
        let interval = current["recurring"]["interval"].as_str().unwrap_or("month");
        plan_price(
            store,
            self.plan.as_deref().unwrap_or(own_plan),
            self.interval.as_deref().unwrap_or(interval),
        )
    }

    fn change_item(&self, store: &mut Store, subscription: Value) -> Result<Value, StripeError> {
        let item = item::of(&subscription).clone();
        let current = Wanted::of(&item);
        let price = self.new_price(store, &current.price)?;
        if self.in_portal {
            let features = Features::of(store, DEFAULT);
            return changes::change(store, &features, subscription, price["id"].as_str(), self.quantity);
        }
        let quantity = self.quantity.unwrap_or(current.quantity);
        if quantity < 1 {
            return Err(StripeError::invalid_param("quantity", "The quantity must be at least 1."));
        }
        let is_settled = self.proration_behavior.is_some() || self.billing_cycle_anchor.is_some();
        let wanted = with_item(&subscription, &item, &price, quantity);
        let next = Wanted { id: None, price, quantity };
        let is_cheaper = next.amount() < current.amount();
        if self.at_period_end.unwrap_or(is_cheaper && !is_settled) {
            return change_at_period_end(store, subscription, &wanted);
        }
        let terms = Terms {
            proration_behavior: self.proration_behavior.unwrap_or(ProrationBehavior::AlwaysInvoice),
            billing_cycle_anchor: self.billing_cycle_anchor.unwrap_or(if next.is_in(&item) {
                BillingCycleAnchor::Unchanged
            } else {
                BillingCycleAnchor::Now
            }),
            payment_behavior: self.payment_behavior.unwrap_or(PaymentBehavior::ErrorIfIncomplete),
        };
        change_now(store, subscription, &wanted, terms)
    }
}

/// `POST /sandbox/subscriptions/{id}`.
pub async fn change(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let request: SubscriptionRequest = json_body(&bytes)?;
    let cancels = request.cancel_at_period_end.is_some() || request.cancel_at.is_some();
    let sets_status = request.status.is_some() || request.raw_status.is_some();
    if !sets_status && !cancels && !request.changes_item() {
        let message = "Nothing to change: give status, raw_status, plan, interval, price, quantity, cancel_at_period_end or cancel_at.";
        return Err(StripeError::invalid(message));
    }
    let change = |store: &mut Store| {
        let mut subscription = store.find("subscription", &id)?;
        if request.changes_item() {
            subscription = request.change_item(store, subscription)?;
        }
        subscription = match request.cancel_at_period_end {
            Some(true) if request.in_portal => {
                changes::cancel(store, &Features::of(store, DEFAULT), subscription)?
            }
            Some(false) if request.in_portal => changes::resume(store, subscription)?,
            Some(cancel) => cancellation::cancel_at_period_end(store, subscription, cancel)?,
            None => subscription,
        };
        if let Some(at) = request.cancel_at {
            subscription = cancellation::cancel_at(store, subscription, at.as_second())?;
        }
        if let Some(status) = request.status {
            subscription = collection::set_status(store, subscription, status.name())?;
        }
        if let Some(status) = &request.raw_status {
            subscription["status"] = status.as_str().into();
            store.save_and_emit_update(&subscription, "customer.subscription.updated");
        }
        Ok(subscription)
    };
    control.change(change).await.map(Json)
}
