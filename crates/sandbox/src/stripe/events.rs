//! The list of events, by which reconcilers find the events that were not delivered.

use super::api::{Call, Page, StripeError};
use super::older_versions;
use crate::records::api_version::{ApiVersion, has_event};
use crate::records::delivery::Delivery;
use crate::store::Store;
use serde_json::Value;
use std::collections::HashMap;

/// `GET /v1/events/{id}`.
pub fn retrieve(store: &mut Store, call: Call) -> Result<Value, StripeError> {
    call.params.finish()?;
    let mut event = store.find("event", &call.id)?;
    render_as_made(store, &mut event);
    set_pending_webhooks(std::slice::from_mut(&mut event), &pending_deliveries(store));
    Ok(event)
}

/// `GET /v1/events`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    let page = Page::of(&mut call.params)?;
    let mut types = call.params.texts("types")?;
    let single_type = call.params.text("type")?;
    if types.len() > 20 || (!types.is_empty() && single_type.is_some()) {
        let message = "You can pass up to 20 `types`, and either `type` or `types`.";
        return Err(StripeError::invalid_param("types", message));
    }
    types.extend(single_type);
    let delivered = call.params.flag("delivery_success")?;
    call.params.finish()?;
    let pending = pending_deliveries(store);
    let mut list = page.select(store, "event", "/v1/events", |event| {
        let id = event["id"].as_str().unwrap_or_default();
        is_made(event)
            && (types.is_empty()
                || types.iter().any(|wanted| matches(wanted, event["type"].as_str().unwrap_or_default())))
            && delivered.is_none_or(|delivered| delivered != pending.contains_key(id))
    })?;
    if let Some(events) = list["data"].as_array_mut() {
        for event in &mut *events {
            render_as_made(store, event);
        }
        set_pending_webhooks(events, &pending);
    }
    Ok(list)
}

/// The version that an event was made with: the account's default at that time.
fn version_of(event: &Value) -> ApiVersion {
    event["api_version"]
        .as_str()
        .and_then(|version| ApiVersion::try_from(version.to_owned()).ok())
        .unwrap_or_else(ApiVersion::current)
}

/// Whether the version of an event has events of its type.
fn is_made(event: &Value) -> bool {
    has_event(&version_of(event), event["type"].as_str().unwrap_or_default())
}

fn render_as_made(store: &Store, event: &mut Value) {
    let version = version_of(event);
    older_versions::render_event(store, event, &version);
}

/// Whether an event type matches; `charge.*` matches every type that starts with `charge.`.
fn matches(wanted: &str, event_type: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == event_type, |start| event_type.starts_with(start))
}

/// The number of pending deliveries by event.
fn pending_deliveries(store: &Store) -> HashMap<String, u32> {
    let mut pending = HashMap::new();
    for (_, delivery) in store.records.read_all::<Delivery>(Delivery::KIND) {
        *pending.entry(delivery.event).or_default() += 1;
    }
    pending
}

fn set_pending_webhooks(events: &mut [Value], pending: &HashMap<String, u32>) {
    for event in events {
        let count = event["id"].as_str().and_then(|id| pending.get(id)).copied().unwrap_or_default();
        event["pending_webhooks"] = count.into();
    }
}
