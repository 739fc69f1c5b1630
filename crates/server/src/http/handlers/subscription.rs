//! Plans are subscribed to and managed on Stripe's hosted pages.

use crate::App;
use crate::accounts::unit_of_work::{Draft, attempts};
use crate::http::auth::User;
use crate::http::problem::{Answer, Failure, Kind};
use crate::http::request::Json;
use crate::http::wire_types;
use crate::payments::fulfilment::customer;
use crate::payments::reconcile::FIRST_CHECK;
use crate::payments::stripe::{CheckoutSession, List, PortalSession, Price, fields};
use axum::extract::State;
use jiff::Timestamp;
use std::sync::Arc;
use tokenwell_ledger as ledger;
use tokenwell_wire::{HostedPage, Interval, Problem, SubscriptionCheckout};
use uuid::Uuid;

/// Opens a checkout for a paid plan.
#[utoipa::path(post, path = "/v1/subscription/checkout", tag = "user", security(("user" = [])),
    request_body = SubscriptionCheckout,
    responses((status = 200, body = HostedPage), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
pub async fn checkout(
    State(app): State<Arc<App>>,
    user: User,
    Json(wish): Json<SubscriptionCheckout>,
) -> Answer<axum::Json<HostedPage>> {
    let account = &user.account;
    let interval = match wish.interval {
        Interval::Month => "month",
        Interval::Year => "year",
    };
    let plan = ledger::PlanId::from(wish.plan_id.as_str());
    if !wire_types::is_on_sale(&app.catalogue, &plan, wish.interval) {
        let detail = format!(
            "There is no paid plan `{}` billed by the {interval}. GET /v1/plans lists those on sale.",
            wish.plan_id
        );
        return Err(Failure::new(Kind::UnknownPlan, detail));
    }
    if account.state.is_entitled() {
        return Err(Failure::new(
            Kind::AlreadySubscribed,
            "The account has an active plan. POST /v1/subscription/portal opens the page to change it.",
        ));
    }
    let price = price(&app, &format!("tokenwell_{plan}_{interval}")).await?;
    let customer = customer(&app, account).await?;
    let public_url = app.public_url.as_str().trim_end_matches('/');
    let session: CheckoutSession = app
        .stripe
        .post(
            "/v1/checkout/sessions",
            &fields![
                "mode" => "subscription",
                "customer" => customer,
                "client_reference_id" => account.id,
                "metadata[account_id]" => account.id,
                "subscription_data[metadata][account_id]" => account.id,
                "line_items[0][price]" => price.id,
                "line_items[0][quantity]" => 1,
                "success_url" => format!("{public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}"),
                "cancel_url" => format!("{public_url}/checkout/cancelled"),
            ],
            &format!("subscription-{}", Uuid::new_v4()),
        )
        .await?;
    attempts(|| async {
        let mut draft = Draft::open(&app, &account.id).await?;
        draft.watch_checkout(session.id.clone(), Timestamp::now() + FIRST_CHECK);
        draft.commit().await
    })
    .await?;
    hosted(session.url)
}

/// The price with this lookup key.
async fn price(app: &App, lookup_key: &str) -> Answer<Price> {
    let query = fields!["lookup_keys[]" => lookup_key, "active" => true, "limit" => 1];
    let found: List<Price> = app.stripe.get("/v1/prices", &query).await?;
    found.data.into_iter().next().ok_or_else(|| {
        tracing::error!(
            lookup_key,
            "Stripe has no active price with this lookup key: add it in the dashboard"
        );
        Failure::new(
            Kind::PaymentProviderRefused,
            "This plan cannot be bought right now: the operator has to set up its price.",
        )
        .retry_after_s(600)
    })
}

/// Opens the portal to change or cancel the plan.
#[utoipa::path(post, path = "/v1/subscription/portal", tag = "user", security(("user" = [])),
    responses((status = 200, body = HostedPage), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn portal(State(app): State<Arc<App>>, user: User) -> Answer<axum::Json<HostedPage>> {
    let Some(customer) = &user.account.customer else {
        return Err(Failure::new(
            Kind::NoSubscription,
            "The account has never had a paid plan. POST /v1/subscription/checkout opens the page to choose one.",
        ));
    };
    let public_url = app.public_url.as_str().trim_end_matches('/');
    let managed = user.account.state.subscription();
    let query = managed.map(|managed| format!("?subscription={}", managed.id)).unwrap_or_default();
    let session: PortalSession = app
        .stripe
        .post(
            "/v1/billing_portal/sessions",
            &fields!["customer" => customer, "return_url" => format!("{public_url}/billing/return{query}")],
            &format!("portal-{}", Uuid::new_v4()),
        )
        .await?;
    hosted(Some(session.url))
}

fn hosted(url: Option<String>) -> Answer<axum::Json<HostedPage>> {
    let url = url.ok_or_else(|| Failure::internal("Stripe opened a page without an address"))?;
    Ok(axum::Json(HostedPage { url }))
}
