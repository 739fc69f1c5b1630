//! The demo studio: a stand-in for the tools that spend tokens, through the service's platform calls.

use crate::id;
use crate::pages::{self, grouped};
use crate::users::{self, User};
use crate::webhooks::ANSWER_WITHIN;
use crate::world::World;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use maud::{Markup, html};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

/// The studio's pages.
pub fn routes() -> Router<World> {
    Router::new().route("/studio", get(show)).route("/studio/generate", post(generate))
}

/// What is to be generated, and on whose tokens.
#[derive(Debug, Deserialize)]
struct Wish {
    user: String,
    #[serde(deserialize_with = "number")]
    amount: u64,
    #[serde(default)]
    prompt: String,
}

/// A whole number, also as text: a form knows nothing else.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().map_err(serde::de::Error::custom),
        other => other
            .as_u64()
            .ok_or_else(|| serde::de::Error::custom("amount has to be a whole number of tokens")),
    }
}

/// How a try to spend ended.
enum Spent {
    Done { amount: u64, left: u64, spend: Value },
    Refused { status: StatusCode, problem: Value },
    Failed(String),
}

/// The way to the token service.
struct Service<'a> {
    world: &'a World,
    origin: String,
    key: &'a str,
}

impl<'a> Service<'a> {
    fn of(world: &'a World) -> Result<Self, &'static str> {
        let origin = world
            .service()
            .ok_or("The studio finds the token service beside --webhook-url, which is not set.")?;
        let key = world
            .service_key()
            .ok_or("The studio spends with a service key: start the sandbox with --service-key.")?;
        Ok(Self { world, origin, key: key.expose_secret() })
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<(StatusCode, Value), String> {
        let answer = request.bearer_auth(self.key).timeout(ANSWER_WITHIN).send().await;
        let answer =
            answer.map_err(|error| format!("The token service does not answer: {}.", error.without_url()))?;
        Ok((answer.status(), answer.json().await.unwrap_or_default()))
    }

    /// The id of the account that the service has for a user; it has none before their first sign-in.
    async fn account(&self, user: &User) -> Result<Option<String>, String> {
        let url = format!("{}/v1/accounts", self.origin);
        let (status, found) = self.call(self.world.http().get(&url).query(&[("email", &user.email)])).await?;
        if !status.is_success() {
            return Err(format!("The token service refused to look up accounts: {}.", told(&found, status)));
        }
        Ok(found["accounts"][0]["id"].as_str().map(str::to_owned))
    }

    async fn balance(&self, user: &User) -> Result<Option<Value>, String> {
        let Some(account) = self.account(user).await? else { return Ok(None) };
        let url = format!("{}/v1/accounts/{account}/balance", self.origin);
        let (status, balance) = self.call(self.world.http().get(&url)).await?;
        Ok(Some(balance).filter(|_| status.is_success()))
    }

    async fn spend(&self, user: &User, amount: u64, reason: &str) -> Result<Spent, String> {
        let Some(account) = self.account(user).await? else {
            return Err(format!("{} has no account yet: they have to sign in to Tokenwell once.", user.name));
        };
        let url = format!("{}/v1/accounts/{account}/spends", self.origin);
        let request = self.world.http().post(&url).header("Idempotency-Key", id::letters(24));
        let (status, answer) =
            self.call(request.json(&json!({ "amount": amount, "reason": reason }))).await?;
        if !status.is_success() {
            return Ok(Spent::Refused { status, problem: answer });
        }
        let left = answer["balance"]["spendable"].as_u64().unwrap_or_default();
        Ok(Spent::Done { amount, left, spend: answer })
    }
}

fn told(problem: &Value, status: StatusCode) -> String {
    problem["detail"].as_str().or(problem["title"].as_str()).map_or_else(|| status.to_string(), str::to_owned)
}

async fn show(State(world): State<World>) -> Markup {
    page(&world, None, None).await
}

async fn generate(State(world): State<World>, headers: HeaderMap, bytes: Bytes) -> Response {
    let json_given = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let wish: Result<Wish, String> = if json_given {
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    } else {
        serde_urlencoded::from_bytes(&bytes).map_err(|error| error.to_string())
    };
    let (user, spent) = match wish {
        Ok(wish) => {
            let user = wish.user.clone();
            (Some(user), spend(&world, &wish).await.unwrap_or_else(Spent::Failed))
        }
        Err(why) => {
            (None, Spent::Failed(format!("Give a user and a whole number of tokens as the amount ({why}).")))
        }
    };
    let (status, body) = match &spent {
        Spent::Done { spend, .. } => (StatusCode::OK, spend.clone()),
        Spent::Refused { status, problem } => (*status, problem.clone()),
        Spent::Failed(why) => (StatusCode::BAD_REQUEST, json!({ "error": { "message": why } })),
    };
    if json_given {
        return (status, Json(body)).into_response();
    }
    (status, page(&world, user.as_deref(), Some(&spent)).await).into_response()
}

async fn spend(world: &World, wish: &Wish) -> Result<Spent, String> {
    let user = world.read(|books| {
        users::all(books).into_iter().find(|user| user.id == wish.user || user.email == wish.user)
    });
    let user = user.ok_or_else(|| "There is no such user; pick one from the list.".to_owned())?;
    let prompt = wish.prompt.trim();
    let reason = if prompt.is_empty() { "Studio: image".to_owned() } else { format!("Studio: {prompt}") };
    let reason: String = reason.chars().take(120).collect();
    Service::of(world)?.spend(&user, wish.amount, &reason).await
}

async fn page(world: &World, chosen: Option<&str>, spent: Option<&Spent>) -> Markup {
    let users = world.read(users::all);
    let service = Service::of(world);
    let mut rows = Vec::with_capacity(users.len());
    for user in &users {
        let balance = match &service {
            Ok(service) => service
                .balance(user)
                .await
                .map_or_else(|_| "not reachable".to_owned(), |it| spendable(it.as_ref())),
            Err(_) => "—".to_owned(),
        };
        rows.push((user, balance));
    }
    pages::plain(
        "Studio",
        &html! {
            h1 { "Studio" }
            p.quiet { "A stand-in for the tools that spend tokens. Generating makes nothing; it only costs." }
            @if let Err(why) = &service { p #error .error role="alert" { (why) } }
            @if let Some(spent) = spent { (result(spent)) }
            @if users.is_empty() {
                p { "Nobody has an account here yet." }
            } @else {
                form method="post" action="/studio/generate" .stack {
                    div.field {
                        label for="user" { "Who" }
                        select #user name="user" {
                            @for user in &users {
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

fn spendable(balance: Option<&Value>) -> String {
    let Some(balance) = balance else { return "no account yet".to_owned() };
    let locked = balance["top_up"]["locked"].as_u64().unwrap_or_default();
    let spendable = grouped(balance["spendable"].as_u64().unwrap_or_default());
    if locked > 0 { format!("{spendable}, and {} locked", grouped(locked)) } else { spendable }
}

fn result(spent: &Spent) -> Markup {
    match spent {
        Spent::Done { amount, left, .. } => html! {
            p #result .done role="status" { "Spent " (grouped(*amount)) " tokens; " (grouped(*left)) " are left." }
        },
        Spent::Refused { status, problem } => html! {
            p #result .error role="alert" { (refused(problem, *status)) }
        },
        Spent::Failed(why) => html! { p #result .error role="alert" { (why) } },
    }
}

/// A refusal in words, with the one thing to do.
fn refused(problem: &Value, status: StatusCode) -> String {
    let figure = |name: &str| problem[name].as_u64().map(grouped);
    let (Some(needed), Some(spendable)) = (figure("needed"), figure("spendable")) else {
        return format!("Refused: {}.", told(problem, status));
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
    fn a_refusal_is_told_with_its_figures_and_its_remedy() {
        let problem = json!({ "needed": 25_000, "spendable": 150, "locked": 5_000, "remedy": "resubscribe" });
        assert_eq!(
            refused(&problem, StatusCode::PAYMENT_REQUIRED),
            "Not enough tokens: 25,000 are needed, 150 are there. Resubscribe in Tokenwell to unlock the top-up tokens."
        );
    }
}
