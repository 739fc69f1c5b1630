//! The configuration of the customer portal.

use super::state::{Control, ControlResult, json_body};
use crate::stripe::api::StripeError;
use crate::stripe::portal::configurations::{self, Features};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// `GET /sandbox/portal`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(control.store.read(configurations::default_with_products))
}

/// `PUT /sandbox/portal`: the fields of `features.subscription_update`, and `subscription_cancel` beside them. What is not
/// given is Stripe's default.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let mut fields: Map<String, Value> = json_body(&bytes)?;
    let cancel = fields.remove("subscription_cancel");
    if let Some(update) = fields.remove("subscription_update") {
        let Value::Object(update) = update else {
            return Err(StripeError::invalid_param("subscription_update", "It must be an object."));
        };
        fields.extend(update);
    }
    let features =
        Features { update: typed(fields.into())?, cancel: typed(cancel.unwrap_or(Map::new().into()))? };
    control.change(|store| Ok(configurations::set_default(store, &features))).await.map(Json)
}

fn typed<T: DeserializeOwned>(fields: Value) -> Result<T, StripeError> {
    serde_json::from_value(fields)
        .map_err(|error| StripeError::invalid(format!("The JSON body does not fit this call: {error}")))
}
