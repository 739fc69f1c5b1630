//! The hosted pages of Stripe on which users buy and manage plans.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::problem::ProblemKind;
use crate::http::request_body::Json;
use crate::http::wire_types;
use crate::payments::Payments;
use axum::extract::State;
use std::sync::Arc;
use tokenwell_ledger::{Interval, PlanId};
use tokenwell_wire::{HostedPage, Problem, SubscriptionCheckout};

/// Opens a checkout for a paid plan.
#[utoipa::path(post, path = "/v1/subscription/checkout", tag = "user", security(("user" = [])),
    request_body = SubscriptionCheckout,
    responses((status = 200, body = HostedPage), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
pub async fn checkout(
    State(accounts): State<Arc<Accounts>>,
    State(payments): State<Arc<Payments>>,
    user: User,
    Json(request): Json<SubscriptionCheckout>,
) -> HttpResult<axum::Json<HostedPage>> {
    let interval = wire_types::interval(request.interval);
    let id = PlanId::from(request.plan_id.as_str());
    let plan = accounts.catalogue().plan(&id).filter(|plan| plan.price(interval).is_some());
    if plan.is_none() {
        let interval = match interval {
            Interval::Month => "month",
            Interval::Year => "year",
        };
        let detail = format!(
            "There is no paid plan `{id}` billed by the {interval}. GET /v1/plans lists those on sale."
        );
        return Err(ApiError::new(ProblemKind::UnknownPlan, detail));
    }
    if user.account.state.is_entitled() {
        return Err(ApiError::new(
            ProblemKind::AlreadySubscribed,
            "The account has an active plan. POST /v1/subscription/portal opens the page to change it.",
        ));
    }
    let url = payments.open_plan_checkout(&user.account, &id, interval).await?;
    Ok(axum::Json(HostedPage { url }))
}

/// Opens the portal to change or cancel the plan.
#[utoipa::path(post, path = "/v1/subscription/portal", tag = "user", security(("user" = [])),
    responses((status = 200, body = HostedPage), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn portal(State(payments): State<Arc<Payments>>, user: User) -> HttpResult<axum::Json<HostedPage>> {
    let Some(customer) = &user.account.customer else {
        return Err(ApiError::new(
            ProblemKind::NoSubscription,
            "The account has never had a paid plan. POST /v1/subscription/checkout opens the page to choose one.",
        ));
    };
    let subscription = user.account.state.subscription().map(|subscription| subscription.id.to_string());
    let url = payments.open_portal(customer, subscription.as_deref()).await?;
    Ok(axum::Json(HostedPage { url }))
}
