//! A hostile network, as one table: what a service or an issuer answers, what the user is told, and that the session goes on
//! afterwards. `crates/desktop/src/stories/hostile.rs` has what the app makes of it.

use super::*;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::sync::Mutex;
use tokio::net::TcpListener;

/// What comes instead of the right answer.
#[derive(Clone, Copy)]
enum Answer {
    /// Bytes without end, with this status.
    Endless(u16),
    /// This body.
    Body(&'static str),
    /// This status, and nothing else.
    Status(u16),
    /// A redirect to somebody else.
    Redirect,
    /// The right answer with a change.
    Changed(fn(&mut Value)),
}

/// Stands between the app and a server, and changes the answers to one path.
#[derive(Clone)]
struct Between {
    origin: String,
    server: String,
    fault: Arc<Mutex<Option<(&'static str, Answer)>>>,
    /// Who is redirected to, and what arrived there.
    elsewhere: String,
    arrived: Arc<Mutex<Vec<String>>>,
}

impl Between {
    async fn start(server: &str) -> Self {
        let arrived = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&arrived);
        let elsewhere = serve(axum::Router::new().fallback(async move |request: Request| {
            seen.lock().unwrap().push(request.uri().to_string());
        }))
        .await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let between = Self { origin, server: server.to_owned(), fault: Arc::default(), elsewhere, arrived };
        let router = axum::Router::new().fallback(pass_on).with_state(between.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        between
    }

    fn set(&self, fault: Option<(&'static str, Answer)>) {
        *self.fault.lock().unwrap() = fault;
    }
}

async fn serve(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    origin
}

fn endless() -> Body {
    Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(" ".repeat(8192))))
}

/// Everything that is said to be JSON is read as such.
const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

async fn pass_on(State(between): State<Between>, request: Request) -> Response {
    let fault = *between.fault.lock().unwrap();
    let answer = fault.filter(|(path, _)| *path == request.uri().path()).map(|(_, answer)| answer);
    match answer {
        Some(Answer::Endless(status)) => {
            (StatusCode::from_u16(status).unwrap(), JSON, endless()).into_response()
        }
        Some(Answer::Body(body)) => (JSON, body).into_response(),
        Some(Answer::Status(status)) => {
            let century = [(header::RETRY_AFTER, "99999999999999999999")];
            (StatusCode::from_u16(status).unwrap(), century).into_response()
        }
        Some(Answer::Redirect) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, between.elsewhere)]).into_response()
        }
        Some(Answer::Changed(change)) => {
            let (_, bytes) = forwarded(&between, request).await;
            let mut body: Value = serde_json::from_slice(&bytes).unwrap();
            change(&mut body);
            axum::Json(body).into_response()
        }
        None => {
            let (status, body) = forwarded(&between, request).await;
            (status, JSON, body).into_response()
        }
    }
}

async fn forwarded(between: &Between, request: Request) -> (StatusCode, Vec<u8>) {
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let url = format!("{}{}", between.server, parts.uri);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let response = http().request(parts.method, url).headers(headers).body(body).send().await.unwrap();
    let status = response.status();
    // A document names this address as the server's own.
    let text = response.text().await.unwrap().replace(&between.server, &between.origin);
    (status, text.into_bytes())
}

/// What a service answers at a path, and the code of what the user is told. `None` if the app understands it.
const SERVICES: [(&str, &str, Answer, Option<&str>); 16] = [
    ("no end", "/v1/balance", Answer::Endless(200), Some("not_a_service")),
    ("an error without end", "/v1/balance", Answer::Endless(500), Some("service_error")),
    ("a web page", "/v1/balance", Answer::Body("<h1>It works!</h1>"), Some("not_a_service")),
    ("a list", "/v1/account", Answer::Body("[]"), Some("not_a_service")),
    ("nothing", "/.well-known/tokenwell", Answer::Body(""), Some("not_a_service")),
    (
        "negative tokens",
        "/v1/balance",
        Answer::Changed(|it| it["spendable"] = json!(-1)),
        Some("not_a_service"),
    ),
    ("half a token", "/v1/balance", Answer::Changed(|it| it["total"] = json!(0.5)), Some("not_a_service")),
    ("1e300 tokens", "/v1/balance", Answer::Changed(|it| it["total"] = json!(1e300)), Some("not_a_service")),
    (
        "tokens as text",
        "/v1/balance",
        Answer::Changed(|it| it["total"] = json!("150")),
        Some("not_a_service"),
    ),
    (
        "a day that no calendar has",
        "/v1/balance",
        Answer::Changed(|it| it["as_of"] = json!("2026-02-30T00:00:00Z")),
        Some("not_a_service"),
    ),
    (
        "what only a later version knows",
        "/v1/balance",
        Answer::Changed(|it| {
            it["later"] = json!({ "than": "now" });
            it["top_up"]["locked_reason"] = json!("later");
        }),
        None,
    ),
    ("a description elsewhere", "/.well-known/tokenwell", Answer::Redirect, Some("not_a_service")),
    ("a balance elsewhere", "/v1/balance", Answer::Redirect, Some("refused")),
    ("a pause of ages", "/v1/packs", Answer::Status(429), Some("refused")),
    ("a deletion that says nothing", "/v1/account", Answer::Status(410), Some("refused")),
    ("no sign-in", "/v1/plans", Answer::Status(401), Some("unauthorized")),
];

#[tokio::test]
async fn whatever_a_service_answers_the_user_is_told_and_the_session_goes_on_afterwards() {
    let world = World::start(&json!({}), |_| {}).await;
    let between = Between::start(&format!("http://{}", world.service.addr)).await;
    let service: Url = between.origin.parse().unwrap();
    let session = Session::new(1, None, service, Http::new().unwrap(), world.keyring.clone());
    let open = |page: Url| drop(tokio::spawn(browse(page, "ada@example.com")));
    session.handle.sign_in(texts(), false, open).await.unwrap();
    let account = session.handle.api.refresh().await.unwrap().account.id;
    for (what, path, answer, told) in SERVICES {
        between.set(Some((path, answer)));
        let failure = session.handle.api.refresh().await.err();
        assert_eq!(failure.as_ref().map(Failure::code), told, "{what}");
        between.set(None);
        assert_eq!(session.handle.api.refresh().await.unwrap().account.id, account, "{what}");
    }
    assert_eq!(*between.arrived.lock().unwrap(), [""; 0], "nothing is sent to whom a service redirects");
}

/// What an issuer answers at a path, and the code of what the user is told.
const ISSUERS: [(&str, &str, Answer, &str); 11] = [
    ("no end", DISCOVERY, Answer::Endless(200), "sign_in_unavailable"),
    ("a web page", DISCOVERY, Answer::Body("<h1>It works!</h1>"), "sign_in_unavailable"),
    ("a document elsewhere", DISCOVERY, Answer::Redirect, "sign_in_unavailable"),
    (
        "another issuer's document",
        DISCOVERY,
        Answer::Changed(|it| it["issuer"] = json!("https://id.example")),
        "sign_in_unavailable",
    ),
    (
        "a page that is a program",
        DISCOVERY,
        Answer::Changed(|it| it["authorization_endpoint"] = json!("javascript:alert(1)")),
        "sign_in_unavailable",
    ),
    (
        "codes that are sent in the clear",
        DISCOVERY,
        Answer::Changed(|it| it["token_endpoint"] = json!("http://id.example/token")),
        "sign_in_unavailable",
    ),
    (
        "tokens that are revoked in the clear",
        DISCOVERY,
        Answer::Changed(|it| it["revocation_endpoint"] = json!("http://id.example/revoke")),
        "sign_in_unavailable",
    ),
    ("keys without end", "/identity/jwks", Answer::Endless(200), "sign_in_unavailable"),
    ("tokens without end", "/identity/token", Answer::Endless(200), "sign_in_unavailable"),
    ("tokens elsewhere", "/identity/token", Answer::Redirect, "sign_in_unavailable"),
    ("a token for nobody", "/identity/token", Answer::Body("{}"), "sign_in_unavailable"),
];

const DISCOVERY: &str = "/identity/.well-known/openid-configuration";

/// Exchanges a code at the issuer, as at the end of a sign-in.
async fn exchange_at(issuer: &str, service: &Url) -> Result<(), Failure> {
    let description = json!({
        "api_version": 1, "issuer": issuer, "client_id": "tokenwell-desktop", "checkout_hosts": [],
        "low_balance_percent": [], "quantity_max": 20,
    });
    let description = serde_json::from_value(description).unwrap();
    let issuer = Issuer::discover(&Http::new().unwrap(), service, description).await?;
    let authorization = issuer.authorization(&"http://127.0.0.1:1/callback".parse().unwrap(), None);
    let code = openidconnect::AuthorizationCode::new("a-code".to_owned());
    issuer.exchange(code, authorization).await.map(drop)
}

#[tokio::test]
async fn whatever_an_issuer_answers_nobody_is_signed_in_and_the_user_is_told() {
    let world = World::start(&json!({}), |_| {}).await;
    let between = Between::start(&world.sandbox.origin()).await;
    let (issuer, service) = (format!("{}/identity", between.origin), world.service_url());
    for (what, path, answer, told) in ISSUERS {
        between.set(Some((path, answer)));
        let failure = exchange_at(&issuer, &service).await.unwrap_err();
        assert_eq!(failure.code(), told, "{what}");
        between.set(None);
        // The issuer itself knows no such code.
        assert_eq!(exchange_at(&issuer, &service).await, Err(Failure::SignInDenied), "{what}");
    }
    assert_eq!(*between.arrived.lock().unwrap(), [""; 0], "nothing is sent to whom an issuer redirects");
}

#[tokio::test]
async fn no_parameter_of_a_service_replaces_what_the_app_asks_for() {
    let world = World::start(&json!({}), |_| {}).await;
    let names = tokenwell_wire::SIGN_IN_PARAMETERS_OF_THE_APP;
    let parameters: Value =
        names.iter().chain(&["audience"]).map(|name| (*name, "https://evil.example")).collect();
    let description = json!({
        "api_version": 1, "issuer": format!("{}/identity", world.sandbox.origin()), "client_id": "the-app",
        "checkout_hosts": [], "low_balance_percent": [], "quantity_max": 20,
        "sign_in": { "authorize_parameters": parameters },
    });
    let description = serde_json::from_value(description).unwrap();
    let issuer = Issuer::discover(&Http::new().unwrap(), &world.service_url(), description).await.unwrap();
    let page = issuer.authorization(&"http://127.0.0.1:1/callback".parse().unwrap(), None).page;
    let evil: Vec<String> = page
        .query_pairs()
        .filter(|(_, value)| value.contains("evil"))
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(evil, ["audience"]);
    for name in ["request", "request_uri", "redirect_uri", "code_challenge", "state"] {
        assert!(names.contains(&name), "{name}");
    }
}

/// No test waits for the time limits: the clock of the test goes on when nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_or_never_ends_its_answer_is_given_up_in_time() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let slowly = stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(9)).await;
        Some((Ok::<_, std::io::Error>(" "), ()))
    });
    let slowly = Arc::new(Mutex::new(Some(slowly)));
    let router = axum::Router::new()
        .route("/never/.well-known/tokenwell", axum::routing::get(std::future::pending::<()>))
        .route(
            "/slow/.well-known/tokenwell",
            axum::routing::get(async move || Body::from_stream(slowly.lock().unwrap().take().unwrap())),
        );
    let origin = serve(router).await;
    for path in ["never", "slow"] {
        let service: Url = format!("{origin}/{path}/").parse().unwrap();
        let begun = tokio::time::Instant::now();
        let failure = Http::new().unwrap().description(&service).await.unwrap_err();
        assert_eq!(failure, Failure::Timeout, "{path}");
        assert!(begun.elapsed() <= std::time::Duration::from_secs(31), "{path}");
    }
}
