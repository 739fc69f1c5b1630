//! One seed's world: a service on its SQLite file, Stripe and the issuer beside it, and the network in between.

use super::dice::Dice;
use super::schedule::{Connection, SeededRandom, decide_by, killed_after};
use crate::base::outgoing::HttpClient;
use crate::http::routes;
use crate::payments::{DriftReport, DryRunWriter, WorkItem};
use crate::store::{Database, Lease};
use crate::wiring::{self, Environment};
use crate::{Limits, LogFormat, Settings};
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

pub const SERVICE_KEY: &str = "a-service-key";
const STRIPE_KEY: &str = "sk_test_storm";
/// More pieces of work than there ever are.
const ALL: u32 = 10_000;
/// A look at what waits, the back-off between tries left out: taken for no time, it can be taken again.
const LOOK: Lease = Lease { now: Timestamp::MAX, until: Timestamp::UNIX_EPOCH };
const WEBHOOK_SECRET: &str = "whsec_of_the_storm";

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Whether the caller may take it for the last word: an outage is not.
    pub fn is_final(&self) -> bool {
        self.status < 500
    }
}

/// A call of the service.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn by(self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("Content-Type", "application/json")
    }

    async fn of(self, router: &Router) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let Ok(response) = router.clone().oneshot(request.body(Body::from(self.body)).unwrap()).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, bytes }
    }
}

/// What the service is made to do in a step.
#[derive(Debug, Clone)]
pub enum Deed {
    /// To answer a call.
    Ask(Ask),
    /// To do one of the pieces of work that wait, the back-off between tries left out.
    Work(usize),
}

/// An event of Stripe on its way.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    pub object: Value,
    body: Vec<u8>,
}

impl Event {
    pub fn delivery(&self) -> Ask {
        let at = Timestamp::now().as_second();
        let mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(at.to_string()).chain_update(".").chain_update(&self.body).finalize();
        let signature = format!("t={at},v1={}", hex::encode(mac.into_bytes()));
        Ask { body: self.body.clone(), ..Ask::new("POST", "/webhooks/stripe") }
            .with("Stripe-Signature", signature)
    }
}

/// The service between two crashes.
struct Service {
    app: wiring::Service,
    router: Router,
    connection: Connection,
}

pub struct World {
    pub dice: Dice,
    /// What was done, in the words that a replay has to repeat.
    pub trace: Vec<String>,
    sandbox: tokenwell_sandbox::Running,
    stripe: Router,
    service: Service,
    folder: TempDir,
    lives: u32,
    last_event: Option<String>,
    /// Every event, the oldest first.
    pub events: Vec<Event>,
    /// Which place events and sessions have among their kind: their ids are random, this is not.
    numbers: HashMap<String, usize>,
    /// Whether calls of Stripe may be set to go wrong.
    faulty: bool,
}

impl World {
    pub async fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        decide_by(Some(dice.split()));
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let stripe = sandbox.router();
        let folder = folder();
        let service = open(&sandbox, &database(folder.path(), 0)).await;
        Self {
            dice,
            trace: Vec::new(),
            sandbox,
            stripe,
            service,
            folder,
            lives: 0,
            last_event: None,
            events: Vec::new(),
            numbers: HashMap::new(),
            faulty: false,
        }
    }

    pub fn app(&self) -> &wiring::Service {
        &self.service.app
    }

    /// Notes what happens.
    pub fn note(&mut self, what: impl Into<String>) {
        self.trace.push(what.into());
    }

    /// Makes the next calls of Stripe go wrong.
    pub async fn set_faults(&mut self, faults: &Value) {
        self.sandbox("PUT", "/sandbox/faults", faults).await;
        self.faulty = true;
    }

    /// Makes something happen in the outside world.
    pub async fn sandbox(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        Ask::new(method, path).json(body).of(&self.stripe).await
    }

    /// Reads all of a list at Stripe, newest first, whatever Stripe's health.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        self.pages(path, None).await
    }

    /// All of a list, newest first; or what came after an object of it, oldest first.
    async fn pages(&self, path: &str, after: Option<&str>) -> Vec<Value> {
        let faults = Ask::new("GET", "/sandbox/faults");
        let faults = if self.faulty { faults.of(&self.stripe).await.json() } else { json!({}) };
        if self.faulty {
            self.sandbox("PUT", "/sandbox/faults", &json!({})).await;
        }
        let bound = if after.is_some() { "ending_before" } else { "starting_after" };
        let mut at = after.map(str::to_owned);
        let mut all = Vec::new();
        loop {
            let from = at.as_ref().map_or(String::new(), |at| format!("&{bound}={at}"));
            let page =
                Ask::new("GET", format!("{path}limit=100{from}")).by(STRIPE_KEY).of(&self.stripe).await;
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

    /// The events that came since the last time, oldest first.
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

    /// Has the service do these at once, and kills it after so many turns. What was answered by then counts.
    pub async fn live(&mut self, deeds: &[Deed], kill_after: Option<u32>) -> Vec<Option<Answer>> {
        if deeds.iter().any(|deed| matches!(deed, Deed::Work(_))) {
            self.number_watched().await;
        }
        let answers: Vec<RefCell<Option<Answer>>> = deeds.iter().map(|_| RefCell::default()).collect();
        let under_way = RefCell::new(HashSet::new());
        let service = &self.service;
        let strands = deeds.iter().zip(&answers).map(|(deed, place)| async {
            let answer = match deed.clone() {
                Deed::Ask(ask) => Some(ask.of(&service.router).await),
                Deed::Work(place) => service.work(place, &self.numbers, &under_way).await,
            };
            *place.borrow_mut() = answer;
        });
        let survived = killed_after(kill_after, join_all(strands)).await.is_some();
        let answers = answers.into_iter().map(RefCell::into_inner).collect();
        if !survived {
            self.crash().await;
        }
        answers
    }

    /// Stripe's ids are random; what is looked up there gets a number in the order that it was made.
    async fn number_watched(&mut self) {
        let waiting = self.service.app.payments.take_due(LOOK, ALL).await.unwrap();
        let is_watched =
            |piece: &WorkItem| matches!(piece, WorkItem::Checkout(_) | WorkItem::Subscription(_));
        if waiting.iter().all(|piece| !is_watched(piece) || self.numbers.contains_key(&piece.id())) {
            return;
        }
        for list in ["/v1/checkout/sessions?", "/v1/subscriptions?status=all&"] {
            for watched in self.list(list).await.iter().rev() {
                let number = self.numbers.len();
                self.numbers.entry(text(&watched["id"])).or_insert(number);
            }
        }
    }

    /// One call, undisturbed.
    pub async fn ask(&mut self, ask: Ask) -> Answer {
        self.live(&[Deed::Ask(ask)], None).await.remove(0).unwrap()
    }

    /// Kills the service and starts it on what had reached the disk by then.
    pub async fn crash(&mut self) {
        let (before, after) = (self.database(), database(self.folder.path(), self.lives + 1));
        for suffix in ["", "-wal"] {
            let file = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            if file(&before).exists() {
                std::fs::copy(file(&before), file(&after)).unwrap();
            }
        }
        self.lives += 1;
        self.service.connection.cut();
        self.service = open(&self.sandbox, &self.database()).await;
        self.note("crash");
    }

    /// Where the ledger and Stripe differ, as `tokenwell-server reconcile --dry-run` tells it.
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
        database(self.folder.path(), self.lives)
    }

    /// Does every piece of work that waits, once.
    pub async fn do_all_work(&mut self) {
        self.number_watched().await;
        for piece in self.service.waiting(&self.numbers).await {
            self.service.app.payments.work(piece).await.unwrap();
        }
    }

    /// How many pieces of work wait that must end: checkouts and subscriptions may go on.
    pub async fn work_left(&self) -> usize {
        self.service
            .waiting(&self.numbers)
            .await
            .iter()
            .filter(|piece| matches!(piece, WorkItem::Event(_) | WorkItem::Chore(_)))
            .count()
    }
}

impl Service {
    /// The work that waits, the back-off between tries left out, in an order that a replay repeats.
    async fn waiting(&self, numbers: &HashMap<String, usize>) -> Vec<WorkItem> {
        let mut pieces = self.app.payments.take_due(LOOK, ALL).await.unwrap();
        // The ids of chores grow with time.
        pieces.sort_by_cached_key(|piece| (numbers.get(&piece.id()).copied(), piece.id()));
        pieces
    }

    async fn work(
        &self,
        place: usize,
        numbers: &HashMap<String, usize>,
        under_way: &RefCell<HashSet<String>>,
    ) -> Option<Answer> {
        let mut pieces = self.waiting(numbers).await;
        pieces.retain(|piece| !under_way.borrow().contains(&piece.id()));
        if pieces.is_empty() {
            return None;
        }
        let piece = pieces.swap_remove(place % pieces.len());
        let id = piece.id();
        under_way.borrow_mut().insert(id.clone());
        self.app.payments.work(piece).await.unwrap();
        under_way.borrow_mut().remove(&id);
        Some(Answer { status: 200, bytes: Vec::new() })
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

fn settings(sandbox: &tokenwell_sandbox::Running, database: &Path) -> Settings {
    let origin = sandbox.origin();
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        database: Database::Sqlite(database.to_owned()),
        public_url: Some("http://localhost/".parse().unwrap()),
        catalogue: Catalogue::built_in(),
        oidc_issuer: format!("{origin}/identity").parse().unwrap(),
        oidc_audience: "tokenwell".to_owned(),
        oidc_client_id: "tokenwell-desktop".to_owned(),
        stripe_secret_key: STRIPE_KEY.to_owned().into(),
        stripe_webhook_secrets: vec![WEBHOOK_SECRET.to_owned().into()],
        stripe_api_base: origin.parse().unwrap(),
        checkout_hosts: vec![sandbox.addr.to_string()],
        min_app_version: None,
        service_keys: vec![SERVICE_KEY.to_owned().into()],
        test_clock: true,
        // Buyers of a storm live through days in a moment.
        limits: Limits { user_rate: 0, checkout_rate: 0, sign_in_failures: 0, ..Limits::default() },
        drain_delay: Duration::ZERO,
        log_format: LogFormat::Text,
    }
}

/// Only writes requests; one serves every storm.
fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    });
    CLIENT.clone()
}

fn database(folder: &Path, life: u32) -> PathBuf {
    folder.join(format!("{life}.sqlite"))
}

/// In memory where there is such a place: thousands of seeds would wait for the disk most of the time.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
