//! The service: a process that is killed and started again on the same database.

use crate::client::Response;
use crate::program::Sandbox;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::process::Child;
use tokio::sync::watch;

/// The log level: only errors, because nothing should fail.
pub const LOG: &str = "error";
/// The number of consecutive 5xx responses that one process may send to a buyer.
const FAILURES_MAX: u32 = 20;

/// One process of the service: its number and its address.
#[derive(Debug, Clone)]
struct Run {
    number: u32,
    origin: String,
}

pub struct Service {
    pub sandbox: Sandbox,
    run: watch::Sender<Run>,
    program: Child,
    folder: TempDir,
}

impl Service {
    pub async fn start() -> Self {
        let sandbox = Sandbox::start().await;
        let folder = tempfile::tempdir().unwrap();
        let (program, origin) = sandbox.launch(&database(&folder)).await;
        let run = watch::Sender::new(Run { number: 0, origin });
        Self { sandbox, run, program, folder }
    }

    /// Returns the endpoint for one buyer.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint { run: self.run.subscribe(), last_used: AtomicU32::new(0), failures: 0 }
    }

    /// Kills the service with SIGKILL and starts it on the same file.
    pub async fn kill_and_restart(&mut self) {
        self.program.kill().await.unwrap();
        let (program, origin) = self.sandbox.launch(&database(&self.folder)).await;
        self.program = program;
        self.run.send_modify(|run| *run = Run { number: run.number + 1, origin });
    }

    /// Waits until the service has worked off every event of Stripe.
    pub async fn wait_until_settled(&self) {
        let origin = self.run.borrow().origin.clone();
        self.sandbox.wait_until_settled(&origin).await;
    }
}

fn database(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("service.sqlite").display())
}

/// How a buyer reaches the service across restarts.
pub struct Endpoint {
    run: watch::Receiver<Run>,
    /// The number of the run that the last request was sent to.
    last_used: AtomicU32,
    failures: u32,
}

impl Endpoint {
    /// The current address.
    pub fn origin(&self) -> String {
        let run = self.run.borrow();
        self.last_used.store(run.number, Ordering::Relaxed);
        run.origin.clone()
    }

    /// Notes that a request succeeded.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Notes a 5xx response, or none at all. Returns when the request can be sent again.
    pub async fn failed(&mut self, response: Option<&Response>) {
        if let Some(response) = response {
            self.failures += 1;
            assert!(self.failures < FAILURES_MAX, "{}: {}", response.status, response.json());
        } else {
            // The process was killed. Waits for the next one.
            let last_used = self.last_used.load(Ordering::Relaxed);
            drop(self.run.wait_for(|run| run.number > last_used).await.unwrap());
        }
    }
}
