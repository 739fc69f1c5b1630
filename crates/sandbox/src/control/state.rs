//! What the calls need, and how they read bodies and change the store.

use crate::identity::issuer::Issuer;
use crate::platforms::Platforms;
use crate::records::delivery::DeliveryFaults;
use crate::store::{SharedStore, Store};
use crate::stripe::api::StripeError;
use crate::webhooks::{RESPONSE_TIMEOUT, WebhookSender};
use axum::Json;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the calls need; clones share everything.
#[derive(Debug, Clone)]
pub struct Control {
    /// The store.
    pub store: SharedStore,
    /// The delivery of events.
    pub webhooks: WebhookSender,
    /// The issuer of the users' access tokens.
    pub issuer: Issuer,
    /// The platforms that report a balance by API key.
    pub platforms: Platforms,
    /// The HTTP client.
    pub http: reqwest::Client,
}

/// The response of a call. Errors have the shape of Stripe's.
pub type ControlResult = Result<Json<Value>, StripeError>;

impl Control {
    /// Changes the store, and waits until the events of the change were delivered or attempted once. It does not wait
    /// if deliveries are delayed.
    pub async fn change<T>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<T, StripeError>,
    ) -> Result<T, StripeError> {
        let result = self.store.change(change)?;
        let delayed = self.store.read(|store| DeliveryFaults::of(&store.records).delay_ms > 0);
        if !delayed {
            self.webhooks.attempted(RESPONSE_TIMEOUT, |_, _| true).await;
        }
        Ok(result)
    }
}

/// The body of a call; an empty body counts as an empty object.
pub fn json_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StripeError> {
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes)
        .map_err(|error| StripeError::invalid(format!("The JSON body does not fit this call: {error}")))
}
