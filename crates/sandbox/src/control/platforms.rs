//! Platforms that report a balance by API key: what they answer, and which keys are revoked.

use super::state::{Control, ControlResult, json_body};
use crate::platforms::Switches;
use crate::stripe::api::StripeError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::json;

fn unknown(id: &str) -> StripeError {
    StripeError::invalid(format!("There is no platform {id}."))
}

/// `GET /sandbox/platforms/{id}`.
pub async fn show(State(control): State<Control>, Path(id): Path<String>) -> ControlResult {
    let switches = control.platforms.switches(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(json!(switches)))
}

/// `PUT /sandbox/platforms/{id}`: sets every switch; those that are not given are off.
pub async fn set(State(control): State<Control>, Path(id): Path<String>, bytes: Bytes) -> ControlResult {
    let switches: Switches = json_body(&bytes)?;
    if !control.platforms.set(&id, switches) {
        return Err(unknown(&id));
    }
    show(State(control), Path(id)).await
}
