//! Starts the service and the sandbox in this process, and sends requests to both.

use eventsource_stream::{Event, Eventsource};
use futures_util::{Stream, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokenwell_ledger::Catalogue;
use tokenwell_server::{Database, Limits, LogFormat, OidcSettings, Running, ServiceKey, Settings};
pub use tokenwell_stage::{SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET};
use tokio_postgres::NoTls;

/// The maximum time to wait for a condition. It ends a test that hangs, so it is far longer than the slowest machine
/// needs.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// A response that was read completely.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Response {
    /// Returns the body. Fails the test unless the status is 2xx.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.body);
        self.body
    }

    /// Returns the problem. Fails the test unless status and code are equal to these and the detail contains the words.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str, words: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        let detail = self.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "`{detail}` does not contain `{words}`");
        self.body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }
}

pub async fn send(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Response { status, headers, bytes, body }
}

/// A client without a connection pool, so that no connection outlives the server at its other end.
pub fn client() -> Client {
    client_with_pool(0)
}

/// A client that reuses its connections, for tests that send thousands of requests.
pub fn pooled_client() -> Client {
    client_with_pool(4)
}

fn client_with_pool(idle_max: usize) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().pool_max_idle_per_host(idle_max).build().unwrap()
}

/// The settings of the service that a test can choose.
#[derive(Clone, Default)]
pub struct WorldOptions {
    pub test_clock: bool,
    /// The built-in catalogue if `None`.
    pub catalogue: Option<&'static str>,
    pub webhook_secrets: Vec<&'static str>,
    /// Service keys beside the one that may do everything.
    pub service_keys: Vec<ServiceKey>,
    /// No rate limits if `None`: most tests send requests faster than a person does.
    pub limits: Option<Limits>,
    /// Whether the service checks its setup when it starts. Its calls to Stripe would use up the faults of other tests.
    pub regular_checks: bool,
    /// An unrestricted key if `None`.
    pub stripe_key: Option<&'static str>,
}

/// A new database: a SQLite file, or with `TOKENWELL_TEST_STORE=postgres` one on a PostgreSQL server of this test run.
pub fn database(folder: &Path) -> String {
    match std::env::var("TOKENWELL_TEST_STORE").as_deref() {
        #[cfg(unix)]
        Ok("postgres") => tokenwell_stage::Postgres::shared().database(),
        Ok(other) => panic!("TOKENWELL_TEST_STORE={other} is not a store: unset it, or set it to postgres"),
        Err(_) => sqlite_in(folder),
    }
}

fn no_rates() -> Limits {
    Limits { user_rate: 0, checkout_rate: 0, open_checkouts: 0, sign_in_failures: 0, ..Limits::default() }
}

fn sqlite_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("service.sqlite").display())
}

/// A service and a sandbox that call each other.
pub struct World {
    pub sandbox: tokenwell_sandbox::Running,
    service: Option<Running>,
    pub origin: String,
    pub http: Client,
    /// The base URL of Stripe's API for the service. The sandbox's if `None`.
    pub stripe_api_base: Option<String>,
    options: WorldOptions,
    /// The address of the service's database.
    pub database: String,
    _folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// The time of the token rules changes only with `set_clock`.
    pub async fn with_test_clock() -> Self {
        Self::with(WorldOptions { test_clock: true, ..WorldOptions::default() }).await
    }

    pub async fn with(options: WorldOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path());
        Self::on(database, folder, options).await
    }

    /// Uses a SQLite file, even if `TOKENWELL_TEST_STORE=postgres` is set.
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(sqlite_in(folder.path()), folder, WorldOptions::default()).await
    }

    /// Uses a SQLite file and the test clock.
    #[cfg(unix)]
    pub async fn on_sqlite_with_test_clock() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(
            sqlite_in(folder.path()),
            folder,
            WorldOptions { test_clock: true, ..WorldOptions::default() },
        )
        .await
    }

    /// Uses a PostgreSQL database, even if `TOKENWELL_TEST_STORE` is not set.
    #[cfg(unix)]
    pub async fn on_postgres() -> Self {
        Self::on_postgres_at(tokenwell_stage::Postgres::shared().database()).await
    }

    /// Uses the PostgreSQL database at this address.
    #[cfg(unix)]
    pub async fn on_postgres_at(database: String) -> Self {
        Self::on(database, tempfile::tempdir().unwrap(), WorldOptions::default()).await
    }

    async fn on(database: String, folder: TempDir, options: WorldOptions) -> Self {
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let mut world = Self {
            sandbox,
            service: None,
            origin: String::new(),
            http: client(),
            stripe_api_base: None,
            options,
            database,
            _folder: folder,
        };
        world.start_service().await;
        world
    }

    /// Restarts the service on the same database. It gets another port.
    pub async fn restart(&mut self) {
        self.stop_service().await;
        self.start_service().await;
    }

    pub async fn stop_service(&mut self) {
        if let Some(service) = self.service.take() {
            service.shutdown().await;
        }
    }

    async fn start_service(&mut self) {
        let service = tokenwell_server::start(self.settings()).await.unwrap();
        self.origin = format!("http://{}", service.addr);
        self.sandbox.send_webhooks_to(&format!("{}/webhooks/stripe", self.origin), WEBHOOK_SECRET).unwrap();
        self.service = Some(service);
    }

    pub fn settings(&self) -> Settings {
        let sandbox = self.sandbox.origin();
        let mut secrets = self.options.webhook_secrets.clone();
        secrets.push(WEBHOOK_SECRET);
        Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: Database::parse(&self.database).unwrap(),
            public_url: None,
            catalogue: self
                .options
                .catalogue
                .map_or_else(Catalogue::built_in, |text| Catalogue::parse(text).unwrap()),
            oidc: OidcSettings::of_issuer(format!("{sandbox}/identity")),
            stripe_secret_key: self.options.stripe_key.unwrap_or(STRIPE_KEY).to_owned().into(),
            stripe_webhook_secrets: secrets.into_iter().map(|secret| secret.to_owned().into()).collect(),
            stripe_api_base: self.stripe_api_base.as_ref().unwrap_or(&sandbox).parse().unwrap(),
            checkout_hosts: vec![self.sandbox.addr.to_string()],
            min_app_version: None,
            support_contact: Some("help@example.com".to_owned()),
            service_keys: [vec![SERVICE_KEY.to_owned().into()], self.options.service_keys.clone()].concat(),
            test_clock: self.options.test_clock,
            regular_checks: self.options.regular_checks,
            limits: self.options.limits.clone().unwrap_or_else(no_rates),
            drain_delay: Duration::ZERO,
            log_format: LogFormat::Text,
        }
    }

    /// Runs a query that counts rows, directly on the database.
    pub async fn count(&self, sql: &str) -> i64 {
        if let Some(path) = self.database.strip_prefix("sqlite:") {
            let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
            return database.query_row(sql, [], |row| row.get(0)).unwrap();
        }
        let (client, connection) = tokio_postgres::connect(&self.database, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Creates a user of the sandbox on this plan, and waits until the service has applied the plan.
    pub async fn user(&self, email: &str, plan: &str) -> User<'_> {
        let user = self.sandbox("/sandbox/users", json!({ "email": email, "plan": plan })).await;
        let user = User { world: self, token: user["access_token"].as_str().unwrap().to_owned() };
        let planned = async || user.get("/v1/account").await.ok()["plan"]["id"] == plan;
        eventually("the plan", planned).await;
        user
    }

    /// Posts to the sandbox's control API: a user, a payment, an event.
    pub async fn sandbox(&self, path: &str, body: Value) -> Value {
        send(self.http.post(format!("{}{path}", self.sandbox.origin())).json(&body)).await.ok()
    }

    /// Changes a setting of the sandbox: its clock, its faults, its webhooks.
    pub async fn sandbox_set(&self, path: &str, body: Value) -> Value {
        send(self.http.put(format!("{}{path}", self.sandbox.origin())).json(&body)).await.ok()
    }

    /// Reads an object or a list from Stripe's API.
    pub async fn stripe(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.sandbox.origin()));
        send(request.bearer_auth(STRIPE_KEY)).await.ok()
    }

    /// Creates or changes an object at Stripe.
    pub async fn stripe_post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = self.http.post(format!("{}{path}", self.sandbox.origin()));
        send(request.bearer_auth(STRIPE_KEY).form(form)).await.ok()
    }

    /// The ids of Stripe that an operator has to look at: why each is listed.
    pub async fn set_aside(&self) -> Vec<(String, String)> {
        let listed = self.platform("/v1/events-set-aside").await.ok()["items"].clone();
        let listed = listed.as_array().unwrap().iter();
        listed
            .map(|item| (item["object"].as_str().unwrap_or_default().to_owned(), text(&item["why"])))
            .collect()
    }

    /// Waits until every event was worked off or set aside.
    pub async fn all_events_worked_off(&self) {
        let waiting = async || metric(self, r#"tokenwell_stripe_events{state="waiting"}"#).await;
        eventually("every event to be worked off", async || waiting().await == 0).await;
    }

    /// Sends a GET request with the platform's service key.
    pub async fn platform(&self, path: &str) -> Response {
        send(self.http.get(format!("{}{path}", self.origin)).bearer_auth(SERVICE_KEY)).await
    }

    /// Sends a POST request with the platform's service key and an idempotency key.
    pub async fn platform_post(&self, path: &str, key: &str, body: Value) -> Response {
        let request = self.http.post(format!("{}{path}", self.origin)).bearer_auth(SERVICE_KEY);
        send(request.header("Idempotency-Key", key).json(&body)).await
    }

    /// Sets the time of the token rules.
    pub async fn set_clock(&self, now: &str) {
        let clock = self.http.put(format!("{}/v1/test-clock", self.origin)).bearer_auth(SERVICE_KEY);
        send(clock.json(&json!({ "now": now }))).await.ok();
    }
}

impl Drop for World {
    /// Closes the database, so that one test can start many worlds.
    fn drop(&mut self) {
        if let (Some(service), Ok(runtime)) = (self.service.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(service.shutdown());
        }
    }
}

/// A signed-in user.
#[derive(Clone)]
pub struct User<'a> {
    pub world: &'a World,
    pub token: String,
}

impl User<'_> {
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.world.origin);
        self.world.http.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Response {
        send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        send(self.request("POST", path).json(&body)).await
    }

    pub async fn balance(&self) -> Value {
        self.get("/v1/balance").await.ok()
    }

    pub async fn account_id(&self) -> String {
        text(&self.get("/v1/account").await.ok()["id"])
    }

    /// Requests a purchase of a pack under an idempotency key.
    pub async fn request_purchase(&self, pack: &str, quantity: i64, key: &str) -> Response {
        let body = json!({ "pack_id": pack, "quantity": quantity });
        send(self.request("POST", "/v1/purchases").header("Idempotency-Key", key).json(&body)).await
    }

    /// Opens a purchase.
    pub async fn open(&self, pack: &str, quantity: i64) -> Value {
        let key = format!("{pack}-{quantity}-{:?}", Instant::now());
        self.request_purchase(pack, quantity, &key).await.ok()
    }

    pub async fn purchase(&self, purchase: &Value) -> Value {
        self.get(&format!("/v1/purchases/{}", text(&purchase["id"]))).await.ok()
    }

    /// Waits until the purchase has a status.
    pub async fn until(&self, purchase: &Value, status: &str) -> Value {
        eventually(status, async || self.purchase(purchase).await["status"] == status).await;
        self.purchase(purchase).await
    }

    /// Buys a pack with a card that is accepted.
    pub async fn buy(&self, pack: &str, quantity: i64) -> Value {
        let purchase = self.open(pack, quantity).await;
        self.world.sandbox(&pay(&purchase), card()).await;
        self.until(&purchase, "paid").await
    }

    /// The id of a purchase's charge at Stripe.
    pub async fn charge_of(&self, purchase: &Value) -> String {
        let receipt = text(&self.purchase(purchase).await["receipt_url"]);
        receipt.rsplit('/').next().unwrap().to_owned()
    }

    /// Opens the account's event stream.
    pub async fn listen(&self, last_event_id: Option<&str>) -> Events {
        let mut request = self.request("GET", "/v1/events");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Events(Box::pin(response.bytes_stream().eventsource().filter_map(async |event| event.ok())))
    }
}

/// An open event stream.
pub struct Events(Pin<Box<dyn Stream<Item = Event>>>);

impl Events {
    /// The next event: its name, its data, and its id.
    pub async fn next(&mut self) -> Option<(String, Value, String)> {
        let event = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("no event arrived");
        event.map(|event| (event.event, serde_json::from_str(&event.data).unwrap(), event.id))
    }

    /// Waits for an event of this name whose data fits. Returns its data and its id.
    pub async fn until(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> (Value, String) {
        loop {
            let (event, data, id) = self.next().await.expect("the stream ended");
            if event == name && fits(&data) {
                return (data, id);
            }
        }
    }
}

/// Waits until the condition is true.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "timed out waiting for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The value of a metric, by its name and labels; 0 if it is missing.
pub async fn metric(world: &World, name: &str) -> u64 {
    let metrics = send(world.http.get(format!("{}/metrics", world.origin))).await.bytes;
    let metrics = String::from_utf8(metrics).unwrap();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string")).to_owned()
}

/// The id of the Checkout session of a purchase or hosted page.
pub fn session(checkout: &Value) -> String {
    let url = checkout["checkout_url"].as_str().or(checkout["url"].as_str()).expect("an open checkout");
    url.rsplit('/').next().unwrap().to_owned()
}

/// The path at the sandbox that pays a checkout.
pub fn pay(checkout: &Value) -> String {
    format!("/sandbox/checkout/{}/pay", session(checkout))
}

pub fn card() -> Value {
    json!({ "method": "card", "card": "4242424242424242" })
}

/// Stripe's signature of a body, made `age_s` seconds ago.
pub fn signature(body: &[u8], secret: &str, age_s: i64) -> String {
    let at = jiff::Timestamp::now().as_second() - age_s;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(at.to_string()).chain_update(".").chain_update(body).finalize();
    format!("t={at},v1={}", hex::encode(mac.into_bytes()))
}

pub async fn deliver(world: &World, body: &[u8], signature: Option<&str>) -> Response {
    let mut request = world.http.post(format!("{}/webhooks/stripe", world.origin)).body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header("Stripe-Signature", signature);
    }
    send(request).await
}

pub fn event(id: &str, kind: &str, object: &Value) -> Vec<u8> {
    serde_json::to_vec(&json!({ "id": id, "object": "event", "type": kind, "data": { "object": object } }))
        .unwrap()
}

/// Opens a purchase and pays it. The sandbox drops the events, so the service does not know of the payment. Returns the
/// purchase and its session id.
pub async fn paid_without_events(user: &User<'_>) -> (Value, String) {
    let purchase = user.open("small", 1).await;
    user.world.sandbox_set("/sandbox/webhooks", json!({ "drop": 50 })).await;
    user.world.sandbox(&pay(&purchase), card()).await;
    let session = session(&purchase);
    (purchase, session)
}

/// The folder `tests/peers`, with its npm packages installed.
pub fn peers() -> PathBuf {
    with_npm_packages("tests/peers")
}

/// A folder of the repository, with its npm packages installed.
pub fn with_npm_packages(folder: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    if !path.join("node_modules/typescript/package.json").exists() {
        let installed = Command::new("npm").arg("ci").current_dir(&path).status();
        let installed = installed.expect("npm is needed for programs in TypeScript: install Node.js");
        assert!(installed.success(), "`npm ci` failed in {folder}");
    }
    path
}
