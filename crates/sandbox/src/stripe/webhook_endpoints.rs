//! The webhook endpoint. There is one at most: the one that `--webhook-url` or `PUT /sandbox/webhooks` sets.

use super::api::{Call, Page, StripeError};
use crate::records::api_version::{API_VERSION, ApiVersions};
use crate::records::endpoint::{ENDPOINT_ID, EndpointRecord};
use crate::store::Store;
use serde_json::{Value, json};

const KIND: &str = "webhook_endpoint";

fn object(store: &Store, endpoint: &EndpointRecord) -> Value {
    let ApiVersions { account, endpoint: own } = ApiVersions::of(&store.records);
    // Null: the account's default.
    let version = match (own, account) {
        (Some(own), _) => Some(own.to_string()),
        (None, Some(_)) => None,
        (None, None) => Some(API_VERSION.to_owned()),
    };
    json!({
        "id": ENDPOINT_ID,
        "object": KIND,
        "api_version": version,
        "application": null,
        "created": endpoint.created,
        "description": null,
        "enabled_events": endpoint.enabled_events,
        "livemode": false,
        "metadata": {},
        "status": endpoint.status,
        "url": endpoint.url,
    })
}

/// `GET /v1/webhook_endpoints/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    match EndpointRecord::of(&store.records) {
        Some(endpoint) if call.id == ENDPOINT_ID => Ok(object(store, &endpoint)),
        _ => Err(StripeError::no_such(KIND, &call.id, "id")),
    }
}

/// `GET /v1/webhook_endpoints`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    call.params.finish()?;
    let endpoint = EndpointRecord::of(&store.records).map(|endpoint| object(store, &endpoint));
    let endpoints: Vec<&Value> = endpoint.iter().collect();
    page.slice(&endpoints, KIND, "/v1/webhook_endpoints")
}
