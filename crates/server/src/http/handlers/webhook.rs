//! The webhook: events of Stripe are verified, stored and acknowledged; the worker follows them up.

use crate::http::api_error::{ApiError, HttpResult};
use crate::http::body_limit::BodyLimit;
use crate::http::problem::ProblemKind;
use crate::http::request_body::in_time;
use crate::http::state::Http;
use crate::payments::{DeliveryError, Payments, Signatures};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use std::sync::Arc;
use tokenwell_wire::Problem;

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
    // Whoever sends nothing that Stripe could have signed is refused before the body is read.
    let signature = headers.get("Stripe-Signature").and_then(|value| value.to_str().ok());
    let signatures = Signatures::read(signature, Timestamp::now()).map_err(DeliveryError::from)?;
    let body = in_time(&http, to_bytes(body, BodyLimit::Event.bytes_max()))
        .await?
        .map_err(|_| ApiError::new(ProblemKind::InvalidSignature, "The event is larger than 1 MiB."))?;
    payments.receive(signatures, body).await?;
    Ok(StatusCode::OK)
}
