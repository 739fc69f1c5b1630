//! The hosted pages of Stripe on which users buy and manage plans.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::problem::ProblemKind;
use crate::http::request_body::Json;
use crate::http::wire_types;
use crate::payments::{PaymentError, Payments};
use axum::extract::State;
use std::sync::Arc;
use tokenwell_ledger::PlanId;
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
    if accounts.catalogue().plan(&id).and_then(|plan| plan.price(interval)).is_none() {
        return Err(PaymentError::NotOnSale { plan: id, interval }.into());
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
    let url = payments.open_portal(&user.account).await?;
    Ok(axum::Json(HostedPage { url }))
}
