//! The real program, and the sandbox beside it.

use crate::service::LOG;
use reqwest::Client;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const SERVICE_KEY: &str = "a-service-key";
const STRIPE_KEY: &str = "sk_test_storm";
const WEBHOOK_SECRET: &str = "whsec_of_the_storm";
/// The longest that what was left to do may take once nobody kills any more.
const PATIENCE: Duration = Duration::from_mins(1);

/// Stripe and the issuer.
pub struct Outside {
    pub sandbox: tokenwell_sandbox::Running,
    pub http: Client,
}

impl Outside {
    pub async fn start() -> Self {
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        Self { sandbox, http: client() }
    }

    /// Starts the service on a database; Stripe's events come to it from now on. Returns where it is.
    pub async fn launch(&self, database: &str) -> (Child, String) {
        let sandbox = self.sandbox.origin();
        let mut program = Command::new(env!("CARGO_BIN_EXE_tokenwell-server"))
            .env_clear()
            .env("TOKENWELL_LOG", LOG)
            .args(["--listen", "127.0.0.1:0"])
            .args(["--database", database])
            .args(["--oidc-issuer", &format!("{sandbox}/identity")])
            .args(["--stripe-secret-key", STRIPE_KEY])
            .args(["--stripe-webhook-secret", WEBHOOK_SECRET])
            .args(["--stripe-api-base", &sandbox])
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
        self.sandbox.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
        (program, origin)
    }

    /// Waits until everything that Stripe told was worked off by the service at `origin`.
    pub async fn settles(&self, origin: &str) {
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

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
