//! API keys: which permissions they have, and whether they have expired.

use super::state::{Control, ControlResult, json_body};
use crate::stripe::api::StripeError;
use crate::stripe::api::keys::{KeySettings, masked};
use crate::stripe::api::permissions::is_known;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRequest {
    key: String,
    /// Every permission if it is not given.
    #[serde(default)]
    permissions: Option<Vec<String>>,
    #[serde(default)]
    expired: bool,
}

/// `PUT /sandbox/keys`: sets what one key may do.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let KeyRequest { key, permissions, expired } = json_body(&bytes)?;
    let kinds = ["sk_test_", "rk_test_", "sk_live_", "rk_live_"];
    if !kinds.iter().any(|kind| key.starts_with(kind)) {
        let message = format!("A key starts with {}.", kinds.join(", "));
        return Err(StripeError::invalid_param("key", message));
    }
    if permissions.is_some() && !key.starts_with("rk_") {
        let message = "Only a restricted key, which starts with rk_, has permissions.";
        return Err(StripeError::invalid_param("permissions", message));
    }
    if let Some(unknown) = permissions.iter().flatten().find(|name| !is_known(name)) {
        let message = format!("There is no permission {unknown}; names are such as rak_customer_write.");
        return Err(StripeError::invalid_param("permissions", message));
    }
    let shown = json!({ "key": masked(&key), "permissions": permissions, "expired": expired });
    let settings = KeySettings { permissions, expired };
    control.store.change::<_, StripeError>(|store| {
        settings.set(&mut store.records, &SecretString::from(key));
        Ok(())
    })?;
    Ok(Json(shown))
}
