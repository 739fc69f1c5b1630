//! What the platform's own back ends do with an account's tokens: spend, hold, adjust. Each call is done once however
//! often it is sent.

use crate::App;
use crate::auth::Platform;
use crate::draft::Draft;
use crate::problem::{Answer, Failure, Kind};
use crate::request::{NoBody, Once, Reply, words};
use crate::store::ChangeNotice;
use crate::together::{Undone, decide_once};
use crate::translate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_ledger::{self as ledger, Command, Outcome, Refusal};
use tokenwell_wire::{
    Adjustment, CommitHold, EndedHold, Hold, NewAdjustment, NewHold, NewSpend, Problem, Spend, SpendRefused,
    Tokens,
};
use uuid::Uuid;

/// Takes tokens, all or nothing (rules 1 to 3).
#[utoipa::path(post, path = "/v1/accounts/{id}/spends", tag = "platform", security(("platform" = [])),
    request_body = NewSpend, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Spend), (status = 402, body = Problem), (status = 404, body = Problem)))]
pub async fn spend(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(account): Path<String>,
    once: Once<NewSpend>,
) -> Answer<Reply> {
    let reason = words("reason", &once.body.reason)?;
    let amount = amount(once.body.amount)?;
    decide_once(&app, &account, once.identity(&platform.caller, &account), move |draft| {
        let id = Uuid::now_v7().to_string();
        let command = Command::Spend {
            id: ledger::SpendId::from(id.as_str()),
            amount: ledger::Tokens(amount.0),
            reason: reason.clone(),
        };
        let Outcome::Spent { slices } = told(draft, command)? else { return Err(unexpected()) };
        let spend = Spend { id, amount, slices: translate::slices(&slices), balance: draft.balance() };
        Ok(Reply::json(StatusCode::CREATED, &spend)?)
    })
    .await
}

/// Sets tokens aside for a job that is still running (rule 4).
#[utoipa::path(post, path = "/v1/accounts/{id}/holds", tag = "platform", security(("platform" = [])),
    request_body = NewHold, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Hold), (status = 402, body = Problem), (status = 404, body = Problem)))]
pub async fn hold(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(account): Path<String>,
    once: Once<NewHold>,
) -> Answer<Reply> {
    let reason = words("reason", &once.body.reason)?;
    let amount = amount(once.body.amount)?;
    let life = once.body.ttl_s.map(|seconds| Duration::from_secs(seconds.into()));
    decide_once(&app, &account, once.identity(&platform.caller, &account), move |draft| {
        let id = Uuid::now_v7().to_string();
        let command = Command::Hold {
            id: ledger::HoldId::from(id.as_str()),
            amount: ledger::Tokens(amount.0),
            reason: reason.clone(),
            life,
        };
        let Outcome::Held(outcome) = told(draft, command)? else { return Err(unexpected()) };
        draft.put_hold(id.clone());
        let hold = Hold {
            id,
            amount,
            expires_at: outcome.expires_at(),
            slices: translate::slices(outcome.slices()),
        };
        Ok(Reply::json(StatusCode::CREATED, &hold)?)
    })
    .await
}

/// Takes what a job used of what was held; the rest goes back (rule 4).
#[utoipa::path(post, path = "/v1/holds/{id}/commit", tag = "platform", security(("platform" = [])),
    request_body = CommitHold, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EndedHold), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn commit_hold(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(hold): Path<String>,
    once: Once<CommitHold>,
) -> Answer<Reply> {
    let amount = ledger::Tokens(once.body.amount.0);
    let command = Command::CommitHold { id: ledger::HoldId::from(hold.as_str()), amount };
    end_hold(&app, &platform, &hold, &once, command).await
}

/// Gives back all that was held (rule 4).
#[utoipa::path(post, path = "/v1/holds/{id}/release", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EndedHold), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn release_hold(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(hold): Path<String>,
    once: Once<NoBody>,
) -> Answer<Reply> {
    let command = Command::ReleaseHold { id: ledger::HoldId::from(hold.as_str()) };
    end_hold(&app, &platform, &hold, &once, command).await
}

async fn end_hold<T: DeserializeOwned + Sync>(
    app: &App,
    platform: &Platform,
    hold: &str,
    once: &Once<T>,
    command: Command,
) -> Answer<Reply> {
    let account = app.store.account_of_hold(hold).await?.ok_or_else(|| Failure::not_found("hold"))?;
    let id = hold.to_owned();
    decide_once(app, &account, once.identity(&platform.caller, &account), move |draft| {
        let Outcome::HoldEnded { committed, .. } = told(draft, command.clone())? else {
            return Err(unexpected());
        };
        let committed = translate::slices(&committed).iter().map(|slice| slice.amount.0).sum();
        let ended = EndedHold { id: id.clone(), committed: Tokens(committed), balance: draft.balance() };
        Ok(Reply::json(StatusCode::OK, &ended)?)
    })
    .await
}

/// Gives tokens into a top-up lot of their own, or takes some back (rule 17a).
#[utoipa::path(post, path = "/v1/accounts/{id}/adjustments", tag = "platform", security(("platform" = [])),
    request_body = NewAdjustment, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Adjustment), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn adjust(
    State(app): State<Arc<App>>,
    platform: Platform,
    Path(account): Path<String>,
    once: Once<NewAdjustment>,
) -> Answer<Reply> {
    let reason = words("reason", &once.body.reason)?;
    let amount = once.body.amount;
    if amount == 0 || amount.unsigned_abs() > tokenwell_wire::MAX_EXACT {
        return Err(Failure::new(
            Kind::InvalidAmount,
            "`amount` must be tokens to give, or negative to take back.",
        ));
    }
    decide_once(&app, &account, once.identity(&platform.caller, &account), move |draft| {
        let id = Uuid::now_v7().to_string();
        let command =
            Command::Adjust { id: ledger::AdjustmentId::from(id.as_str()), amount, reason: reason.clone() };
        let _ = told(draft, command)?;
        Ok(Reply::json(StatusCode::CREATED, &Adjustment { id, amount, balance: draft.balance() })?)
    })
    .await
}

fn unexpected() -> Undone {
    Undone::Failed(Failure::internal("the rules gave an outcome of another command"))
}

/// Decides, and tells the account's streams of a refused spend.
fn told(draft: &mut Draft<'_>, command: Command) -> Result<Outcome, Undone> {
    let refusal = match draft.apply(command)? {
        Ok(outcome) => return Ok(outcome),
        Err(refusal) => refusal,
    };
    if let Refusal::InsufficientTokens { needed, spendable, locked, remedy } = &refusal {
        let told = SpendRefused {
            needed: translate::tokens(*needed),
            spendable: translate::tokens(*spendable),
            locked: translate::tokens(*locked),
            remedy: translate::remedy(*remedy),
        };
        draft.tell(ChangeNotice::SpendRefused(serde_json::to_string(&told).map_err(Failure::internal)?));
    }
    Err(Undone::Refused(translate::refusal(&refusal)))
}

fn amount(amount: Tokens) -> Answer<Tokens> {
    if (1..=tokenwell_wire::MAX_EXACT).contains(&amount.0) {
        Ok(amount)
    } else {
        Err(Failure::new(
            Kind::InvalidAmount,
            "`amount` must be at least 1 token, and a number that JSON carries exactly.",
        ))
    }
}
