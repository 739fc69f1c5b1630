//! Changes of subscriptions.

use super::state::{Control, ControlResult, json_body};
use super::users::plan_price;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::subscriptions::price_change::{Timing, change_price};
use crate::stripe::subscriptions::{cancellation, collection, item};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionRequest {
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    cancel_at_period_end: Option<bool>,
    cancel_at: Option<Timestamp>,
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

/// `POST /sandbox/subscriptions/{id}`.
pub async fn change(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let request: SubscriptionRequest = json_body(&bytes)?;
    let cancels = request.cancel_at_period_end.is_some() || request.cancel_at.is_some();
    if request.status.is_none() && request.plan.is_none() && !cancels {
        let message = "Nothing to change: give status, plan, cancel_at_period_end or cancel_at.";
        return Err(StripeError::invalid(message));
    }
    let change = |store: &mut Store| {
        let mut subscription = store.find("subscription", &id)?;
        if let Some(plan) = &request.plan {
            let interval = &item::of(&subscription)["price"]["recurring"]["interval"];
            let price = plan_price(store, plan, interval.as_str().unwrap_or("month"))?;
            subscription = change_price(store, subscription, price, Timing::LowerAtPeriodEnd)?;
        }
        if let Some(cancel) = request.cancel_at_period_end {
            subscription = cancellation::cancel_at_period_end(store, subscription, cancel)?;
        }
        if let Some(at) = request.cancel_at {
            subscription = cancellation::cancel_at(store, subscription, at.as_second())?;
        }
        match request.status {
            Some(status) => collection::set_status(store, subscription, status.name()),
            None => Ok(subscription),
        }
    };
    control.change(change).await.map(Json)
}
