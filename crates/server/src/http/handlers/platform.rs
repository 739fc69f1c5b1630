//! The platform's calls that change tokens: spends, holds, adjustments. Each call is executed once, however often it is
//! sent. A handler reads the request and defines the decision; `Accounts::submit` executes it.

use crate::accounts::{AccountError, Accounts, DecisionError, UnitOfWork};
use crate::http::api_error::{ApiError, HttpResult};
use crate::http::auth::Platform;
use crate::http::external_id::PathAccount;
use crate::http::problem::ProblemKind;
use crate::http::request_body::{Idempotent, NoBody, short_text};
use crate::http::request_path::Id;
use crate::http::responses::{Replayable, json_response, refused};
use crate::http::wire_types;
use crate::store::{ChangeNotice, Store, StoredResponse};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use tokenwell_ledger::{self as ledger, Command, HoldId, Outcome, Refusal};
use tokenwell_wire::{
    Adjustment, CommitHold, EndedHold, Hold, NewAdjustment, NewHold, NewSpend, Problem, Spend, SpendRefused,
    Tokens,
};
use uuid::Uuid;

/// Spends tokens, all or nothing (rules 1 to 3).
#[utoipa::path(post, path = "/v1/accounts/{id}/spends", tag = "platform", security(("platform" = [])),
    request_body = NewSpend, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Spend), (status = 402, body = Problem), (status = 404, body = Problem)))]
pub async fn spend(
    State(accounts): State<Arc<Accounts>>,
    platform: Platform,
    PathAccount(account): PathAccount,
    call: Idempotent<NewSpend>,
) -> HttpResult<Replayable> {
    let reason = short_text("reason", &call.body.reason)?;
    let amount = amount(call.body.amount)?;
    let decide = move |unit: &mut UnitOfWork<'_>| {
        let id = Uuid::now_v7().to_string();
        let command = Command::Spend {
            id: ledger::SpendId::from(id.as_str()),
            amount: ledger::Tokens(amount.0),
            reason: reason.clone(),
        };
        let Outcome::Spent { slices } = apply(unit, command)? else {
            return Err(AccountError::UnexpectedOutcome.into());
        };
        let spend = Spend {
            id,
            amount,
            slices: wire_types::slices(&slices),
            balance: wire_types::balance(&unit.balance()),
        };
        Ok(json_response(StatusCode::CREATED, &spend)?)
    };
    let request = platform.identity(&call, &account);
    Ok(accounts.submit(&account, request, decide).await?.into())
}

/// Sets tokens aside for a job that is still running (rule 4).
#[utoipa::path(post, path = "/v1/accounts/{id}/holds", tag = "platform", security(("platform" = [])),
    request_body = NewHold, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Hold), (status = 402, body = Problem), (status = 404, body = Problem)))]
pub async fn hold(
    State(accounts): State<Arc<Accounts>>,
    platform: Platform,
    PathAccount(account): PathAccount,
    call: Idempotent<NewHold>,
) -> HttpResult<Replayable> {
    let reason = short_text("reason", &call.body.reason)?;
    let amount = amount(call.body.amount)?;
    let life = call.body.ttl_s.map(|seconds| Duration::from_secs(seconds.into()));
    let decide = move |unit: &mut UnitOfWork<'_>| {
        let id = Uuid::now_v7().to_string();
        let command = Command::Hold {
            id: HoldId::from(id.as_str()),
            amount: ledger::Tokens(amount.0),
            reason: reason.clone(),
            life,
        };
        let Outcome::Held(outcome) = apply(unit, command)? else {
            return Err(AccountError::UnexpectedOutcome.into());
        };
        unit.put_hold(id.clone());
        let hold = Hold {
            id,
            amount,
            expires_at: outcome.expires_at(),
            slices: wire_types::slices(outcome.slices()),
        };
        Ok(json_response(StatusCode::CREATED, &hold)?)
    };
    let request = platform.identity(&call, &account);
    Ok(accounts.submit(&account, request, decide).await?.into())
}

/// Commits the tokens that a job used; the rest of the hold is released (rule 4).
#[utoipa::path(post, path = "/v1/holds/{id}/commit", tag = "platform", security(("platform" = [])),
    request_body = CommitHold, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EndedHold), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn commit_hold(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    platform: Platform,
    Id(hold): Id,
    call: Idempotent<CommitHold>,
) -> HttpResult<Replayable> {
    let amount = ledger::Tokens(call.body.amount.0);
    let command = Command::CommitHold { id: HoldId::from(hold.as_str()), amount };
    let account = account_of_hold(&*store, &hold).await?;
    let request = platform.identity(&call, &account);
    Ok(accounts.submit(&account, request, move |unit| end_hold(unit, &hold, &command)).await?.into())
}

/// Releases a hold (rule 4).
#[utoipa::path(post, path = "/v1/holds/{id}/release", tag = "platform", security(("platform" = [])),
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = EndedHold), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn release_hold(
    State(accounts): State<Arc<Accounts>>,
    State(store): State<Arc<dyn Store>>,
    platform: Platform,
    Id(hold): Id,
    call: Idempotent<NoBody>,
) -> HttpResult<Replayable> {
    let command = Command::ReleaseHold { id: HoldId::from(hold.as_str()) };
    let account = account_of_hold(&*store, &hold).await?;
    let request = platform.identity(&call, &account);
    Ok(accounts.submit(&account, request, move |unit| end_hold(unit, &hold, &command)).await?.into())
}

async fn account_of_hold(store: &dyn Store, hold: &str) -> HttpResult<String> {
    store.account_of_hold(hold).await?.ok_or_else(|| ApiError::not_found("hold"))
}

fn end_hold(
    unit: &mut UnitOfWork<'_>,
    hold: &str,
    command: &Command,
) -> Result<StoredResponse, DecisionError> {
    let Outcome::HoldEnded { committed, .. } = apply(unit, command.clone())? else {
        return Err(AccountError::UnexpectedOutcome.into());
    };
    let committed = committed.iter().map(|slice| slice.amount.0).sum();
    let balance = wire_types::balance(&unit.balance());
    let ended = EndedHold { id: hold.to_owned(), committed: Tokens(committed), balance };
    Ok(json_response(StatusCode::OK, &ended)?)
}

/// Gives tokens in a new top-up lot, or takes top-up tokens back (rule 17a).
#[utoipa::path(post, path = "/v1/accounts/{id}/adjustments", tag = "platform", security(("platform" = [])),
    request_body = NewAdjustment, params(("id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Adjustment), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn adjust(
    State(accounts): State<Arc<Accounts>>,
    platform: Platform,
    PathAccount(account): PathAccount,
    call: Idempotent<NewAdjustment>,
) -> HttpResult<Replayable> {
    let reason = short_text("reason", &call.body.reason)?;
    let amount = call.body.amount;
    if amount == 0 || amount.unsigned_abs() > tokenwell_wire::MAX_EXACT {
        return Err(ApiError::new(
            ProblemKind::InvalidAmount,
            "`amount` must be tokens to give, or negative to take back.",
        ));
    }
    let decide = move |unit: &mut UnitOfWork<'_>| {
        let id = Uuid::now_v7().to_string();
        let command =
            Command::Adjust { id: ledger::AdjustmentId::from(id.as_str()), amount, reason: reason.clone() };
        let _ = apply(unit, command)?;
        Ok(json_response(
            StatusCode::CREATED,
            &Adjustment { id, amount, balance: wire_types::balance(&unit.balance()) },
        )?)
    };
    let request = platform.identity(&call, &account);
    Ok(accounts.submit(&account, request, decide).await?.into())
}

/// Applies a command by the rules. A refused spend is pushed to the account's event streams.
fn apply(unit: &mut UnitOfWork<'_>, command: Command) -> Result<Outcome, DecisionError> {
    let refusal = match unit.apply(command)? {
        Ok(outcome) => return Ok(outcome),
        Err(refusal) => refusal,
    };
    if let Refusal::InsufficientTokens { needed, spendable, locked, remedy } = &refusal {
        let notice = SpendRefused {
            needed: wire_types::tokens(*needed),
            spendable: wire_types::tokens(*spendable),
            locked: wire_types::tokens(*locked),
            remedy: wire_types::remedy(*remedy),
        };
        unit.notify(ChangeNotice::SpendRefused(serde_json::to_string(&notice)?));
    }
    Err(refused(&refusal))
}

fn amount(amount: Tokens) -> HttpResult<Tokens> {
    if (1..=tokenwell_wire::MAX_EXACT).contains(&amount.0) {
        Ok(amount)
    } else {
        Err(ApiError::new(
            ProblemKind::InvalidAmount,
            "`amount` must be at least 1 token, and a number that JSON carries exactly.",
        ))
    }
}
