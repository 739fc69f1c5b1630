//! Faults of Stripe's API.

use super::state::{Control, ControlResult, json_body};
use crate::stripe::api::StripeError;
use crate::stripe::api::faults::Faults;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sandbox/faults`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.store.read(|store| Faults::of(&store.records))))
}

/// `PUT /sandbox/faults`.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let faults: Faults = json_body(&bytes)?;
    control.store.change::<_, StripeError>(|store| {
        faults.set(&mut store.records);
        Ok(())
    })?;
    Ok(Json(json!(faults)))
}
