//! The public description of the service, and the test clock.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::Platform;
use crate::http::request_body::Json;
use crate::http::state::{Http, Published};
use axum::extract::State;
use std::sync::Arc;
use tokenwell_ledger::QUANTITY_MAX;
use tokenwell_wire::{Problem, ServiceDescription, SignInDescription, TestClock};

/// The description of the service for the app.
#[utoipa::path(get, path = "/.well-known/tokenwell", tag = "service",
    responses((status = 200, body = ServiceDescription)))]
pub async fn describe(
    State(http): State<Arc<Http>>,
    State(accounts): State<Arc<Accounts>>,
) -> axum::Json<ServiceDescription> {
    let Published { checkout_hosts, min_app_version, support_contact, .. } = &http.published;
    let oidc = http.issuer.settings();
    axum::Json(ServiceDescription {
        api_version: 1,
        issuer: http.issuer.name().await,
        client_id: oidc.client_id.clone(),
        checkout_hosts: checkout_hosts.clone(),
        min_app_version: min_app_version.clone(),
        support_contact: support_contact.clone(),
        low_balance_percent: accounts.catalogue().low_balance_percent().to_vec(),
        quantity_max: QUANTITY_MAX,
        sign_in: SignInDescription {
            scopes: oidc.scopes.clone(),
            authorize_parameters: oidc.authorize_parameters.clone(),
            redirect_host: oidc.redirect_host,
            redirect_ports: oidc.redirect_ports.clone(),
            token: oidc.token,
            client_secret: oidc.client_secret.clone(),
        },
    })
}

/// Sets the time of the token rules; only with `--test-clock`.
#[utoipa::path(put, path = "/v1/test-clock", tag = "platform", request_body = TestClock,
    responses((status = 200, body = TestClock), (status = 401, body = Problem), (status = 404, body = Problem)), security(("platform" = [])))]
pub async fn set_test_clock(
    _: Platform,
    State(accounts): State<Arc<Accounts>>,
    Json(clock): Json<TestClock>,
) -> HttpResult<axum::Json<TestClock>> {
    if accounts.set_test_clock(clock.now).await? {
        Ok(axum::Json(clock))
    } else {
        Err(ApiError::not_found("call: the service runs without --test-clock"))
    }
}
