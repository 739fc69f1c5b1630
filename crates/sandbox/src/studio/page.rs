//! The studio's page and its form.

use super::spending::{Platform, SpendError, SpendResult, problem_text};
use super::state::Studio;
use crate::error_chain::error_chain;
use crate::html::format::grouped;
use crate::html::layout::narrow_page;
use crate::identity::users;
use crate::records::user::User;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// What to generate, and whose tokens to spend on it.
#[derive(Debug, Deserialize)]
struct GenerateRequest {
    user: String,
    #[serde(deserialize_with = "number")]
    amount: u64,
    #[serde(default)]
    prompt: String,
}

/// A whole number, as JSON or as the text of a form field.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().map_err(serde::de::Error::custom),
        other => other
            .as_u64()
            .ok_or_else(|| serde::de::Error::custom("amount has to be a whole number of tokens")),
    }
}

/// What the page shows after the form was submitted.
enum Outcome {
    Decided(SpendResult),
    Failed(String),
}

/// `GET /studio`.
pub async fn show(State(studio): State<Studio>) -> Markup {
    page(&studio, None, None).await
}

/// `POST /studio/generate`, with a form or JSON; the response is a page or JSON accordingly.
pub async fn generate(State(studio): State<Studio>, headers: HeaderMap, bytes: Bytes) -> Response {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let (user, outcome) = match read_request(&bytes, is_json) {
        Ok(request) => {
            let result = spend(&studio, &request).await;
            let outcome =
                result.map_or_else(|error| Outcome::Failed(sentence(&error_chain(&error))), Outcome::Decided);
            (Some(request.user), outcome)
        }
        Err(error) => (None, Outcome::Failed(error.to_string())),
    };
    let (status, body) = match &outcome {
        Outcome::Decided(SpendResult::Spent { spend, .. }) => (StatusCode::OK, spend.clone()),
        Outcome::Decided(SpendResult::Refused { status, problem }) => (*status, problem.clone()),
        Outcome::Failed(reason) => (StatusCode::BAD_REQUEST, json!({ "error": { "message": reason } })),
    };
    if is_json {
        return (status, Json(body)).into_response();
    }
    (status, page(&studio, user.as_deref(), Some(&outcome)).await).into_response()
}

/// The body of a request cannot be read.
#[derive(Debug, thiserror::Error)]
enum InvalidRequest {
    #[error("Give a user and a whole number of tokens as the amount ({0}).")]
    Json(#[from] serde_json::Error),
    #[error("Give a user and a whole number of tokens as the amount ({0}).")]
    Form(#[from] serde_urlencoded::de::Error),
}

fn read_request(bytes: &[u8], is_json: bool) -> Result<GenerateRequest, InvalidRequest> {
    if is_json { Ok(serde_json::from_slice(bytes)?) } else { Ok(serde_urlencoded::from_bytes(bytes)?) }
}

async fn spend(studio: &Studio, request: &GenerateRequest) -> Result<SpendResult, SpendError> {
    let user = studio.store.read(|store| {
        users::all(store).into_iter().find(|user| user.id == request.user || user.email == request.user)
    });
    let user = user.ok_or(SpendError::NoSuchUser)?;
    let prompt = request.prompt.trim();
    let reason = if prompt.is_empty() { "Studio: image".to_owned() } else { format!("Studio: {prompt}") };
    let reason: String = reason.chars().take(120).collect();
    Platform::of(studio)?.spend(&user, request.amount, &reason).await
}

/// The text with a capital letter at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let sentence: String = first.chain(letters).collect();
    if sentence.ends_with('.') { sentence } else { sentence + "." }
}

async fn page(studio: &Studio, chosen: Option<&str>, outcome: Option<&Outcome>) -> Markup {
    let users = studio.store.read(users::all);
    let platform = Platform::of(studio);
    let mut rows = Vec::with_capacity(users.len());
    for user in &users {
        let balance = match &platform {
            Ok(platform) => platform
                .balance(user)
                .await
                .map_or_else(|_| "not reachable".to_owned(), |balance| balance_text(balance.as_ref())),
            Err(_) => "—".to_owned(),
        };
        rows.push((user, balance));
    }
    narrow_page(
        "Studio",
        &html! {
            h1 { "Studio" }
            p.quiet { "A stand-in for tools that spend tokens. Generating creates nothing and costs tokens." }
            @if let Err(error) = &platform { p #error .error role="alert" { (error) } }
            @if let Some(outcome) = outcome { (outcome_text(outcome)) }
            @if users.is_empty() {
                p { "There are no accounts yet." }
            } @else {
                (form(&users, chosen))
                table {
                    thead { tr { th { "Account" } th.number { "Tokens to spend" } } }
                    tbody {
                        @for (user, balance) in &rows {
                            tr { td { (user.name) br; span.quiet { (user.email) } } td.number { (balance) } }
                        }
                    }
                }
            }
        },
    )
}

fn form(users: &[User], chosen: Option<&str>) -> Markup {
    html! {
        form method="post" action="/studio/generate" .stack {
            div.field {
                label for="user" { "Who" }
                select #user name="user" {
                    @for user in users {
                        option value=(user.email) selected[chosen == Some(user.email.as_str())] { (user.name) " · " (user.email) }
                    }
                }
            }
            div.field {
                label for="prompt" { "Prompt" }
                input #prompt name="prompt" maxlength="100" autocomplete="off" placeholder="A lighthouse in the fog";
            }
            div.field {
                label for="amount" { "Tokens" }
                input #amount name="amount" type="number" min="1" step="1" value="25" required;
            }
            button #generate .main type="submit" { "Generate" }
        }
    }
}

fn balance_text(balance: Option<&Value>) -> String {
    let Some(balance) = balance else { return "no account yet".to_owned() };
    let locked = balance["top_up"]["locked"].as_u64().unwrap_or_default();
    let spendable = grouped(balance["spendable"].as_u64().unwrap_or_default());
    if locked > 0 { format!("{spendable}, and {} locked", grouped(locked)) } else { spendable }
}

fn outcome_text(outcome: &Outcome) -> Markup {
    match outcome {
        Outcome::Decided(SpendResult::Spent { amount, left, .. }) => html! {
            p #result .done role="status" { "Spent " (grouped(*amount)) " tokens; " (grouped(*left)) " are left." }
        },
        Outcome::Decided(SpendResult::Refused { status, problem }) => html! {
            p #result .error role="alert" { (refusal_text(problem, *status)) }
        },
        Outcome::Failed(reason) => html! { p #result .error role="alert" { (reason) } },
    }
}

/// A refusal in words, with its remedy.
fn refusal_text(problem: &Value, status: StatusCode) -> String {
    let tokens = |name: &str| problem[name].as_u64().map(grouped);
    let (Some(needed), Some(spendable)) = (tokens("needed"), tokens("spendable")) else {
        return format!("Refused: {}.", problem_text(problem, status));
    };
    let remedy = match problem["remedy"].as_str() {
        Some("upgrade") => "Upgrade the plan in Tokenwell.",
        Some("resubscribe") => "Resubscribe in Tokenwell to unlock the top-up tokens.",
        Some("add_tokens") => "Add tokens in Tokenwell.",
        _ => "",
    };
    format!("Not enough tokens: {needed} are needed, {spendable} are there. {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_its_numbers_and_its_remedy() {
        let problem = json!({ "needed": 25_000, "spendable": 150, "locked": 5_000, "remedy": "resubscribe" });
        assert_eq!(
            refusal_text(&problem, StatusCode::PAYMENT_REQUIRED),
            "Not enough tokens: 25,000 are needed, 150 are there. Resubscribe in Tokenwell to unlock the top-up tokens."
        );
    }
}
