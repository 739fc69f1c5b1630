//! The API versions of the account and of the webhook endpoint.

use super::state::{Control, ControlResult, json_body};
use crate::records::api_version::ApiVersions;
use crate::stripe::api::StripeError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sandbox/api-versions`.
pub async fn show(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.store.read(|store| ApiVersions::of(&store.records))))
}

/// `PUT /sandbox/api-versions`: a version that is not given is the sandbox's own.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let versions: ApiVersions = json_body(&bytes)?;
    control.store.change::<_, StripeError>(|store| {
        versions.set(&mut store.records);
        Ok(())
    })?;
    Ok(Json(json!(versions)))
}
