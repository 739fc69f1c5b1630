//! The list of events: what a reconciler finds what it missed by.

use super::gate::Call;
use super::list::Page;
use super::refusal::Refusal;
use crate::books::Books;
use crate::webhooks::Delivery;
use serde_json::Value;
use std::collections::HashMap;

/// `GET /v1/events/{id}`.
pub fn retrieve(books: &mut Books, call: Call) -> Result<Value, Refusal> {
    call.params.finish()?;
    let mut event = books.find("event", &call.id)?;
    count_pending(books, std::slice::from_mut(&mut event));
    Ok(event)
}

/// `GET /v1/events`.
pub fn list(books: &mut Books, mut call: Call) -> Result<Value, Refusal> {
    let page = Page::of(&mut call.params)?;
    let mut types = call.params.texts("types")?;
    let kind = call.params.text("type")?;
    if types.len() > 20 || (!types.is_empty() && kind.is_some()) {
        let message = "You can pass up to 20 `types`, and either `type` or `types`.";
        return Err(Refusal::invalid_param("types", message));
    }
    types.extend(kind);
    let delivered = call.params.flag("delivery_success")?;
    call.params.finish()?;
    let pending = pending(books);
    let mut list = page.cut(books, "event", "/v1/events", |event| {
        let id = event["id"].as_str().unwrap_or_default();
        (types.is_empty()
            || types.iter().any(|wanted| matches(wanted, event["type"].as_str().unwrap_or_default())))
            && delivered.is_none_or(|delivered| delivered != pending.contains_key(id))
    })?;
    if let Some(events) = list["data"].as_array_mut() {
        count_pending(books, events);
    }
    Ok(list)
}

/// `charge.*` stands for every type that starts with `charge.`.
fn matches(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |start| kind.starts_with(start))
}

fn pending(books: &Books) -> HashMap<String, u32> {
    let mut pending = HashMap::new();
    for (_, delivery) in books.records.read_all::<Delivery>(Delivery::KIND) {
        *pending.entry(delivery.event).or_default() += 1;
    }
    pending
}

fn count_pending(books: &Books, events: &mut [Value]) {
    let pending = pending(books);
    for event in events {
        let count = event["id"].as_str().and_then(|id| pending.get(id)).copied().unwrap_or_default();
        event["pending_webhooks"] = count.into();
    }
}
