//! The issuer, used by an OpenID client library.

use crate::support::{Sandbox, send};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenResponse,
};
use reqwest::Url;
use serde_json::json;
use std::collections::HashMap;
use tokenwell_sandbox::Settings;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type TokenError = RequestTokenError<reqwest::Error, StandardErrorResponse<CoreErrorResponseType>>;

/// The description in an error response of the token endpoint.
fn description<T: std::fmt::Debug>(result: Result<T, TokenError>) -> String {
    match result {
        Err(RequestTokenError::ServerResponse(error)) => error.error_description().unwrap().clone(),
        other => panic!("not an error response: {other:?}"),
    }
}

const REDIRECT: &str = "http://127.0.0.1:4711/callback";

async fn http(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let received = request.send().await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = received.status();
    *response.headers_mut() = received.headers().clone();
    *response.body_mut() = received.bytes().await?.to_vec();
    Ok(response)
}

/// An app that signs in at the sandbox.
struct App<'a> {
    sandbox: &'a Sandbox,
    client: Client,
}

/// What an app stores while the browser is at the issuer.
struct SignIn {
    url: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl<'a> App<'a> {
    async fn of(sandbox: &'a Sandbox) -> Self {
        let issuer = IssuerUrl::new(sandbox.url("/identity")).unwrap();
        let client = sandbox.client.clone();
        let metadata = CoreProviderMetadata::discover_async(issuer, &|request| http(client.clone(), request))
            .await
            .unwrap();
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new("tokenwell-desktop".to_owned()), None)
                .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());
        Self { sandbox, client }
    }

    fn sign_in(&self) -> SignIn {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = self
            .client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("offline_access".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        SignIn { url, state, nonce, verifier }
    }

    async fn exchange(
        &self,
        code: String,
        verifier: PkceCodeVerifier,
    ) -> Result<CoreTokenResponse, TokenError> {
        let client = self.sandbox.client.clone();
        let request =
            self.client.exchange_code(AuthorizationCode::new(code)).unwrap().set_pkce_verifier(verifier);
        request.request_async(&|request| http(client.clone(), request)).await
    }

    async fn refresh(&self, token: &RefreshToken) -> Result<CoreTokenResponse, TokenError> {
        let client = self.sandbox.client.clone();
        let request = self.client.exchange_refresh_token(token).unwrap();
        request.request_async(&|request| http(client.clone(), request)).await
    }
}

/// Submits the sign-in form and returns the query of the address that the browser is redirected to.
async fn pick(sandbox: &Sandbox, url: &Url, choice: (&str, &str)) -> HashMap<String, String> {
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push((choice.0.to_owned(), choice.1.to_owned()));
    let response = sandbox.client.post(sandbox.url("/identity/authorize")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let location = Url::parse(response.headers()["Location"].to_str().unwrap()).unwrap();
    assert!(location.as_str().starts_with(REDIRECT));
    location.query_pairs().into_owned().collect()
}

async fn user(sandbox: &Sandbox, email: &str) -> serde_json::Value {
    sandbox.control("users", json!({ "email": email, "name": "Ada Moreau" })).await.ok()
}

#[tokio::test]
async fn the_app_gets_tokens_of_the_picked_account() {
    let sandbox = Sandbox::start().await;
    let ada = user(&sandbox, "ada@example.com").await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();

    let (status, page) = sandbox.page(sign_in.url.as_str()).await;
    let ada_id = ada["id"].as_str().unwrap();
    assert_eq!(status, 200);
    assert!(
        page.contains(&format!("id=\"user-{ada_id}\""))
            && page.contains("ada@example.com")
            && page.contains("Ada Moreau")
    );

    let back = pick(&sandbox, &sign_in.url, ("user", ada_id)).await;
    assert_eq!((&back["state"], &back["iss"]), (sign_in.state.secret(), &sandbox.url("/identity")));
    let tokens = app.exchange(back["code"].clone(), sign_in.verifier).await.unwrap();
    let claims = tokens.id_token().unwrap().claims(&app.client.id_token_verifier(), &sign_in.nonce).unwrap();
    assert_eq!(claims.subject().as_str(), ada_id);
    assert_eq!(claims.email().unwrap().as_str(), "ada@example.com");
    assert_eq!(tokens.expires_in().unwrap().as_secs(), 600);

    let userinfo = sandbox.client.get(sandbox.url("/identity/userinfo"));
    let info = send(userinfo.bearer_auth(tokens.access_token().secret())).await.ok();
    assert_eq!((info["sub"].as_str(), info["email"].as_str()), (Some(ada_id), Some("ada@example.com")));
    let stranger =
        sandbox.client.get(sandbox.url("/identity/userinfo")).bearer_auth("nonsense").send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}

#[tokio::test]
async fn an_account_can_be_created_on_the_sign_in_page() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();
    pick(&sandbox, &sign_in.url, ("email", "lara.kim@example.com")).await;
    let users = send(sandbox.client.get(sandbox.url("/sandbox/users"))).await.ok();
    assert_eq!(users["users"][0]["name"], "Lara Kim");
}

#[tokio::test]
async fn using_a_code_twice_revokes_its_tokens() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();
    let back = pick(&sandbox, &sign_in.url, ("email", "ada@example.com")).await;
    let again = PkceCodeVerifier::new(sign_in.verifier.secret().clone());
    let tokens = app.exchange(back["code"].clone(), sign_in.verifier).await.unwrap();
    assert!(description(app.exchange(back["code"].clone(), again).await).contains("used before"));
    assert!(description(app.refresh(tokens.refresh_token().unwrap()).await).contains("revoked"));
}

#[tokio::test]
async fn a_code_is_refused_without_its_verifier() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();
    let back = pick(&sandbox, &sign_in.url, ("email", "ada@example.com")).await;
    let other = app.sign_in().verifier;
    assert!(description(app.exchange(back["code"].clone(), other).await).contains("code_verifier"));
    app.exchange(back["code"].clone(), sign_in.verifier).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_is_replaced_with_each_use_and_using_an_old_one_revokes_all() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();
    let back = pick(&sandbox, &sign_in.url, ("email", "ada@example.com")).await;
    let first =
        app.exchange(back["code"].clone(), sign_in.verifier).await.unwrap().refresh_token().unwrap().clone();
    let second = app.refresh(&first).await.unwrap().refresh_token().unwrap().clone();
    let third = app.refresh(&second).await.unwrap().refresh_token().unwrap().clone();
    assert!(app.refresh(&first).await.is_err());
    assert!(app.refresh(&third).await.is_err());
}

#[tokio::test]
async fn an_issuer_with_long_refresh_tokens_takes_them_back() {
    let sandbox = Sandbox::start().await;
    sandbox.set("issuer", json!({"refresh_token_length": 3000})).await;
    let app = App::of(&sandbox).await;
    let SignIn { url, verifier, .. } = app.sign_in();
    let query = pick(&sandbox, &url, ("email", "ada@example.com")).await;
    let tokens = app.exchange(query["code"].clone(), verifier).await.unwrap();
    let long = tokens.refresh_token().unwrap();
    assert_eq!(long.secret().len(), 3000);
    let replaced = app.refresh(long).await.unwrap();
    assert_eq!(replaced.refresh_token().unwrap().secret().len(), 3000);
}

#[tokio::test]
async fn signing_out_revokes_the_refresh_token() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let sign_in = app.sign_in();
    let back = pick(&sandbox, &sign_in.url, ("email", "ada@example.com")).await;
    let token =
        app.exchange(back["code"].clone(), sign_in.verifier).await.unwrap().refresh_token().unwrap().clone();
    for token in [token.secret().as_str(), "never seen"] {
        let form = [("token", token), ("client_id", "tokenwell-desktop")];
        let revoked = sandbox.client.post(sandbox.url("/identity/revoke")).form(&form).send().await.unwrap();
        assert_eq!(revoked.status(), 200);
    }
    assert!(app.refresh(&token).await.is_err());
}

#[tokio::test]
async fn an_invalid_request_is_reported_to_the_app_or_on_the_page_if_the_redirect_is_unsafe() {
    let sandbox = Sandbox::start().await;
    let app = App::of(&sandbox).await;
    let url = app.sign_in().url;
    let with = |name: &str, value: &str| {
        let mut changed = url.clone();
        let pairs: Vec<_> = url.query_pairs().filter(|(key, _)| key != name).collect();
        changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
        changed
    };
    let (status, page) = sandbox.page(with("redirect_uri", "https://evil.example/").as_str()).await;
    assert_eq!(status, 400);
    assert!(page.contains("loopback"));
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let response = sandbox.client.get(with(name, value)).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let location = response.headers()["Location"].to_str().unwrap();
        assert!(location.starts_with(REDIRECT) && location.contains(&format!("error={error}")), "{location}");
        assert!(location.contains("state="));
    }
    let token = sandbox.client.post(sandbox.url("/identity/token")).form(&[("grant_type", "password")]);
    let error = send(token).await;
    assert_eq!((error.status, error.body["error"].as_str()), (400, Some("unsupported_grant_type")));
}

#[tokio::test]
async fn tokens_are_valid_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { data: Some(folder.path().to_owned()), ..Settings::default() };
    let sandbox = Sandbox::with(settings.clone()).await;
    let token = user(&sandbox, "ada@example.com").await["access_token"].as_str().unwrap().to_owned();
    let addr = sandbox.running.addr;
    drop(sandbox.client);
    sandbox.running.shutdown().await;
    let sandbox = Sandbox::with(Settings { listen: addr, ..settings }).await;
    let info = send(sandbox.client.get(sandbox.url("/identity/userinfo")).bearer_auth(token)).await.ok();
    assert_eq!(info["email"], "ada@example.com");
}
