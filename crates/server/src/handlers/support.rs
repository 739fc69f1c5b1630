//! For support and operators: who has which account, and payments that granted nothing.

use crate::App;
use crate::auth::Platform;
use crate::problem::{Answer, Failure, Kind};
use crate::request::{Once, PageOf, Parameters, Reply, words};
use crate::store::{RefundDueRecord, StoreError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use tokenwell_wire::{AccountList, Problem, RefundDue, RefundsDue, ResolveRefund};

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
    let scope = once.scope(&platform.caller, "");
    let kept = || async {
        let Some(kept) = app.store.answer(&scope).await? else { return Ok(None) };
        once.check(&kept)?;
        Ok::<_, Failure>(kept.answer.map(Reply::kept))
    };
    if let Some(reply) = kept().await? {
        return Ok(reply);
    }
    let mut refund =
        app.store.refund_due(&id).await?.ok_or_else(|| Failure::not_found("payment to refund"))?;
    let at = app.clock.now();
    refund.resolved = Some((at, note.clone()));
    let reply = Reply::json(StatusCode::OK, &shown(refund))?;
    match app.store.resolve_refund_due(&id, &note, at, once.record(scope.clone(), Some(&reply), None)).await {
        Ok(()) => Ok(reply),
        // Someone was faster: the same request sent twice at once, or another operator.
        Err(StoreError::Conflict) => match kept().await? {
            Some(reply) => Ok(reply),
            None => Err(Failure::new(Kind::AlreadyResolved, "Someone has resolved this payment already.")),
        },
        Err(error) => Err(error.into()),
    }
}

fn shown(refund: RefundDueRecord) -> RefundDue {
    let (resolved_at, note) = refund.resolved.unzip();
    RefundDue {
        id: refund.id,
        why: refund.why,
        amount: refund.amount,
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
