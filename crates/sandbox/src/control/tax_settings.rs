//! The settings of Stripe Tax.

use super::state::{Control, ControlResult, json_body};
use crate::stripe::api::StripeError;
use crate::stripe::tax::settings::TaxSettings;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sandbox/tax-settings`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.store.read(|store| TaxSettings::of(&store.records))))
}

/// `PUT /sandbox/tax-settings`: what is not given is as in a new account.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let settings: TaxSettings = json_body(&bytes)?;
    let is_country =
        |code: &String| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    if let Some(wrong) = settings.registrations.iter().find(|code| !is_country(code)) {
        let message = format!("{wrong:?} is not a country: give its two letters, such as DE.");
        return Err(StripeError::invalid_param("registrations", message));
    }
    control.store.change::<_, StripeError>(|store| {
        settings.set(&mut store.records);
        Ok(())
    })?;
    Ok(Json(json!(settings)))
}
