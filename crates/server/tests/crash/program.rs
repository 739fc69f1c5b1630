//! Starts the service as a program, and the sandbox in this process.

use crate::service::LOG;
use reqwest::Client;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const SERVICE_KEY: &str = "the-service-key-of-the-storm";
const STRIPE_KEY: &str = "sk_test_storm";
const WEBHOOK_SECRET: &str = "whsec_of_the_storm";
/// The maximum time in which the service has to work off every event after the last kill.
const SETTLE_MAX: Duration = Duration::from_mins(1);

/// Stripe and the issuer, and a client for the sandbox's control API.
pub struct Sandbox {
    pub running: tokenwell_sandbox::Running,
    pub http: Client,
}

impl Sandbox {
    pub async fn start() -> Self {
        let running = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        Self { running, http: client() }
    }

    /// Starts the service on a database and delivers Stripe's events to it. Returns the process and its address.
    pub async fn launch(&self, database: &str) -> (Child, String) {
        let sandbox = self.running.origin();
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
            // Buyers send requests faster than people do.
            .args(["--user-rate", "0", "--checkout-rate", "0", "--open-checkouts", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the service starts on the database after a kill");
        let origin = line.strip_prefix("listening on ").unwrap().to_owned();
        self.running.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
        (program, origin)
    }

    /// Waits until the service at `origin` has worked off every event of Stripe.
    pub async fn wait_until_settled(&self, origin: &str) {
        let deadline = Instant::now() + SETTLE_MAX;
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
            assert!(Instant::now() < deadline, "events are not worked off: {metrics}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Posts to the sandbox's control API.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.running.origin())).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Reads the Checkout session of a purchase from Stripe.
    pub async fn session(&self, purchase: &Value) -> Value {
        let url = text(&purchase["checkout_url"]);
        let id = url.rsplit('/').next().unwrap();
        let request = self.http.get(format!("{}/v1/checkout/sessions/{id}", self.running.origin()));
        request.bearer_auth(STRIPE_KEY).send().await.unwrap().json().await.unwrap()
    }
}

/// A client without a connection pool, so that no connection outlives the server at its other end.
pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string")).to_owned()
}
