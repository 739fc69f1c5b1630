//! The account and its end.

use crate::App;
use crate::accounts::unit_of_work::{Draft, Stop, attempts};
use crate::http::auth::User;
use crate::http::problem::{Answer, Failure, Kind};
use crate::http::request::Json;
use crate::http::wire_types;
use crate::store::ChoreKind;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_ledger as ledger;
use tokenwell_wire::{Account, DeleteAccount, Problem};

/// The word that confirms a deletion.
const CONFIRMATION: &str = "DELETE";

/// The caller's account.
#[utoipa::path(get, path = "/v1/account", tag = "user", security(("user" = [])),
    responses((status = 200, body = Account), (status = 401, body = Problem), (status = 410, body = Problem)))]
pub async fn show(State(app): State<Arc<App>>, user: User) -> Answer<axum::Json<Account>> {
    current(&app, &user.account.id).await.map(axum::Json)
}

/// An account after everything that is due by now.
pub async fn current(app: &App, id: &str) -> Answer<Account> {
    attempts(|| async {
        let mut draft = Draft::open(app, id).await?;
        draft.catch_up()?;
        let account = wire_types::account(draft.record(), draft.state(), &draft.balance(), &app.catalogue);
        draft.commit().await?;
        Ok::<_, Stop>(account)
    })
    .await
}

/// Deletes the account for good (rule 18).
#[utoipa::path(delete, path = "/v1/account", tag = "user", security(("user" = [])), request_body = DeleteAccount,
    responses((status = 204), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    user: User,
    Json(request): Json<DeleteAccount>,
) -> Answer<StatusCode> {
    if request.confirm != CONFIRMATION {
        return Err(Failure::new(
            Kind::ConfirmationRequired,
            "Deleting loses every token and the plan for good. To confirm, send `confirm` with the word DELETE.",
        ));
    }
    let deleted_at = Timestamp::now();
    attempts(|| async {
        let mut draft = Draft::open(&app, &user.account.id).await?;
        let subscriptions: Vec<_> = draft.state().live_subscriptions().map(ToString::to_string).collect();
        if let Err(refusal) = draft.apply(ledger::Command::Delete)? {
            return Err(wire_types::refusal(&refusal).into());
        }
        for session in app.store.checkouts_of(&user.account.id).await? {
            draft.leave_chore(ChoreKind::ExpireCheckout, session);
        }
        for subscription in subscriptions {
            draft.leave_chore(ChoreKind::CancelSubscription, subscription);
        }
        draft.delete(deleted_at);
        draft.commit().await
    })
    .await?;
    until_the_next_second(deleted_at).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Access tokens tell only the second they were issued in: after this, one that was issued after the deletion says so.
async fn until_the_next_second(deleted_at: Timestamp) {
    let into_the_second = deleted_at.subsec_nanosecond().unsigned_abs();
    let passed = Timestamp::now().duration_since(deleted_at);
    let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(into_the_second.into()));
    let left = left.saturating_sub(Duration::try_from(passed).unwrap_or_default());
    tokio::time::sleep(left).await;
}
