//! The authorization endpoint: checks the app's request and lets a person pick the user to sign in as.

use super::habits::{AccessTokens, Habits, OfflineAccess};
use super::issuer::{CLIENT, Issuer, hash};
use super::signer::AUDIENCE;
use super::users::{self, InvalidEmail};
use crate::error_chain::error_chain;
use crate::html::layout::narrow_page;
use crate::random;
use crate::records::table::Kind;
use crate::records::user::User;
use crate::store::{Store, WriteError};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use url::Url;

const CODE_LIFE: SignedDuration = SignedDuration::from_mins(2);

/// The parameters of an authorization request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationRequest {
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
    access_type: String,
    audience: String,
    resource: String,
}

/// An authorization code; it can be exchanged once.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The user who signed in.
    pub user: String,
    /// The app.
    pub client: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// The app's nonce.
    pub nonce: Option<String>,
    /// The S256 challenge.
    pub challenge: String,
    /// What the app may get.
    pub consent: Consent,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The family of the refresh tokens that it was exchanged for.
    pub family: Option<String>,
}

/// What an app may get.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consent {
    /// The audience of its access tokens; `None` for opaque ones.
    pub audience: Option<String>,
    /// Whether it gets refresh tokens.
    pub offline: bool,
}

impl AuthorizationCode {
    /// The kind of its records; the id of a record is the hash of the code.
    pub const KIND: Kind = "code";
}

/// An authorization request that is refused.
enum InvalidRequest {
    /// There is no safe address to redirect to, so the person sees the reason.
    ShownOnPage(String),
    /// The app gets the reason by a redirect.
    RedirectedToApp(Url),
}

impl AuthorizationRequest {
    /// Checks the request and returns its redirect address.
    fn validate(&self, habits: &Habits) -> Result<Url, InvalidRequest> {
        if self.client_id.is_empty() {
            return Err(InvalidRequest::ShownOnPage("client_id is missing.".to_owned()));
        }
        let redirect_uri = loopback(&self.redirect_uri).ok_or_else(|| {
            InvalidRequest::ShownOnPage(format!(
                "redirect_uri has to be a loopback address of a native app, such as http://127.0.0.1:PORT/callback; got {:?}.",
                self.redirect_uri
            ))
        })?;
        if !habits.registered_redirects.is_empty()
            && !habits.registered_redirects.contains(&self.redirect_uri)
        {
            return Err(InvalidRequest::ShownOnPage(format!(
                "redirect_uri is not registered: {:?} is none of {:?}.",
                self.redirect_uri, habits.registered_redirects
            )));
        }
        match self.problem(habits) {
            None => Ok(redirect_uri),
            Some((error, description)) => Err(InvalidRequest::RedirectedToApp(
                self.response(redirect_uri, &[("error", error), ("error_description", description)]),
            )),
        }
    }

    /// The first mistake that the app is told, as OAuth's error code and a description.
    fn problem(&self, habits: &Habits) -> Option<(&'static str, &'static str)> {
        if self.response_type != "code" {
            Some(("unsupported_response_type", "response_type has to be code"))
        } else if self.prompts().any(|prompt| !habits.prompts.iter().any(|known| known == prompt)) {
            Some(("invalid_request", "prompt has a value that is not supported"))
        } else if self.scopes().any(|scope| !scope.contains(':') && !habits.scopes().contains(&scope)) {
            Some(("invalid_scope", "scope has a value that is not supported"))
        } else if !self.scopes().any(|scope| scope == "openid") {
            Some(("invalid_scope", "scope has to contain openid"))
        } else if self.code_challenge_method != "S256" || self.code_challenge.len() != 43 {
            Some(("invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256"))
        } else if self.prompts().any(|prompt| prompt == "none") {
            Some(("login_required", "the sandbox signs nobody in without the page"))
        } else {
            None
        }
    }

    fn prompts(&self) -> impl Iterator<Item = &str> {
        self.prompt.split_whitespace()
    }

    fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split_whitespace()
    }

    /// What the app may get if the person agrees.
    fn consent(&self, habits: &Habits) -> Consent {
        let given = |parameter: &str| Some(parameter.to_owned()).filter(|parameter| !parameter.is_empty());
        let asks = self.scopes().any(|scope| scope == "offline_access");
        let consents = self.prompts().any(|prompt| prompt == "consent");
        Consent {
            audience: match habits.access_tokens {
                AccessTokens::Jwt => Some(AUDIENCE.to_owned()),
                AccessTokens::JwtForAudience => given(&self.audience),
                AccessTokens::JwtForResource => given(&self.resource),
                // `api://tokens/use` is the right to `use` the API `api://tokens`.
                AccessTokens::JwtForScope => {
                    let api = self.scopes().find(|scope| scope.contains("://"));
                    api.and_then(|scope| scope.rsplit_once('/')).map(|(api, _)| api.to_owned())
                }
                AccessTokens::Opaque => None,
            },
            offline: match habits.offline_access {
                OfflineAccess::Always | OfflineAccess::AlwaysWithoutScope => true,
                OfflineAccess::Scope => asks,
                OfflineAccess::ScopeAndConsent => asks && consents,
                OfflineAccess::AccessType => self.access_type == "offline" && consents,
            },
        }
    }

    /// The redirect address with the response's parameters and the request's state.
    fn response(&self, mut redirect_uri: Url, pairs: &[(&str, &str)]) -> Url {
        let mut query = redirect_uri.query_pairs_mut();
        query.extend_pairs(pairs);
        if !self.state.is_empty() {
            query.append_pair("state", &self.state);
        }
        drop(query);
        redirect_uri
    }

    /// The parameters that the sign-in form repeats.
    fn fields(&self) -> [(&'static str, &str); 12] {
        [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
            ("prompt", &self.prompt),
            ("access_type", &self.access_type),
            ("audience", &self.audience),
            ("resource", &self.resource),
        ]
    }
}

/// A native app's redirect address on this machine, with any port (RFC 8252, section 7.3).
fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    (url.scheme() == "http" && is_loopback && url.fragment().is_none()).then_some(url)
}

/// `GET /identity/authorize`.
pub async fn show(State(issuer): State<Issuer>, Query(request): Query<AuthorizationRequest>) -> Response {
    match request.validate(&issuer.habits()) {
        Ok(redirect_uri) => sign_in_page(&issuer, &request, redirect_uri, None).into_response(),
        Err(invalid) => invalid.into_response(),
    }
}

/// The sign-in form as it is submitted.
#[derive(Debug, Deserialize)]
pub struct SignInForm {
    #[serde(flatten)]
    request: AuthorizationRequest,
    user: Option<String>,
    email: Option<String>,
}

/// Nobody was signed in. The message is shown on the page.
#[derive(Debug, thiserror::Error)]
enum SignInError {
    #[error("This account is gone; pick another.")]
    NoSuchUser,
    #[error("Pick an account or give an e-mail address.")]
    NothingPicked,
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    #[error("The sandbox could not write to its data folder.")]
    Write(#[from] WriteError),
}

/// `POST /identity/authorize`.
pub async fn submit(State(issuer): State<Issuer>, Form(form): Form<SignInForm>) -> Response {
    let habits = issuer.habits();
    let redirect_uri = match form.request.validate(&habits) {
        Ok(redirect_uri) => redirect_uri,
        Err(invalid) => return invalid.into_response(),
    };
    match issuer.store.change(|store| sign_in(store, &habits, &form)) {
        Ok(code) => {
            let response =
                form.request.response(redirect_uri, &[("code", &code), ("iss", &issuer.name(&habits))]);
            Redirect::to(response.as_str()).into_response()
        }
        Err(error) => {
            if let SignInError::Write(error) = &error {
                tracing::error!(error = error_chain(error), "nobody was signed in");
            }
            let page = sign_in_page(&issuer, &form.request, redirect_uri, Some(&error.to_string()));
            (StatusCode::BAD_REQUEST, page).into_response()
        }
    }
}

/// Records and returns a code for the picked user.
fn sign_in(store: &mut Store, habits: &Habits, form: &SignInForm) -> Result<String, SignInError> {
    let user = match (&form.user, &form.email) {
        (Some(user), _) => users::by_id(store, user).ok_or(SignInError::NoSuchUser)?,
        (None, Some(email)) => users::find_or_create(store, email, None)?,
        (None, None) => return Err(SignInError::NothingPicked),
    };
    let request = &form.request;
    let record = AuthorizationCode {
        user: user.id,
        client: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        nonce: Some(request.nonce.clone()).filter(|nonce| !nonce.is_empty()),
        challenge: request.code_challenge.clone(),
        consent: request.consent(habits),
        expires_at: Timestamp::now() + CODE_LIFE,
        family: None,
    };
    let code = random::letters(43);
    store.records.write(AuthorizationCode::KIND, &hash(&code), &record);
    Ok(code)
}

impl IntoResponse for InvalidRequest {
    fn into_response(self) -> Response {
        match self {
            Self::RedirectedToApp(url) => Redirect::to(url.as_str()).into_response(),
            Self::ShownOnPage(reason) => {
                let page = narrow_page(
                    "Sign-in cannot go on",
                    &html! {
                        h1 { "Sign-in cannot go on" }
                        p #error role="alert" { (reason) }
                        p.quiet { "The app sent an authorization request that is not valid. Its developer has to correct it." }
                    },
                );
                (StatusCode::BAD_REQUEST, page).into_response()
            }
        }
    }
}

fn sign_in_page(
    issuer: &Issuer,
    request: &AuthorizationRequest,
    redirect_uri: Url,
    error: Option<&str>,
) -> Markup {
    let users = issuer.store.read(users::all);
    let cancel =
        request.response(redirect_uri, &[("error", "access_denied"), ("error_description", "cancelled")]);
    narrow_page(
        "Sign in",
        &html! {
            h1 { "Sign in to Tokenwell" }
            @if request.client_id != CLIENT {
                p.quiet { "The sandbox does not know the client “" (request.client_id) "”. You can sign in to it all the same." }
            }
            @if let Some(error) = error { p #error .error role="alert" { (error) } }
            @if users.is_empty() {
                p.quiet { "There are no accounts yet. Create one below." }
            } @else {
                p.quiet { "Pick an account. The sandbox asks for no password." }
                form method="post" action="/identity/authorize" .stack {
                    (hidden_fields(request))
                    @for user in &users { (user_button(user)) }
                }
            }
            form method="post" action="/identity/authorize" .stack.apart {
                (hidden_fields(request))
                label for="email" { "A new account on the free plan" }
                input #email type="email" name="email" required autocomplete="off" placeholder="name@example.com"
                    value=(request.login_hint);
                button #create type="submit" { "Continue" }
            }
            p { a #cancel href=(cancel) { "Cancel" } }
        },
    )
}

fn user_button(user: &User) -> Markup {
    let initial: String = user.name.chars().next().into_iter().collect();
    html! {
        button.account id={ "user-" (user.id) } type="submit" name="user" value=(user.id) {
            span.initial aria-hidden="true" { (initial) }
            span.who { strong { (user.name) } span.quiet { (user.email) } }
        }
    }
}

fn hidden_fields(request: &AuthorizationRequest) -> Markup {
    html! { @for (name, value) in request.fields() { input type="hidden" name=(name) value=(value); } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sent_to_loopback_addresses_only() {
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
