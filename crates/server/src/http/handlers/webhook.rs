//! The webhook: events of Stripe are verified, stored and acknowledged; the worker follows them up.

use crate::http::api_error::{ApiError, HttpResult};
use crate::http::problem::ProblemKind;
use crate::http::request_body::in_time;
use crate::http::state::Http;
use crate::payments::Payments;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;
use tokenwell_wire::Problem;

/// The maximum size of an event, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// Receives an event of Stripe: 200 once it is stored durably.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "stripe", request_body = String,
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`")),
    responses((status = 200), (status = 400, body = Problem)))]
pub async fn receive(
    State(http): State<Arc<Http>>,
    State(payments): State<Arc<Payments>>,
    headers: HeaderMap,
    body: Body,
) -> HttpResult<StatusCode> {
    let body = in_time(&http, to_bytes(body, BODY_MAX))
        .await?
        .map_err(|_| ApiError::new(ProblemKind::InvalidSignature, "The event is larger than 1 MiB."))?;
    let signature = headers.get("Stripe-Signature").and_then(|value| value.to_str().ok());
    payments.receive(signature, &body).await?;
    Ok(StatusCode::OK)
}
