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
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionRequest {
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    cancel_at_period_end: Option<bool>,
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
    if request.status.is_none() && request.plan.is_none() && request.cancel_at_period_end.is_none() {
        let message = "Nothing to change: give status, plan or cancel_at_period_end.";
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
        match request.status {
            Some(status) => collection::set_status(store, subscription, status.name()),
            None => Ok(subscription),
        }
    };
    control.change(change).await.map(Json)
}
