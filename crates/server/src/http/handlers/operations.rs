//! For operators: liveness, readiness and metrics.

use crate::base::error_chain::Chain;
use crate::base::finding::Finding;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::metrics::MEDIA_TYPE;
use crate::http::problem::ProblemKind;
use crate::http::state::Http;
use crate::payments::Payments;
use crate::store::Store;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokenwell_wire::Problem;

/// Alive: the process responds.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = String)))]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Ready: the service is not about to stop, and the database can be written. The body has one line for each finding of the
/// last check that is not fine, and for each permission that Stripe has missed since. They do not make the service unready,
/// because balances and spends go on.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, body = String), (status = 503, body = Problem)))]
pub async fn ready(
    State(http): State<Arc<Http>>,
    State(store): State<Arc<dyn Store>>,
    State(payments): State<Arc<Payments>>,
) -> HttpResult<String> {
    let unavailable = |detail: &str| ApiError::new(ProblemKind::Unavailable, detail).retry_after_s(5);
    if http.is_draining.load(Ordering::Relaxed) {
        return Err(unavailable("The service is about to stop."));
    }
    match store.ready().await {
        Ok(()) => Ok(readiness(&http.findings.not_fine(), &payments.missing_permissions())),
        Err(error) => {
            tracing::error!(error = %Chain(&error), "not ready");
            Err(unavailable("The database cannot be written."))
        }
    }
}

fn readiness(found: &[Finding], missing: &[Finding]) -> String {
    let is_found =
        |finding: &Finding| found.iter().any(|it| it.name == finding.name && it.subject == finding.subject);
    let missing = missing.iter().filter(|finding| !is_found(finding));
    found.iter().chain(missing).fold("ready\n".to_owned(), |text, finding| format!("{text}{finding}\n"))
}

/// Metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", operation_id = "figures",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub async fn metrics(
    State(http): State<Arc<Http>>,
    State(store): State<Arc<dyn Store>>,
) -> impl IntoResponse {
    let inbox = store.inbox().await;
    if let Err(error) = &inbox {
        tracing::warn!(error = %Chain(error), "the inbox is not counted");
    }
    let text = http.metrics.render(&http.admission, inbox.ok().as_ref(), Timestamp::now());
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text)
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, content_type = "application/json")))]
pub async fn openapi(State(http): State<Arc<Http>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], http.published.openapi.clone())
}
