//! For support and operators: payments that granted nothing, and events that were set aside.

use crate::accounts::{Accounts, Replay, RequestIdentity};
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::Platform;
use crate::http::problem::ProblemKind;
use crate::http::request_body::{Idempotent, NoBody, short_text};
use crate::http::request_path::Id;
use crate::http::request_query::PageRequest;
use crate::http::responses::{Replayable, json_response};
use crate::http::wire_types;
use crate::payments::{Event, Payments};
use crate::store::{SetAsideRecord, Store, StoreError};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use tokenwell_wire::{EventSetAside, EventsSetAside, Problem, RefundDue, RefundsDue, ResolveRefund};

/// Payments that granted nothing and are not resolved, newest first.
#[utoipa::path(get, path = "/v1/refunds-due", tag = "platform", security(("platform" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = RefundsDue), (status = 401, body = Problem)))]
pub async fn refunds_due(
    State(store): State<Arc<dyn Store>>,
    _platform: Platform,
    page: PageRequest,
) -> HttpResult<axum::Json<RefundsDue>> {
    let page = store.refunds_due(page.before, page.limit).await?;
    Ok(axum::Json(RefundsDue {
        items: page.items.into_iter().map(wire_types::refund_due).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// Marks a payment as resolved, with a note.
#[utoipa::path(post, path = "/v1/refunds-due/{id}/resolve", tag = "platform", security(("platform" = [])),
    request_body = ResolveRefund, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = RefundDue), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resolve(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    platform: Platform,
    Id(id): Id,
    call: Idempotent<ResolveRefund>,
) -> HttpResult<Replayable> {
    let note = short_text("note", &call.body.note)?;
    let request = platform.identity(&call, "");
    if let Some(response) = replayed(&accounts, &request).await? {
        return Ok(response);
    }
    let not_found = || ApiError::not_found("payment to refund");
    let mut refund = store.refund_due(&id).await?.ok_or_else(not_found)?;
    let at = accounts.now();
    refund.resolved = Some((at, note.clone()));
    let response = json_response(StatusCode::OK, &wire_types::refund_due(refund))?;
    match store.resolve_refund_due(&id, &note, at, request.record(Some(&response), None)).await {
        Ok(()) => Ok(response.into()),
        // The same request was sent twice at once, or another operator resolved it.
        Err(StoreError::Conflict) => replayed(&accounts, &request).await?.ok_or_else(|| {
            ApiError::new(ProblemKind::AlreadyResolved, "Someone has resolved this payment already.")
        }),
        Err(error) => Err(error.into()),
    }
}

/// The stored response to this request, if it was sent before.
async fn replayed(accounts: &Accounts, request: &RequestIdentity) -> HttpResult<Option<Replayable>> {
    Ok(match accounts.replay(request).await? {
        Replay::Response(response) => Some(response.into()),
        Replay::New | Replay::UnderWay { .. } => None,
    })
}

/// Events of Stripe that were set aside, newest first.
#[utoipa::path(get, path = "/v1/events-set-aside", tag = "platform", security(("platform" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = EventsSetAside), (status = 401, body = Problem)))]
pub async fn events_set_aside(
    State(store): State<Arc<dyn Store>>,
    _platform: Platform,
    page: PageRequest,
) -> HttpResult<axum::Json<EventsSetAside>> {
    let page = store.events_set_aside(page.before, page.limit).await?;
    Ok(axum::Json(EventsSetAside {
        items: page.items.into_iter().map(event_set_aside).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// Retries an event that was set aside, as if it had just been delivered.
#[utoipa::path(post, path = "/v1/events-set-aside/{id}/retry", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EventSetAside), (status = 404, body = Problem)))]
pub async fn retry_event(
    State(accounts): State<Arc<Accounts>>,
    State(payments): State<Arc<Payments>>,
    State(store): State<Arc<dyn Store>>,
    platform: Platform,
    Id(id): Id,
    call: Idempotent<NoBody>,
) -> HttpResult<Replayable> {
    let request = platform.identity(&call, "");
    if let Some(response) = replayed(&accounts, &request).await? {
        return Ok(response);
    }
    let not_found = || ApiError::not_found("event set aside");
    let event = store.event_set_aside(&id).await?.ok_or_else(not_found)?;
    let response = json_response(StatusCode::OK, &event_set_aside(event))?;
    match payments.retry_event(&id, request.record(Some(&response), None)).await {
        Ok(()) => Ok(response.into()),
        // The same request was sent twice at once, or another operator retried the event.
        Err(StoreError::Conflict) => replayed(&accounts, &request).await?.ok_or_else(not_found),
        Err(error) => Err(error.into()),
    }
}

fn event_set_aside(record: SetAsideRecord) -> EventSetAside {
    let event: Option<Event> = serde_json::from_slice(&record.body).ok();
    let object = event.as_ref().and_then(|event| event.data.object["id"].as_str()).map(str::to_owned);
    EventSetAside {
        id: record.id,
        kind: event.map(|event| event.kind).unwrap_or_default(),
        object,
        why: record.error,
        attempts: record.attempts,
        received_at: record.received_at,
        set_aside_at: record.set_aside_at,
    }
}
