//! For support and operators: who has which account, payments that granted nothing, and events that failed for good.

use crate::App;
use crate::auth::Platform;
use crate::problem::{Answer, Failure, Kind};
use crate::request::{Identity, NoBody, Once, PageOf, Parameters, Reply, words};
use crate::store::{RefundDueRecord, SetAsideRecord, StoreError};
use crate::stripe::Event;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use tokenwell_wire::{
    AccountList, EventSetAside, EventsSetAside, Problem, RefundDue, RefundsDue, ResolveRefund,
};

/// Whose.
#[derive(Debug, Deserialize)]
pub struct ByEmail {
    email: Option<String>,
}

/// The accounts of an e-mail address.
#[utoipa::path(get, path = "/v1/accounts", tag = "platform", security(("platform" = [])),
    params(("email" = String, Query)),
    responses((status = 200, body = AccountList), (status = 400, body = Problem)))]
pub async fn accounts(
    State(app): State<Arc<App>>,
    _platform: Platform,
    Parameters(query): Parameters<ByEmail>,
) -> Answer<axum::Json<AccountList>> {
    let email = query.email.filter(|email| !email.is_empty()).ok_or_else(|| {
        Failure::new(
            Kind::InvalidParameter,
            "Say whose accounts: GET /v1/accounts?email=someone@example.com.",
        )
    })?;
    let mut accounts = Vec::new();
    for record in app.store.accounts_of_email(&email).await? {
        accounts.push(super::account::current(&app, &record.id).await?);
    }
    Ok(axum::Json(AccountList { accounts }))
}

/// Payments that granted nothing and that nobody has resolved, newest first.
#[utoipa::path(get, path = "/v1/refunds-due", tag = "platform", security(("platform" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = RefundsDue), (status = 401, body = Problem)))]
pub async fn refunds_due(
    State(app): State<Arc<App>>,
    _platform: Platform,
    page: PageOf,
) -> Answer<axum::Json<RefundsDue>> {
    let page = app.store.refunds_due(page.before, page.limit).await?;
    Ok(axum::Json(RefundsDue {
        items: page.items.into_iter().map(shown).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// Notes what was done about one of them.
#[utoipa::path(post, path = "/v1/refunds-due/{id}/resolve", tag = "platform", security(("platform" = [])),
    request_body = ResolveRefund, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = RefundDue), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resolve(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(id): Path<String>,
    once: Once<ResolveRefund>,
) -> Answer<Reply> {
    let note = words("note", &once.body.note)?;
    let sent = once.identity(&platform.caller, "");
    if let Some(reply) = kept(&app, &sent).await? {
        return Ok(reply);
    }
    let mut refund =
        app.store.refund_due(&id).await?.ok_or_else(|| Failure::not_found("payment to refund"))?;
    let at = app.clock.now();
    refund.resolved = Some((at, note.clone()));
    let reply = Reply::json(StatusCode::OK, &shown(refund))?;
    match app.store.resolve_refund_due(&id, &note, at, sent.record(Some(&reply), None)).await {
        Ok(()) => Ok(reply),
        // Someone was faster: the same request sent twice at once, or another operator.
        Err(StoreError::Conflict) => match kept(&app, &sent).await? {
            Some(reply) => Ok(reply),
            None => Err(Failure::new(Kind::AlreadyResolved, "Someone has resolved this payment already.")),
        },
        Err(error) => Err(error.into()),
    }
}

/// The answer that this request got before.
async fn kept(app: &App, sent: &Identity) -> Answer<Option<Reply>> {
    match app.store.idempotency_record(&sent.scope).await? {
        Some(kept) => sent.answer_of(&kept),
        None => Ok(None),
    }
}

fn shown(refund: RefundDueRecord) -> RefundDue {
    let (resolved_at, note) = refund.resolved.unzip();
    RefundDue {
        id: refund.id,
        why: refund.why,
        amount: crate::translate::minor(refund.amount),
        currency: refund.currency,
        account_id: refund.account,
        purchase_id: refund.purchase,
        checkout_session: refund.session,
        payment: refund.payment,
        created_at: refund.created_at,
        resolved_at,
        note,
    }
}

/// Events of Stripe that failed for good and hold up no other, the last one first.
#[utoipa::path(get, path = "/v1/events-set-aside", tag = "platform", security(("platform" = [])),
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = EventsSetAside), (status = 401, body = Problem)))]
pub async fn events_set_aside(
    State(app): State<Arc<App>>,
    _platform: Platform,
    page: PageOf,
) -> Answer<axum::Json<EventsSetAside>> {
    let page = app.store.events_set_aside(page.before, page.limit).await?;
    Ok(axum::Json(EventsSetAside {
        items: page.items.into_iter().map(shown_event).collect(),
        next_cursor: page.next.map(|seq| seq.to_string()),
    }))
}

/// Has one of them tried again, as if it had just come.
#[utoipa::path(post, path = "/v1/events-set-aside/{id}/retry", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EventSetAside), (status = 404, body = Problem)))]
pub async fn retry_event(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(id): Path<String>,
    once: Once<NoBody>,
) -> Answer<Reply> {
    let sent = once.identity(&platform.caller, "");
    if let Some(reply) = kept(&app, &sent).await? {
        return Ok(reply);
    }
    let not_found = || Failure::not_found("event set aside");
    let event = app.store.event_set_aside(&id).await?.ok_or_else(not_found)?;
    let reply = Reply::json(StatusCode::OK, &shown_event(event))?;
    match app.store.retry_event(&id, sent.record(Some(&reply), None)).await {
        Ok(()) => {
            app.work.notify_one();
            Ok(reply)
        }
        // Someone was faster: it waits to be worked off already.
        Err(StoreError::Conflict) => kept(&app, &sent).await?.ok_or_else(not_found),
        Err(error) => Err(error.into()),
    }
}

fn shown_event(record: SetAsideRecord) -> EventSetAside {
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
