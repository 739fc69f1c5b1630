//! What the service says of itself, and the test clock.

use crate::App;
use crate::problem::{Answer, Failure};
use crate::request::Json;
use axum::extract::State;
use std::sync::Arc;
use tokenwell_ledger as ledger;
use tokenwell_wire::{Problem, ServiceDescription, TestClock};

/// The setting that a test clock is kept under, so that a restart does not move it.
pub const TEST_CLOCK: &str = "test_clock";

/// All that the app needs to know of a service besides its address.
#[utoipa::path(get, path = "/.well-known/tokenwell", tag = "service",
    responses((status = 200, body = ServiceDescription)))]
pub async fn describe(State(app): State<Arc<App>>) -> axum::Json<ServiceDescription> {
    axum::Json(ServiceDescription {
        api_version: 1,
        issuer: app.issuer.address().to_owned(),
        client_id: app.oidc_client_id.clone(),
        checkout_hosts: app.checkout_hosts.clone(),
        min_app_version: app.min_app_version.clone(),
        low_balance_percent: app.catalogue.low_balance_percent().to_vec(),
        quantity_max: ledger::QUANTITY_MAX,
    })
}

/// Sets the time that the token rules go by; only with `--test-clock`.
#[utoipa::path(put, path = "/v1/test-clock", tag = "service", request_body = TestClock,
    responses((status = 200, body = TestClock), (status = 404, body = Problem)))]
pub async fn set_test_clock(
    State(app): State<Arc<App>>,
    Json(clock): Json<TestClock>,
) -> Answer<axum::Json<TestClock>> {
    if !app.clock.set(clock.now) {
        return Err(Failure::not_found("call: the service runs without --test-clock"));
    }
    app.store.set_setting(TEST_CLOCK, clock.now.to_string().into_bytes()).await?;
    app.streams.wake_all();
    Ok(axum::Json(clock))
}
