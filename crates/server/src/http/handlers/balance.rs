//! The balance: to its owner, to the platform, now and at past instants.

use crate::App;
use crate::accounts::unit_of_work::{Draft, Stop, attempts};
use crate::http::auth::{Platform, User};
use crate::http::problem::{Answer, Failure, Kind};
use crate::http::request::Parameters;
use crate::http::wire_types;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokenwell_ledger as ledger;
use tokenwell_wire::{Balance, Problem};

/// The balance of the account, after everything that is due by now.
pub async fn current(app: &App, account: &str) -> Answer<Balance> {
    attempts(|| async {
        let mut draft = Draft::open(app, account).await?;
        draft.catch_up()?;
        let balance = draft.balance();
        draft.commit().await?;
        Ok::<_, Stop>(balance)
    })
    .await
}

/// The caller's balance. Its `ETag` spares sending one that the caller has.
#[utoipa::path(get, path = "/v1/balance", tag = "user", security(("user" = [])),
    params(("If-None-Match" = Option<String>, Header, description = "An `ETag` of an earlier answer")),
    responses((status = 200, body = Balance), (status = 304), (status = 401, body = Problem)))]
pub async fn mine(State(app): State<Arc<App>>, user: User, headers: HeaderMap) -> Answer {
    let balance = current(&app, &user.account.id).await?;
    let tag = entity_tag(&balance)?;
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| {
            known.trim() == "*" || known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/")
        });
    let tag = HeaderValue::from_str(&tag).map_err(Failure::internal)?;
    let headers =
        [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, axum::Json(balance)).into_response()
    })
}

/// Names the figures, whenever they are asked for: a weak tag, since `as_of` is not in it.
fn entity_tag(balance: &Balance) -> Answer<String> {
    let figures = Balance { as_of: Timestamp::UNIX_EPOCH, ..balance.clone() };
    let json = serde_json::to_vec(&figures).map_err(Failure::internal)?;
    Ok(format!("W/\"{}-{}\"", balance.version, hex::encode(&Sha256::digest(json)[..8])))
}

/// At which instant.
#[derive(Debug, Deserialize)]
pub struct At {
    at: Option<String>,
}

/// An account's balance, now or at a past instant.
#[utoipa::path(get, path = "/v1/accounts/{id}/balance", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("at" = Option<String>, Query, description = "A past instant, RFC 3339")),
    responses((status = 200, body = Balance), (status = 404, body = Problem)))]
pub async fn of_account(
    State(app): State<Arc<App>>,
    _platform: Platform,
    Path(account): Path<String>,
    Parameters(query): Parameters<At>,
) -> Answer<Response> {
    let balance = match query.at {
        None => current(&app, &account).await?,
        Some(at) => at_instant(&app, &account, &at).await?,
    };
    Ok(axum::Json(balance).into_response())
}

async fn at_instant(app: &App, account: &str, at: &str) -> Answer<Balance> {
    let instant: Timestamp = at.parse().map_err(|_| {
        Failure::new(Kind::InvalidParameter, "`at` must be an instant such as 2026-11-01T12:00:00Z.")
    })?;
    if instant > app.clock.now() {
        return Err(Failure::new(Kind::InvalidParameter, "`at` must not be in the future."));
    }
    // What was due by then is in the ledger first.
    current(app, account).await?;
    let record = app.store.account(account).await?.ok_or_else(|| Failure::not_found("account"))?;
    let last = app.store.last_entry(account, instant).await?;
    let last = last.map(|entry| wire_types::entry(&entry)).transpose()?;
    match ledger::balance_at(&record.state, last.as_ref(), &app.catalogue, instant) {
        Some(balance) => Ok(wire_types::balance(&balance)),
        None => Err(Failure::new(Kind::InvalidParameter, "`at` is before the account was opened.")),
    }
}
