//! The habits of the issuer.

use super::state::{Control, ControlResult, json_body};
use crate::identity::habits::Habits;
use crate::identity::presets::requested_habits;
use crate::stripe::api::StripeError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sandbox/issuer`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.store.read(|store| Habits::of(&store.records))))
}

/// `PUT /sandbox/issuer`: the habits of a `preset`, such as `auth0`, and what is changed of them. Without a preset, what is
/// not given is the sandbox's own.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let habits = requested_habits(json_body(&bytes)?)
        .map_err(|error| StripeError::invalid(format!("There is no such issuer: {error}.")))?;
    control.store.change::<_, StripeError>(|store| {
        habits.set(&mut store.records);
        Ok(())
    })?;
    Ok(Json(json!(habits)))
}
