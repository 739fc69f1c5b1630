//! Stripe Tax.

use super::state::{Control, ControlResult, json_body};
use crate::stripe::api::StripeError;
use crate::stripe::catalogue::tax::TaxSettings;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sandbox/tax`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.store.read(|store| TaxSettings::of(&store.records))))
}

/// `PUT /sandbox/tax`: what is left out gets its default.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let settings: TaxSettings = json_body(&bytes)?;
    if settings.basis_points > 10_000 {
        return Err(StripeError::invalid_param("basis_points", "The rate is 10000 at most: 100 percent."));
    }
    control.store.change::<_, StripeError>(|store| {
        settings.set(&mut store.records);
        Ok(())
    })?;
    Ok(Json(json!(settings)))
}
