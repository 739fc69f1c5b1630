//! Where Stripe delivers its events: believed by their signature, stored, and answered; worked off afterwards.

use crate::App;
use crate::http::problem::{Answer, Failure, Kind};
use crate::http::request::in_time;
use crate::payments::stripe::{self, Event};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use std::sync::Arc;
use tokenwell_wire::Problem;

/// The largest event that is taken, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// Takes an event of Stripe: 200 once it is stored durably.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "stripe", request_body = String,
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`")),
    responses((status = 200), (status = 400, body = Problem)))]
pub async fn receive(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Answer<StatusCode> {
    let body = in_time(&app, to_bytes(body, BODY_MAX))
        .await?
        .map_err(|_| Failure::new(Kind::InvalidSignature, "The event is larger than 1 MiB."))?;
    let signature = headers.get("Stripe-Signature").and_then(|value| value.to_str().ok());
    stripe::check_signature(signature, &body, &app.webhook_secrets, Timestamp::now())
        .map_err(|error| Failure::new(Kind::InvalidSignature, error.to_string()))?;
    let event: Event = serde_json::from_slice(&body)
        .map_err(|error| Failure::new(Kind::MalformedJson, format!("This is not an event: {error}.")))?;
    let new = app.store.receive(&event.id, body.to_vec(), Timestamp::now()).await?;
    tracing::debug!(event = event.id, kind = event.kind, new, "an event came");
    if new {
        app.work.notify_one();
    }
    Ok(StatusCode::OK)
}
