//! The webhook endpoint, and faults of the delivery.

use super::state::{Control, ControlResult, json_body};
use crate::http_url::parse_http_url;
use crate::records::delivery::{Delivery, DeliveryFaults};
use crate::records::endpoint::{EndpointRecord, EndpointStatus};
use crate::stripe::api::StripeError;
use crate::webhooks::{Endpoint, Selection};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhooksRequest {
    #[serde(default)]
    drop: u32,
    #[serde(default)]
    duplicate: u32,
    #[serde(default)]
    reverse: bool,
    #[serde(default)]
    delay_ms: u32,
    url: Option<String>,
    secret: Option<SecretString>,
    enabled_events: Option<Vec<String>>,
    status: Option<EndpointStatus>,
}

/// `PUT /sandbox/webhooks`: what is about the endpoint is kept unless it is given; faults that are not given end.
pub async fn set(State(control): State<Control>, bytes: Bytes) -> ControlResult {
    let WebhooksRequest { drop, duplicate, reverse, delay_ms, url, secret, enabled_events, status } =
        json_body(&bytes)?;
    let current = control.webhooks.endpoint();
    let url = match url {
        Some(url) => Some(
            parse_http_url(&url)
                .map_err(|error| StripeError::invalid_param("url", format!("url: {error}")))?,
        ),
        None => current.as_ref().map(|endpoint| endpoint.url.clone()),
    };
    match (url, secret.or_else(|| current.map(|endpoint| endpoint.secret))) {
        (Some(url), Some(secret)) => control.webhooks.set_endpoint(Endpoint { url, secret })?,
        (None, None) => {}
        (Some(_), None) => return Err(StripeError::missing("secret")),
        (None, Some(_)) => return Err(StripeError::missing("url")),
    }
    let faults = DeliveryFaults { drop, duplicate, reverse, delay_ms };
    control.store.change::<_, StripeError>(|store| {
        faults.set(&mut store.records);
        if let Some(endpoint) = EndpointRecord::of(&store.records) {
            let enabled_events = enabled_events.unwrap_or(endpoint.enabled_events);
            let status = status.unwrap_or(endpoint.status);
            EndpointRecord { enabled_events, status, ..endpoint }.set(&mut store.records);
        }
        Ok(())
    })?;
    Ok(Json(json!(faults)))
}

/// `POST /sandbox/webhooks/flush`: attempts every waiting delivery at once.
pub async fn flush(State(control): State<Control>) -> Json<Value> {
    let delivered = control.webhooks.deliver(Selection::All).await;
    let pending = control.store.read(|store| store.records.all(Delivery::KIND).count());
    Json(json!({ "delivered": delivered, "pending": pending }))
}
