//! The world of one seed: a service on its SQLite file, the sandbox with Stripe and the issuer, and the connection between
//! them.

use super::dice::Dice;
use super::schedule::{Connection, SeededRandom, decide_by, killed_after};
use crate::base::outgoing::HttpClient;
use crate::http::routes;
use crate::payments::{DriftReport, DryRunWriter, Room, WorkItem};
use crate::store::{Database, Lease};
use crate::wiring::{self, Environment};
use crate::{Limits, LogFormat, OidcSettings, Settings};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tempfile::TempDir;
use tokenwell_ledger::Catalogue;
use tower::ServiceExt;

pub const SERVICE_KEY: &str = "the-service-key-of-the-storm";
const STRIPE_KEY: &str = "sk_test_storm";
/// Where browsers and Stripe reach the service.
const ORIGIN: &str = "http://localhost";
/// More work items than a storm ever has.
const ALL: u32 = 10_000;
/// Lists every waiting work item, whatever its back-off. The lease ends at once, so the items can be taken again.
const PEEK: Lease = Lease { now: Timestamp::MAX, until: Timestamp::UNIX_EPOCH };
const WEBHOOK_SECRET: &str = "whsec_of_the_storm";

/// A response of the service or the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Whether the caller need not retry: an outage (5xx) is not final.
    pub fn is_final(&self) -> bool {
        self.status < 500
    }
}

/// A request to the service or the sandbox.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl ApiRequest {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn by(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("Content-Type", "application/json")
    }

    async fn send_to(self, router: &Router) -> Response {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let Ok(response) = router.clone().oneshot(request.body(Body::from(self.body)).unwrap()).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Response { status, bytes }
    }
}

/// What the service does in a step.
#[derive(Debug, Clone)]
pub enum Task {
    /// Handle a request.
    Handle(ApiRequest),
    /// Work off one of the waiting items, whatever its back-off. The number selects it.
    Work(usize),
}

/// An event of Stripe.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    pub object: Value,
    body: Vec<u8>,
}

impl Event {
    pub fn delivery(&self) -> ApiRequest {
        let at = Timestamp::now().as_second();
        let mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(at.to_string()).chain_update(".").chain_update(&self.body).finalize();
        let signature = format!("t={at},v1={}", hex::encode(mac.into_bytes()));
        ApiRequest { body: self.body.clone(), ..ApiRequest::new("POST", "/webhooks/stripe") }
            .header("Stripe-Signature", signature)
    }
}

/// One process of the service.
struct Service {
    app: wiring::Service,
    router: Router,
    connection: Connection,
}

pub struct World {
    pub dice: Dice,
    /// The steps so far. A replay must produce the same.
    pub trace: Vec<String>,
    sandbox: tokenwell_sandbox::Running,
    stripe: Router,
    service: Service,
    folder: TempDir,
    restarts: u32,
    last_event: Option<String>,
    /// Every event, oldest first.
    pub events: Vec<Event>,
    /// A number for every id of Stripe. The ids are random, the numbers are the same in a replay.
    numbers: HashMap<String, usize>,
    /// Whether faults of Stripe were ever set.
    faulty: bool,
}

impl World {
    pub async fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        decide_by(Some(dice.split()));
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let stripe = sandbox.router();
        for (code, percent) in [("HALF", "50"), ("FREE", "100")] {
            promote(&stripe, code, percent).await;
        }
        // The storm delivers events itself, so Stripe's own deliveries are dropped.
        let endpoint = format!("{ORIGIN}/webhooks/stripe");
        let endpoint = json!({ "url": endpoint, "secret": WEBHOOK_SECRET, "drop": u32::MAX });
        let tax = json!({ "missing_fields": [], "registrations": ["DE"] });
        for (path, settings) in [
            ("/sandbox/webhooks", endpoint),
            ("/sandbox/portal", recommended_portal()),
            ("/sandbox/tax-settings", tax),
        ] {
            let set = ApiRequest::new("PUT", path).json(&settings).send_to(&stripe).await;
            assert_eq!(set.status, 200, "{path}: {}", set.json());
        }
        let folder = folder();
        let service = open(&sandbox, &database(folder.path(), 0)).await;
        Self {
            dice,
            trace: Vec::new(),
            sandbox,
            stripe,
            service,
            folder,
            restarts: 0,
            last_event: None,
            events: Vec::new(),
            numbers: HashMap::new(),
            faulty: false,
        }
    }

    pub fn app(&self) -> &wiring::Service {
        &self.service.app
    }

    /// Adds a step to the trace.
    pub fn note(&mut self, what: impl Into<String>) {
        self.trace.push(what.into());
    }

    /// Makes the next calls to Stripe fail.
    pub async fn set_faults(&mut self, faults: &Value) {
        self.sandbox("PUT", "/sandbox/faults", faults).await;
        self.faulty = true;
    }

    /// Sends a request to the sandbox's control API.
    pub async fn sandbox(&self, method: &'static str, path: &str, body: &Value) -> Response {
        ApiRequest::new(method, path).json(body).send_to(&self.stripe).await
    }

    /// Reads a list at Stripe, newest first. Faults do not apply.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        self.pages(path, None).await
    }

    /// Reads a list at Stripe, newest first, or the part after an object, oldest first.
    async fn pages(&self, path: &str, after: Option<&str>) -> Vec<Value> {
        let faults = ApiRequest::new("GET", "/sandbox/faults");
        let faults = if self.faulty { faults.send_to(&self.stripe).await.json() } else { json!({}) };
        if self.faulty {
            self.sandbox("PUT", "/sandbox/faults", &json!({})).await;
        }
        let bound = if after.is_some() { "ending_before" } else { "starting_after" };
        let mut at = after.map(str::to_owned);
        let mut all = Vec::new();
        loop {
            let from = at.as_ref().map_or(String::new(), |at| format!("&{bound}={at}"));
            let page = ApiRequest::new("GET", format!("{path}limit=100{from}"))
                .by(STRIPE_KEY)
                .send_to(&self.stripe)
                .await;
            let page = page.json();
            let mut items = page["data"].as_array().unwrap().clone();
            if after.is_some() {
                items.reverse();
            }
            at = items.last().map(|last| text(&last["id"])).or(at);
            all.extend(items);
            if page["has_more"] != true {
                break;
            }
        }
        if self.faulty {
            self.sandbox("PUT", "/sandbox/faults", &faults).await;
        }
        all
    }

    /// The events since the last call, oldest first.
    pub async fn new_events(&mut self) -> Vec<Event> {
        let new = match self.last_event.take() {
            Some(last) => {
                let new = self.pages("/v1/events?", Some(&last)).await;
                self.last_event = Some(last);
                new
            }
            None => self.list("/v1/events?").await.into_iter().rev().collect(),
        };
        if let Some(last) = new.last() {
            self.last_event = Some(text(&last["id"]));
        }
        for event in &new {
            self.numbers.insert(text(&event["id"]), self.numbers.len());
        }
        let new: Vec<Event> = new
            .iter()
            .map(|event| Event {
                kind: text(&event["type"]),
                object: event["data"]["object"].clone(),
                body: event.to_string().into_bytes(),
            })
            .collect();
        self.events.extend(new.clone());
        new
    }

    /// Runs these tasks of the service concurrently, and kills it after this number of steps. Returns the responses sent
    /// before.
    pub async fn run(&mut self, tasks: &[Task], kill_after: Option<u32>) -> Vec<Option<Response>> {
        if tasks.iter().any(|task| matches!(task, Task::Work(_))) {
            self.number_polled().await;
        }
        let responses: Vec<RefCell<Option<Response>>> = tasks.iter().map(|_| RefCell::default()).collect();
        let under_way = RefCell::new(HashSet::new());
        let service = &self.service;
        let running = tasks.iter().zip(&responses).map(|(task, response)| async {
            let sent = match task.clone() {
                Task::Handle(request) => Some(request.send_to(&service.router).await),
                Task::Work(number) => service.work(number, &self.numbers, &under_way).await,
            };
            *response.borrow_mut() = sent;
        });
        let survived = killed_after(kill_after, join_all(running)).await.is_some();
        let responses = responses.into_iter().map(RefCell::into_inner).collect();
        if !survived {
            self.crash().await;
        }
        responses
    }

    /// Gives every session and subscription that is due a number, in the order of creation at Stripe.
    async fn number_polled(&mut self) {
        let waiting = self.service.app.payments.take_due(PEEK, Room::of(ALL)).await.unwrap();
        let is_polled = |item: &WorkItem| matches!(item, WorkItem::Checkout(_) | WorkItem::Subscription(_));
        if waiting.iter().all(|item| !is_polled(item) || self.numbers.contains_key(&item.id())) {
            return;
        }
        for list in ["/v1/checkout/sessions?", "/v1/subscriptions?status=all&"] {
            for object in self.list(list).await.iter().rev() {
                let number = self.numbers.len();
                self.numbers.entry(text(&object["id"])).or_insert(number);
            }
        }
    }

    /// Sends one request. The service is not killed.
    pub async fn send(&mut self, request: ApiRequest) -> Response {
        self.run(&[Task::Handle(request)], None).await.remove(0).unwrap()
    }

    /// Kills the service and starts it on a copy of its files on disk.
    pub async fn crash(&mut self) {
        let (before, after) = (self.database(), database(self.folder.path(), self.restarts + 1));
        for suffix in ["", "-wal"] {
            let file = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            if file(&before).exists() {
                std::fs::copy(file(&before), file(&after)).unwrap();
            }
        }
        self.restarts += 1;
        self.service.connection.cut();
        self.service = open(&self.sandbox, &self.database()).await;
        self.note("crash");
    }

    /// The drift between the ledger and Stripe, as `tokenwell-server reconcile --dry-run` prints it.
    pub async fn drift(&self) -> Vec<String> {
        let settings = settings(&self.sandbox, &self.database());
        let environment = environment(&self.service.connection);
        let app = wiring::Service::assemble(settings, self.sandbox.addr, environment).await.unwrap();
        let report = DriftReport::default();
        let writer = DryRunWriter::new(&*app.store, &report);
        let mut lines = Vec::new();
        let on_drift = |drift: &crate::Drift| lines.push(drift.to_string());
        let count = app.payments.reconcile(&writer, &report, on_drift).await.unwrap();
        assert_eq!(count.reported + count.unrepairable, lines.len() as u64);
        lines
    }

    fn database(&self) -> PathBuf {
        database(self.folder.path(), self.restarts)
    }

    /// Works off every waiting item once.
    pub async fn do_all_work(&mut self) {
        self.number_polled().await;
        for item in self.service.waiting(&self.numbers).await {
            self.service.app.payments.work(item).await.unwrap();
        }
    }

    /// The number of waiting events and chores. Look-ups of open checkouts and live subscriptions are not counted.
    pub async fn work_left(&self) -> usize {
        self.service
            .waiting(&self.numbers)
            .await
            .iter()
            .filter(|item| matches!(item, WorkItem::Event(_) | WorkItem::Chore(_)))
            .count()
    }
}

impl Service {
    /// Every waiting item, whatever its back-off, in an order that a replay repeats.
    async fn waiting(&self, numbers: &HashMap<String, usize>) -> Vec<WorkItem> {
        let mut items = self.app.payments.take_due(PEEK, Room::of(ALL)).await.unwrap();
        // Chores have no number. Their ids are ordered by time.
        items.sort_by_cached_key(|item| (numbers.get(&item.id()).copied(), item.id()));
        items
    }

    async fn work(
        &self,
        number: usize,
        numbers: &HashMap<String, usize>,
        under_way: &RefCell<HashSet<String>>,
    ) -> Option<Response> {
        let mut items = self.waiting(numbers).await;
        items.retain(|item| !under_way.borrow().contains(&item.id()));
        if items.is_empty() {
            return None;
        }
        let item = items.swap_remove(number % items.len());
        let id = item.id();
        under_way.borrow_mut().insert(id.clone());
        self.app.payments.work(item).await.unwrap();
        under_way.borrow_mut().remove(&id);
        Some(Response { status: 200, bytes: Vec::new() })
    }
}

async fn open(sandbox: &tokenwell_sandbox::Running, database: &Path) -> Service {
    let connection = Connection::to(sandbox.router());
    let settings = settings(sandbox, database);
    let app = wiring::Service::assemble(settings, sandbox.addr, environment(&connection)).await.unwrap();
    Service { router: routes::router(app.state()), app, connection }
}

fn environment(connection: &Connection) -> Environment {
    let http = HttpClient::with_transport(client(), Arc::new(connection.clone()));
    Environment { http, random: Arc::new(SeededRandom) }
}

/// Creates a promotion code at Stripe.
async fn promote(stripe: &Router, code: &str, percent: &str) {
    for (path, form) in [
        ("/v1/coupons", format!("id={code}&percent_off={percent}&duration=once")),
        ("/v1/promotion_codes", format!("promotion[type]=coupon&promotion[coupon]={code}&code={code}")),
    ] {
        let request = ApiRequest { body: form.into_bytes(), ..ApiRequest::new("POST", path) };
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").by(STRIPE_KEY);
        assert_eq!(request.send_to(stripe).await.status, 200, "{path}");
    }
}

/// The built-in catalogue, with tax and promotion codes.
fn catalogue() -> Catalogue {
    let built_in = include_str!("../../../ledger/src/catalogue.toml");
    let taxed = built_in.replace("tax = \"none\"", "tax = \"stripe\"");
    Catalogue::parse(&taxed.replace("promotion_codes = false", "promotion_codes = true")).unwrap()
}

fn settings(sandbox: &tokenwell_sandbox::Running, database: &Path) -> Settings {
    let origin = sandbox.origin();
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        database: Database::Sqlite(database.to_owned()),
        public_url: Some(ORIGIN.parse().unwrap()),
        catalogue: catalogue(),
        oidc: OidcSettings::of_issuer(format!("{origin}/identity")),
        stripe_secret_key: STRIPE_KEY.to_owned().into(),
        stripe_webhook_secrets: vec![WEBHOOK_SECRET.to_owned().into()],
        stripe_api_base: origin.parse().unwrap(),
        checkout_hosts: vec![sandbox.addr.to_string()],
        min_app_version: None,
        support_contact: None,
        service_keys: vec![SERVICE_KEY.to_owned().into()],
        test_clock: true,
        regular_checks: false,
        // Buyers of a storm send the requests of days within moments.
        limits: Limits {
            user_rate: 0,
            checkout_rate: 0,
            open_checkouts: 0,
            sign_in_failures: 0,
            ..Limits::default()
        },
        drain_delay: Duration::ZERO,
        log_format: LogFormat::Text,
    }
}

/// The portal as `docs/operating.md` recommends it.
pub(super) fn recommended_portal() -> Value {
    json!({
        "billing_cycle_anchor": "now",
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {
            "conditions": [{ "type": "decreasing_item_amount" }, { "type": "shortening_interval" }],
        },
    })
}

/// Only builds requests, so all storms share one client.
fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    });
    CLIENT.clone()
}

fn database(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number}.sqlite"))
}

/// A folder in memory, where the system has one, so that seeds do not wait for the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string")).to_owned()
}
