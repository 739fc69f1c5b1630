//! Two instances of the service on a cluster whose primary dies.

use crate::client::Answer;
use crate::program::{Outside, SERVICE_KEY, text};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokenwell_stage::Cluster;
use tokio::process::Child;

/// What the service logs: without a primary everything fails, as it should.
pub const LOG: &str = "off";
/// The longest that the service may be unable to do something.
const PATIENCE: Duration = Duration::from_mins(1);
/// How soon someone who waits for the first success asks again.
const SOON: Duration = Duration::from_millis(20);

pub struct Service {
    pub outside: Outside,
    programs: Vec<Child>,
    pub cluster: Cluster,
    origins: Vec<String>,
    /// The account of someone who only tries whether it works.
    tried_on: String,
}

impl Service {
    pub async fn start() -> Self {
        let outside = Outside::start().await;
        let cluster = Cluster::start().await.unwrap();
        let (mut programs, mut origins) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (program, origin) = outside.launch(&cluster.address()).await;
            programs.push(program);
            origins.push(origin);
        }
        let user = json!({ "email": "tries@example.com", "plan": "ultimate" });
        let token = text(&outside.post("/sandbox/users", &user).await["access_token"]);
        let account = outside.http.get(format!("{}/v1/account", origins[0])).bearer_auth(token);
        let account: serde_json::Value = account.send().await.unwrap().json().await.unwrap();
        Self { outside, programs, cluster, origins, tried_on: text(&account["id"]) }
    }

    /// A way to reach it.
    pub fn line(&self) -> Line {
        Line { origins: self.origins.clone(), turn: AtomicUsize::new(0), since: None }
    }

    /// Has a spend done that nobody asked for before; returns how long that took.
    pub async fn next_success(&self, key: &str) -> Duration {
        let since = Instant::now();
        for origin in self.origins.iter().cycle() {
            let spend = self.outside.http.post(format!("{origin}/v1/accounts/{}/spends", self.tried_on));
            let spend = spend.bearer_auth(SERVICE_KEY).header("Idempotency-Key", key);
            let body = json!({ "amount": 1, "reason": "A picture" });
            let answer = spend.json(&body).send().await.unwrap();
            match answer.status().as_u16() {
                201 => break,
                503 => assert!(answer.headers().contains_key("retry-after"), "{answer:?}"),
                _ => panic!("{answer:?}"),
            }
            assert!(since.elapsed() < PATIENCE, "nothing succeeds any more");
            tokio::time::sleep(SOON).await;
        }
        since.elapsed()
    }

    /// Waits until everything that Stripe told was worked off.
    pub async fn settles(&mut self) {
        for program in &mut self.programs {
            assert_eq!(program.try_wait().unwrap(), None, "no instance had to be started again");
        }
        for origin in &self.origins {
            self.outside.settles(origin).await;
        }
    }
}

/// How somebody reaches the service, whichever instance answers.
pub struct Line {
    origins: Vec<String>,
    turn: AtomicUsize,
    /// Since when it says that it is not able to.
    since: Option<Instant>,
}

impl Line {
    /// The instance whose turn it is.
    pub fn origin(&self) -> String {
        self.origins[self.turn.fetch_add(1, Ordering::Relaxed) % self.origins.len()].clone()
    }

    /// It answered.
    pub fn answered(&mut self) {
        self.since = None;
    }

    /// It said that it is not able to, and when to come back. Returns when to ask again.
    pub async fn failed(&mut self, answer: Option<&Answer>) {
        let answer = answer.expect("the service itself is not killed");
        assert_eq!(answer.status, 503, "{}", answer.json());
        let after_s = answer.retry_after.as_ref().expect("it says when to come back").parse().unwrap();
        let since = *self.since.get_or_insert_with(Instant::now);
        assert!(since.elapsed() < PATIENCE, "it is not able to any more: {}", answer.json());
        tokio::time::sleep(Duration::from_secs(after_s)).await;
    }
}
