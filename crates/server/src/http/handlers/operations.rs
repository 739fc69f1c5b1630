//! For whoever runs the service: is it alive, is it ready, how is it doing.

use crate::App;
use crate::base::metrics;
use crate::http::problem::{Answer, Failure, Kind};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokenwell_wire::Problem;

/// Alive: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = String)))]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Ready: the service is to go on, and the database can be written.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = String), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<Arc<App>>) -> Answer<&'static str> {
    if app.draining.load(Ordering::Relaxed) {
        return Err(Failure::new(Kind::Unavailable, "The service is about to stop.").retry_after_s(5));
    }
    match app.store.ready().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            Err(Failure::new(Kind::Unavailable, "The database cannot be written.").retry_after_s(5))
        }
    }
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub async fn figures(State(app): State<Arc<App>>) -> impl IntoResponse {
    let inbox =
        app.store.inbox().await.inspect_err(|error| tracing::warn!(%error, "the inbox is not counted"));
    let text = app.metrics.render(&app, inbox.ok().as_ref(), Timestamp::now());
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text)
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, content_type = "application/json")))]
pub async fn openapi() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(crate::http::openapi::document())
}
