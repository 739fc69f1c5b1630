//! The balance: for its owner, and for the platform, now and at past instants.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::{Platform, User};
use crate::http::external_id::PathAccount;
use crate::http::problem::ProblemKind;
use crate::http::request_query::Parameters;
use crate::http::wire_types;
use crate::store::Store;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokenwell_ledger as ledger;
use tokenwell_wire::{Balance, Problem};

/// The caller's balance. A caller that sends its `ETag` gets no body if the balance is the same.
#[utoipa::path(get, path = "/v1/balance", tag = "user", security(("user" = [])),
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of an earlier response")),
    responses((status = 200, body = Balance), (status = 304), (status = 401, body = Problem)))]
pub async fn mine(
    State(accounts): State<Arc<Accounts>>,
    user: User,
    headers: HeaderMap,
) -> HttpResult<Response> {
    let balance = wire_types::balance(&accounts.catch_up(user.account).await?.balance);
    let tag = entity_tag(&balance)?;
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| {
            known.trim() == "*" || known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/")
        });
    let tag = HeaderValue::from_str(&tag).map_err(ApiError::internal)?;
    let headers =
        [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok(if is_known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, axum::Json(balance)).into_response()
    })
}

/// The tag of the amounts. It is weak, because it does not cover `as_of`.
fn entity_tag(balance: &Balance) -> HttpResult<String> {
    let amounts = Balance { as_of: Timestamp::UNIX_EPOCH, ..balance.clone() };
    let json = serde_json::to_vec(&amounts)?;
    Ok(format!("W/\"{}-{}\"", balance.version, hex::encode(&Sha256::digest(json)[..8])))
}

/// The requested instant.
#[derive(Debug, Deserialize)]
pub struct At {
    at: Option<String>,
}

/// An account's balance, now or at a past instant.
#[utoipa::path(get, path = "/v1/accounts/{id}/balance", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("at" = Option<String>, Query, description = "A past instant, RFC 3339")),
    responses((status = 200, body = Balance), (status = 404, body = Problem)))]
pub async fn of_account(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    _platform: Platform,
    PathAccount(account): PathAccount,
    Parameters(query): Parameters<At>,
) -> HttpResult<axum::Json<Balance>> {
    let balance = match query.at {
        None => accounts.current(&account).await?.balance,
        Some(at) => at_instant(&accounts, &*store, &account, &at).await?,
    };
    Ok(axum::Json(wire_types::balance(&balance)))
}

async fn at_instant(
    accounts: &Accounts,
    store: &dyn Store,
    account: &str,
    at: &str,
) -> HttpResult<ledger::Balance> {
    let invalid = |detail: &str| ApiError::new(ProblemKind::InvalidParameter, detail);
    let instant: Timestamp =
        at.parse().map_err(|_| invalid("`at` must be an instant such as 2026-11-01T12:00:00Z."))?;
    if instant > accounts.now() {
        return Err(invalid("`at` must not be in the future."));
    }
    // The ledger then has every entry that was due by that instant.
    let record = accounts.current(account).await?.record;
    let last = store.last_entry(account, instant).await?;
    let last = last.map(|entry| entry.ledger_entry()).transpose()?;
    ledger::balance_at(&record.state, last.as_ref(), accounts.catalogue(), instant)
        .ok_or_else(|| invalid("`at` is before the account was opened."))
}
