//! The program and the sandbox beside it.

use super::text;
use reqwest::Client;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

pub const SERVICE_KEY: &str = "a-service-key";
const STRIPE_KEY: &str = "sk_test_storm";
const WEBHOOK_SECRET: &str = "whsec_of_the_storm";
/// The longest that what was left to do may take once nobody kills any more.
const PATIENCE: Duration = Duration::from_mins(1);

/// The service between two kills.
#[derive(Debug, Clone)]
pub struct Life {
    pub number: u32,
    pub origin: String,
}

pub struct Service {
    pub sandbox: tokenwell_sandbox::Running,
    pub http: Client,
    life: watch::Sender<Life>,
    program: Child,
    folder: TempDir,
}

impl Service {
    pub async fn start() -> Self {
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (program, origin) = launch(&sandbox, &folder).await;
        let life = watch::Sender::new(Life { number: 0, origin });
        Self { sandbox, http: client(), life, program, folder }
    }

    /// Tells where the service is.
    pub fn lives(&self) -> watch::Receiver<Life> {
        self.life.subscribe()
    }

    /// SIGKILL, and another start on the same file.
    pub async fn kill_and_restart(&mut self) {
        self.program.kill().await.unwrap();
        let (program, origin) = launch(&self.sandbox, &self.folder).await;
        self.program = program;
        self.life.send_modify(|life| *life = Life { number: life.number + 1, origin });
    }

    /// Waits until everything that Stripe told was worked off.
    pub async fn settles(&self) {
        let origin = self.life.borrow().origin.clone();
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.post("/sandbox/webhooks/flush", &json!({})).await;
            let metrics = self.http.get(format!("{origin}/metrics")).send().await.unwrap();
            let metrics = metrics.text().await.unwrap();
            let count = |state: &str| {
                let of_state = format!("state=\"{state}\"");
                let mut lines = metrics.lines().filter(|line| line.starts_with("tokenwell_stripe_events{"));
                let line = lines.find(|line| line.contains(&of_state)).unwrap();
                line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
            };
            assert_eq!(count("set_aside"), 0, "an event was set aside");
            if count("waiting") == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "events still wait: {metrics}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Makes something happen in the outside world.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.sandbox.origin())).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The Checkout session of a purchase, as Stripe has it.
    pub async fn session(&self, purchase: &Value) -> Value {
        let url = text(&purchase["checkout_url"]);
        let id = url.rsplit('/').next().unwrap();
        let request = self.http.get(format!("{}/v1/checkout/sessions/{id}", self.sandbox.origin()));
        request.bearer_auth(STRIPE_KEY).send().await.unwrap().json().await.unwrap()
    }
}

/// A client without a connection pool, so that no connection outlives what it speaks to.
pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

async fn launch(sandbox: &tokenwell_sandbox::Running, folder: &TempDir) -> (Child, String) {
    let database = format!("sqlite:{}", folder.path().join("service.sqlite").display());
    let mut program = Command::new(env!("CARGO_BIN_EXE_tokenwell-server"))
        .env_clear()
        .env("TOKENWELL_LOG", "error")
        .args(["--listen", "127.0.0.1:0"])
        .args(["--database", &database])
        .args(["--oidc-issuer", &format!("{}/identity", sandbox.origin())])
        .args(["--stripe-secret-key", STRIPE_KEY])
        .args(["--stripe-webhook-secret", WEBHOOK_SECRET])
        .args(["--stripe-api-base", &sandbox.origin()])
        .args(["--service-key", SERVICE_KEY])
        // These buyers buy faster than people do.
        .args(["--user-rate", "0", "--checkout-rate", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("it starts on what the last life left");
    let origin = line.strip_prefix("listening on ").unwrap().to_owned();
    sandbox.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
    (program, origin)
}
