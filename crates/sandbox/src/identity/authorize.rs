//! The authorization endpoint: checks what the app asks for and lets a person pick whom to sign in as.

use super::CLIENT;
use crate::pages;
use crate::time;
use crate::users::{self, User};
use crate::world::World;
use crate::{id, stripe::refusal::Refusal};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use url::Url;

const CODE_LIFE: SignedDuration = SignedDuration::from_mins(2);

/// What an app asks of the authorization endpoint.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    prompt: String,
    login_hint: String,
}

/// A code, given out for one exchange.
#[derive(Debug, Serialize, Deserialize)]
pub struct Code {
    /// Who signed in.
    pub user: String,
    /// The app.
    pub client: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// The app's nonce.
    pub nonce: Option<String>,
    /// The S256 challenge.
    pub challenge: String,
    /// When it is no longer good.
    pub expires_at: Timestamp,
    /// The refresh tokens that came of it, once it is used.
    pub family: Option<String>,
}

impl Code {
    /// The kind of its records.
    pub const KIND: crate::records::Kind = "code";
}

/// A request that cannot go on.
enum Wrong {
    /// There is nowhere safe to send an answer: the person is told.
    Page(String),
    /// The app is told.
    Redirect(Url),
}

impl Asked {
    /// The redirect address, if everything is as it should be.
    fn check(&self) -> Result<Url, Wrong> {
        if self.client_id.is_empty() {
            return Err(Wrong::Page("client_id is missing.".to_owned()));
        }
        let redirect_uri = loopback(&self.redirect_uri).ok_or_else(|| {
            Wrong::Page(format!(
                "redirect_uri has to be a loopback address of a native app, such as http://127.0.0.1:PORT/callback; got {:?}.",
                self.redirect_uri
            ))
        })?;
        let problem = if self.response_type != "code" {
            Some(("unsupported_response_type", "response_type has to be code"))
        } else if !self.scope.split(' ').any(|scope| scope == "openid") {
            Some(("invalid_scope", "scope has to contain openid"))
        } else if self.code_challenge_method != "S256" || self.code_challenge.len() != 43 {
            Some(("invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256"))
        } else if self.prompt.split(' ').any(|prompt| prompt == "none") {
            Some(("login_required", "nobody is signed in at the sandbox without the page"))
        } else {
            None
        };
        match problem {
            None => Ok(redirect_uri),
            Some((error, description)) => Err(Wrong::Redirect(
                self.answer(redirect_uri, &[("error", error), ("error_description", description)]),
            )),
        }
    }

    fn answer(&self, mut redirect_uri: Url, pairs: &[(&str, &str)]) -> Url {
        let mut query = redirect_uri.query_pairs_mut();
        query.extend_pairs(pairs);
        if !self.state.is_empty() {
            query.append_pair("state", &self.state);
        }
        drop(query);
        redirect_uri
    }

    fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
    }
}

/// A redirect address of a native app on this machine, on any port (RFC 8252, section 7.3).
fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    (url.scheme() == "http" && here && url.fragment().is_none()).then_some(url)
}

/// `GET /identity/authorize`.
pub async fn show(State(world): State<World>, Query(asked): Query<Asked>) -> Response {
    match asked.check() {
        Ok(redirect_uri) => pick(&world, &asked, redirect_uri, None).into_response(),
        Err(wrong) => wrong.into_response(),
    }
}

/// What the person picked.
#[derive(Debug, Deserialize)]
pub struct Picked {
    #[serde(flatten)]
    asked: Asked,
    user: Option<String>,
    email: Option<String>,
}

/// `POST /identity/authorize`.
pub async fn choose(State(world): State<World>, Form(picked): Form<Picked>) -> Response {
    let asked = picked.asked;
    let redirect_uri = match asked.check() {
        Ok(redirect_uri) => redirect_uri,
        Err(wrong) => return wrong.into_response(),
    };
    let code = id::letters(43);
    let given = world.change::<_, Refusal>(|books| {
        let user = match (&picked.user, &picked.email) {
            (Some(user), _) => users::by_id(books, user)
                .ok_or_else(|| Refusal::invalid("This account is gone; pick another."))?,
            (None, Some(email)) => users::by_email(books, email, None)?,
            (None, None) => return Err(Refusal::invalid("Pick an account or give an e-mail address.")),
        };
        let code_record = Code {
            user: user.id,
            client: asked.client_id.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            nonce: Some(asked.nonce.clone()).filter(|nonce| !nonce.is_empty()),
            challenge: asked.code_challenge.clone(),
            expires_at: time::real_now() + CODE_LIFE,
            family: None,
        };
        books.records.write(Code::KIND, &code, &code_record);
        Ok(())
    });
    match given {
        Ok(()) => {
            let answer = asked.answer(redirect_uri, &[("code", &code), ("iss", &world.issuer())]);
            Redirect::to(answer.as_str()).into_response()
        }
        Err(refusal) => {
            (StatusCode::BAD_REQUEST, pick(&world, &asked, redirect_uri, Some(refusal.message())))
                .into_response()
        }
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(url) => Redirect::to(url.as_str()).into_response(),
            Self::Page(why) => {
                let page = pages::plain(
                    "Sign-in cannot go on",
                    &html! {
                        h1 { "Sign-in cannot go on" }
                        p #error role="alert" { (why) }
                        p.quiet { "This is for whoever builds the app: what it asked for is not right." }
                    },
                );
                (StatusCode::BAD_REQUEST, page).into_response()
            }
        }
    }
}

fn pick(world: &World, asked: &Asked, redirect_uri: Url, error: Option<&str>) -> Markup {
    let users = world.read(users::all);
    let cancel =
        asked.answer(redirect_uri, &[("error", "access_denied"), ("error_description", "cancelled")]);
    pages::plain(
        "Sign in",
        &html! {
            h1 { "Sign in to Tokenwell" }
            @if asked.client_id != CLIENT {
                p.quiet { "For the client “" (asked.client_id) "”, which the sandbox does not know and serves all the same." }
            }
            @if let Some(error) = error { p #error .error role="alert" { (error) } }
            @if users.is_empty() {
                p.quiet { "Nobody has an account here yet. Make one below." }
            } @else {
                p.quiet { "Pick an account. The sandbox asks for no password." }
                form method="post" action="/identity/authorize" .stack {
                    (hidden(asked))
                    @for user in &users { (account(user)) }
                }
            }
            form method="post" action="/identity/authorize" .stack.apart {
                (hidden(asked))
                label for="email" { "A new account on the free plan" }
                input #email type="email" name="email" required autocomplete="off" placeholder="name@example.com"
                    value=(asked.login_hint);
                button #create type="submit" { "Continue" }
            }
            p { a #cancel href=(cancel) { "Cancel" } }
        },
    )
}

fn account(user: &User) -> Markup {
    let initial: String = user.name.chars().next().into_iter().collect();
    html! {
        button.account id={ "user-" (user.id) } type="submit" name="user" value=(user.id) {
            span.initial aria-hidden="true" { (initial) }
            span.who { strong { (user.name) } span.quiet { (user.email) } }
        }
    }
}

fn hidden(asked: &Asked) -> Markup {
    html! { @for (name, value) in asked.fields() { input type="hidden" name=(name) value=(value); } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_sent_a_code() {
        for good in ["http://127.0.0.1:4711/callback", "http://127.0.0.1/", "http://[::1]:80/x?y=1"] {
            assert!(loopback(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "app:/x",
            "http://127.0.0.1/#x",
        ] {
            assert!(loopback(bad).is_none(), "{bad}");
        }
    }
}
