//! The account, and its deletion.

use crate::accounts::Accounts;
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::User;
use crate::http::problem::ProblemKind;
use crate::http::request_body::Json;
use crate::http::wire_types;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_wire::{Account, DeleteAccount, Problem};

/// The word that confirms a deletion.
const CONFIRMATION: &str = "DELETE";

/// The caller's account.
#[utoipa::path(get, path = "/v1/account", tag = "user", operation_id = "show_account", security(("user" = [])),
    responses((status = 200, body = Account), (status = 401, body = Problem), (status = 410, body = Problem)))]
pub async fn show(State(accounts): State<Arc<Accounts>>, user: User) -> HttpResult<axum::Json<Account>> {
    let current = accounts.catch_up(user.account).await?;
    Ok(axum::Json(wire_types::account(&current, accounts.catalogue())))
}

/// Deletes the account for good (rule 18).
#[utoipa::path(delete, path = "/v1/account", tag = "user", security(("user" = [])), request_body = DeleteAccount,
    responses((status = 204), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn delete(
    State(accounts): State<Arc<Accounts>>,
    user: User,
    Json(request): Json<DeleteAccount>,
) -> HttpResult<StatusCode> {
    if request.confirm != CONFIRMATION {
        return Err(ApiError::new(
            ProblemKind::ConfirmationRequired,
            "Deleting loses every token and the plan for good. To confirm, send `confirm` with the word DELETE.",
        ));
    }
    let now = Timestamp::now();
    // An issuer whose clock is ahead dates its tokens after our time.
    let deleted_at = user.token_issued_at.map_or(now, |issued_at| issued_at.max(now));
    accounts.delete(&user.account.id, deleted_at).await?;
    until_the_next_second(now).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Access tokens carry only the second in which they were issued. A token that is issued after this wait is of a later
/// second than the deletion, so that it opens a new account.
async fn until_the_next_second(deleted_at: Timestamp) {
    let into_the_second = deleted_at.subsec_nanosecond().unsigned_abs();
    let passed = Timestamp::now().duration_since(deleted_at);
    let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(into_the_second.into()));
    let left = left.saturating_sub(Duration::try_from(passed).unwrap_or_default());
    tokio::time::sleep(left).await;
}
