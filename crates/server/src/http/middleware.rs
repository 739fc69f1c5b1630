//! The middleware of admission.

use super::admission::Lane;
use super::api_error::{ApiError, HttpResult};
use super::permits::Permits;
use super::state::Http;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// Handles a request if its lane has a permit, and cancels it when it takes too long.
pub async fn admit(
    State((http, lane)): State<(Arc<Http>, Lane)>,
    mut request: Request,
    next: Next,
) -> HttpResult<Response> {
    request.extensions_mut().insert(lane);
    let permit = match http.admission.of(lane).map(Permits::take) {
        // The lane is not bounded.
        None => None,
        Some(Some(permit)) => Some(permit),
        Some(None) => {
            http.metrics.turned_away(lane.name());
            return Err(ApiError::overloaded());
        }
    };
    let answered = tokio::time::timeout(lane.timeout(), next.run(request)).await;
    drop(permit);
    answered.map_err(|_| {
        http.metrics.turned_away("timed_out");
        tracing::warn!("a request took too long and was given up");
        ApiError::timed_out()
    })
}
