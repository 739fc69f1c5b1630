//! The middleware of admission, and the place of a request among those under way.

use super::access::Access;
use super::admission::Lane;
use super::api_error::{ApiError, HttpResult};
use super::permits::Permits;
use super::state::{Http, ServiceState};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// The place of a request. A handler that keeps it keeps the place until its response was sent.
#[derive(Clone)]
pub struct Place {
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Place {
    /// The place that a permit stands for.
    pub fn holding(permit: OwnedSemaphorePermit) -> Self {
        Self { _permit: Some(Arc::new(permit)) }
    }
}

impl FromRequestParts<ServiceState> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &ServiceState) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self { _permit: None }))
    }
}

/// Handles a request if its lane has a permit, and cancels it when it takes too long.
pub async fn admit(
    State((http, lane, access)): State<(Arc<Http>, Lane, Access)>,
    mut request: Request,
    next: Next,
) -> HttpResult<Response> {
    request.extensions_mut().insert(lane);
    request.extensions_mut().insert(access);
    let place = match http.admission.of(lane).map(Permits::take) {
        // The lane is not bounded.
        None => None,
        Some(Some(permit)) => Some(Place::holding(permit)),
        Some(None) => {
            http.metrics.turned_away(lane.name());
            return Err(ApiError::overloaded());
        }
    };
    if let Some(place) = &place {
        request.extensions_mut().insert(place.clone());
    }
    let answered = tokio::time::timeout(lane.timeout(), next.run(request)).await;
    drop(place);
    answered.map_err(|_| {
        http.metrics.turned_away("timed_out");
        tracing::warn!("a request took too long and was given up");
        ApiError::timed_out()
    })
}
