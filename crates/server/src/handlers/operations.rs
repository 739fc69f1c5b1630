//! For whoever runs the service: is it alive, is it ready, how is it doing.

use crate::App;
use crate::problem::{Answer, Failure, Kind};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;
use tokenwell_wire::Problem;

/// Alive: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = String)))]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Ready: the database can be written.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = String), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<Arc<App>>) -> Answer<&'static str> {
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
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<Arc<App>>) -> Answer<impl IntoResponse> {
    let (waiting, set_aside) = app.store.inbox_counts().await?;
    let text = app.metrics.render(waiting, set_aside);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, content_type = "application/json")))]
pub async fn openapi() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(crate::openapi::document())
}
