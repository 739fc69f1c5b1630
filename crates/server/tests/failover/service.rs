//! Two instances of the service on a PostgreSQL cluster.

use crate::client::Response;
use crate::program::{SERVICE_KEY, Sandbox, text};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokenwell_stage::Cluster;
use tokio::process::Child;

/// The log level: off, because every request fails while there is no primary.
pub const LOG: &str = "off";
/// The maximum time for which the service may return 503.
const UNAVAILABLE_MAX: Duration = Duration::from_mins(1);
/// The pause between attempts while waiting for the first success.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

pub struct Service {
    pub sandbox: Sandbox,
    programs: Vec<Child>,
    pub cluster: Cluster,
    origins: Vec<String>,
    /// The account that `next_success` spends from.
    probe_account: String,
}

impl Service {
    pub async fn start() -> Self {
        let sandbox = Sandbox::start().await;
        let cluster = Cluster::start().await.unwrap();
        let (mut programs, mut origins) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (program, origin) = sandbox.launch(&cluster.address()).await;
            programs.push(program);
            origins.push(origin);
        }
        let user = json!({ "email": "tries@example.com", "plan": "ultimate" });
        let token = text(&sandbox.post("/sandbox/users", &user).await["access_token"]);
        let account = sandbox.http.get(format!("{}/v1/account", origins[0])).bearer_auth(token);
        let account: serde_json::Value = account.send().await.unwrap().json().await.unwrap();
        Self { sandbox, programs, cluster, origins, probe_account: text(&account["id"]) }
    }

    /// Returns the endpoint for one buyer.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { origins: self.origins.clone(), next: AtomicUsize::new(0), failing_since: None }
    }

    /// Sends a new spend until it succeeds. Returns how long that took.
    pub async fn next_success(&self, key: &str) -> Duration {
        let since = Instant::now();
        for origin in self.origins.iter().cycle() {
            let spend = self.sandbox.http.post(format!("{origin}/v1/accounts/{}/spends", self.probe_account));
            let spend = spend.bearer_auth(SERVICE_KEY).header("Idempotency-Key", key);
            let body = json!({ "amount": 1, "reason": "A picture" });
            let response = spend.json(&body).send().await.unwrap();
            match response.status().as_u16() {
                201 => break,
                503 => assert!(response.headers().contains_key("retry-after"), "{response:?}"),
                _ => panic!("{response:?}"),
            }
            assert!(since.elapsed() < UNAVAILABLE_MAX, "no spend succeeded in {UNAVAILABLE_MAX:?}");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        since.elapsed()
    }

    /// Waits until every instance has worked off every event of Stripe. Checks that no instance has ended.
    pub async fn wait_until_settled(&mut self) {
        for program in &mut self.programs {
            assert_eq!(program.try_wait().unwrap(), None, "an instance has ended");
        }
        for origin in &self.origins {
            self.sandbox.wait_until_settled(origin).await;
        }
    }
}

/// How a buyer reaches the service: the instances in turn.
pub struct Endpoint {
    origins: Vec<String>,
    next: AtomicUsize,
    /// When the current series of 503 responses began.
    failing_since: Option<Instant>,
}

impl Endpoint {
    /// The address of the next instance.
    pub fn origin(&self) -> String {
        self.origins[self.next.fetch_add(1, Ordering::Relaxed) % self.origins.len()].clone()
    }

    /// Notes that a request succeeded.
    pub fn succeeded(&mut self) {
        self.failing_since = None;
    }

    /// Checks that the response is 503 with `Retry-After`. Returns after that time.
    pub async fn failed(&mut self, response: Option<&Response>) {
        let response = response.expect("the service itself is not killed");
        assert_eq!(response.status, 503, "{}", response.json());
        let after_s = response.retry_after.as_ref().expect("a 503 has Retry-After").parse().unwrap();
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        assert!(since.elapsed() < UNAVAILABLE_MAX, "no success in {UNAVAILABLE_MAX:?}: {}", response.json());
        tokio::time::sleep(Duration::from_secs(after_s)).await;
    }
}
