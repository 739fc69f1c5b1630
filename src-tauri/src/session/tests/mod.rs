//! Sessions at issuers with habits of their own: the app's sign-in, the real service, and the sandbox's issuer in the shape of
//! known products. `docs/identity.md` has the same settings.

mod hostile;
mod provider;
mod shapes;

use super::*;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenwell_desktop::event::AccountSnapshot;
use tokenwell_ledger::Catalogue;
use tokenwell_server::{Database, Limits, LogFormat, OidcSettings, Settings};

/// The sandbox's issuer, and a service whose users sign in there.
struct World {
    sandbox: tokenwell_sandbox::Running,
    service: tokenwell_server::Running,
    keyring: Keyring,
    folder: TempDir,
}

impl World {
    /// Starts both. The issuer has these habits, and the service these settings.
    async fn start(habits: &Value, change: impl FnOnce(&mut OidcSettings)) -> Self {
        let world = Self::with_sign_in(|sandbox| {
            let mut oidc = OidcSettings::of_issuer(format!("{}/identity", sandbox.origin()));
            change(&mut oidc);
            oidc
        })
        .await;
        world.set_habits(habits).await;
        world
    }

    /// Starts a service whose users sign in with these settings.
    async fn with_sign_in(oidc: impl FnOnce(&tokenwell_sandbox::Running) -> OidcSettings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let service = start_service(&sandbox, &folder, 0, oidc(&sandbox)).await;
        Self { sandbox, service, keyring: Keyring::unusable(), folder }
    }

    async fn set_habits(&self, habits: &Value) {
        let request = http().put(format!("{}/sandbox/issuer", self.sandbox.origin())).json(habits);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.text().await.unwrap());
    }

    fn service_url(&self) -> Url {
        format!("http://{}", self.service.addr).parse().unwrap()
    }

    /// A session of an account, or one that a sign-in begins.
    fn session(&self, account: Option<AccountKey>) -> Session {
        Session::new(1, account, self.service_url(), Http::new().unwrap(), self.keyring.clone())
    }

    /// Signs in as the user with this e-mail address.
    async fn sign_in(&self, email: &'static str, choose: bool) -> Result<Session, Failure> {
        let session = self.session(None);
        let open = |page: Url| drop(tokio::spawn(browse(page, email)));
        session.handle.sign_in(texts(), choose, open).await.map(|_| session)
    }

    /// Signs in, and stores the refresh token as the app does once it knows the account.
    async fn signed_in(&self, email: &'static str, choose: bool) -> (Session, AccountSnapshot) {
        let session = self.sign_in(email, choose).await.unwrap();
        self.shown(session).await
    }

    /// What the app shows after a sign-in. It stores the refresh token once it knows the account.
    async fn shown(&self, mut session: Session) -> (Session, AccountSnapshot) {
        let shown = session.handle.api.refresh().await.unwrap();
        let account = AccountKey { service: self.service_url().into(), id: shown.account.id.clone() };
        session.handle.account = Some(account.clone());
        assert_eq!(
            session.handle.save_refresh_token(&account).await,
            Some(Kept::InMemory(KeyringProblem::Missing))
        );
        (session, shown)
    }

    /// Restarts the service at the same address with another issuer.
    async fn name_another_issuer(self, oidc: OidcSettings) -> Self {
        let Self { sandbox, service, keyring, folder } = self;
        let port = service.addr.port();
        service.shutdown().await;
        let service = start_service(&sandbox, &folder, port, oidc).await;
        Self { sandbox, service, keyring, folder }
    }
}

async fn start_service(
    sandbox: &tokenwell_sandbox::Running,
    folder: &TempDir,
    port: u16,
    oidc: OidcSettings,
) -> tokenwell_server::Running {
    let settings = Settings {
        listen: ([127, 0, 0, 1], port).into(),
        database: Database::parse(&format!("sqlite:{}", folder.path().join("service.sqlite").display()))
            .unwrap(),
        public_url: None,
        catalogue: Catalogue::built_in(),
        oidc,
        stripe_secret_key: "sk_test_of_the_app".into(),
        stripe_webhook_secrets: vec!["whsec_of_the_app".into()],
        stripe_api_base: sandbox.origin().parse().unwrap(),
        checkout_hosts: vec![sandbox.addr.to_string()],
        min_app_version: None,
        support_contact: None,
        service_keys: Vec::new(),
        test_clock: false,
        regular_checks: false,
        limits: Limits::default(),
        drain_delay: std::time::Duration::ZERO,
        log_format: LogFormat::Text,
    };
    tokenwell_server::start(settings).await.unwrap()
}

fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn texts() -> Arc<Texts> {
    Arc::new(Texts::new("en", jiff::tz::TimeZone::UTC))
}

/// Does what a browser and its user do: opens the page, follows redirects, and picks the user on the issuer's page.
async fn browse(page: Url, email: &'static str) {
    let http = http();
    let shown = http.get(page).send().await.unwrap();
    if !shown.url().path().ends_with("/authorize") || !shown.status().is_success() {
        return;
    }
    let mut address = shown.url().clone();
    let mut form: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    form.push(("email".to_owned(), email.to_owned()));
    address.set_query(None);
    http.post(address).form(&form).send().await.unwrap();
}

#[tokio::test]
async fn row_2_without_the_settings_of_such_an_issuer_its_tokens_are_refused_and_no_account_is_opened() {
    for preset in ["auth0", "entra", "google", "node_oidc_provider"] {
        let habits = json!({ "preset": preset, "registered_redirects": [], "client_secret": null });
        let world = World::start(&habits, |_| {}).await;
        let session = world.sign_in("ada@example.com", false).await.unwrap();
        assert_eq!(session.handle.api.refresh().await.unwrap_err(), Failure::Unauthorized, "{preset}");
    }
}

#[tokio::test]
async fn row_4_an_id_token_that_was_issued_to_another_app_signs_nobody_in() {
    let world = World::start(&json!({ "party": "another_client" }), |_| {}).await;
    let failure = world.sign_in("ada@example.com", false).await.err();
    assert_eq!(failure, Some(Failure::SignInUnverified));
}

#[tokio::test]
async fn row_6_an_issuer_that_refuses_the_account_chooser_is_asked_for_its_sign_in_and_a_cancelled_one_is_not_repeated()
 {
    let habits = json!({ "prompts": ["login"], "publishes_prompts": false });
    let world = World::start(&habits, |_| {}).await;
    world.sign_in("ada@example.com", true).await.unwrap();
    world.set_habits(&json!({ "prompts": ["none"], "publishes_prompts": false })).await;
    assert_eq!(world.sign_in("ada@example.com", true).await.err(), Some(Failure::SignInDenied));
    let session = world.session(None);
    let cancel = |page: Url| {
        let redirect = page.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
        let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let back =
            Url::parse_with_params(&redirect, [("error", "access_denied"), ("state", &state)]).unwrap();
        drop(tokio::spawn(http().get(back).send()));
    };
    let failure = session.handle.sign_in(texts(), true, cancel).await.err();
    assert_eq!(failure, Some(Failure::SignInDenied));
}

#[tokio::test]
async fn row_15_when_the_answer_to_a_renewal_is_lost_the_next_one_ends_the_session_once() {
    let world = World::start(&json!({}), |_| {}).await;
    let (ada, _) = world.signed_in("ada@example.com", false).await;
    world.set_habits(&json!({ "lost_refresh_answers": 1 })).await;
    let lost = ada.handle.renew().await.unwrap_err();
    assert!(matches!(lost, Failure::Offline), "{lost:?}");
    assert_eq!(ada.handle.renew().await.unwrap_err(), Failure::SessionEnded);
    let (again, _) = world.signed_in("ada@example.com", false).await;
    again.handle.renew().await.unwrap();
}

#[tokio::test]
async fn row_16_a_sign_in_that_fails_because_the_clocks_differ_by_hours_says_so() {
    let world = World::start(&json!({ "clock_ahead_s": -7200 }), |_| {}).await;
    assert_eq!(world.sign_in("ada@example.com", false).await.err(), Some(Failure::Clock));
}

#[tokio::test]
async fn a_redirect_that_names_another_issuer_signs_nobody_in() {
    let world = World::start(&json!({}), |_| {}).await;
    let session = world.session(None);
    let issuer = format!("{}/identity", world.sandbox.origin());
    let open = move |page: Url| {
        let given = |name: &str| page.query_pairs().find(|(it, _)| it == name).unwrap().1.into_owned();
        let (redirect, state) = (given("redirect_uri"), given("state"));
        drop(tokio::spawn(async move {
            let back = |iss: &str, outcome: &str| {
                let query = [("iss", iss), ("state", &state), outcome.split_once('=').unwrap()];
                http().get(Url::parse_with_params(&redirect, query).unwrap()).send()
            };
            let refused = back("https://id.evil.example", "code=stolen").await.unwrap();
            assert_eq!(refused.status(), 403);
            back(&issuer, "error=access_denied").await.unwrap();
        }));
    };
    assert_eq!(session.handle.sign_in(texts(), false, open).await.err(), Some(Failure::SignInDenied));
}

/// An issuer that would take everything, and keeps which requests it got.
async fn hijacker() -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let document = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "jwks_uri": format!("{origin}/keys"),
        "keys": [],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    let requests = Arc::<std::sync::Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&requests);
    let take = async move |request: axum::extract::Request| {
        seen.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        axum::Json(document)
    };
    tokio::spawn(axum::serve(listener, axum::Router::new().fallback(take)).into_future());
    (origin, requests)
}

#[tokio::test]
async fn a_service_that_names_another_issuer_than_before_gets_no_refresh_token_sent_there() {
    let world = World::start(&json!({}), |_| {}).await;
    let (ada, shown) = world.signed_in("ada@example.com", false).await;
    let account = ada.handle.account.clone();
    let issuer = format!("{}/identity", world.sandbox.origin());
    let (origin, requests) = hijacker().await;

    let world = world.name_another_issuer(OidcSettings::of_issuer(&origin)).await;
    let session = world.session(account.clone());
    assert_eq!(session.handle.renew().await.unwrap_err(), Failure::SessionEnded);

    // The operator has the service back. The user is still signed in.
    let world = world.name_another_issuer(OidcSettings::of_issuer(format!("{issuer}/"))).await;
    let session = world.session(account.clone());
    session.handle.renew().await.unwrap();
    assert_eq!(session.handle.api.refresh().await.unwrap().account.id, shown.account.id);

    let world = world.name_another_issuer(OidcSettings::of_issuer(&origin)).await;
    let session = world.session(account);
    assert_eq!(session.handle.sign_out().await.unwrap_err(), Failure::SessionEnded);
    assert!(session.handle.tokens.lock().await.refresh.is_none(), "nothing is kept");
    let requests = requests.lock().unwrap().clone();
    assert!(requests.iter().all(|request| request.starts_with("GET ")), "{requests:?}");
}
