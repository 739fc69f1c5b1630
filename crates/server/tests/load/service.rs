//! The service with few permits, accounts with more tokens than a test spends, and the service's own metrics.

use crate::sandbox::{Sandbox, text};
use reqwest::Client;
use rusqlite::Connection;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;
use tokenwell_stage::{Http, Program, SERVICE_KEY, eventually};

const ACCOUNTS: usize = 6;

pub struct Service {
    pub origin: String,
    pub accounts: Vec<String>,
    program: Program,
    folder: TempDir,
    _sandbox: Sandbox,
}

impl Service {
    /// Starts the service with this number of permits for the platform.
    pub async fn start(permits: usize) -> Self {
        let sandbox = Sandbox::start().await;
        let folder = tempfile::tempdir().unwrap();
        let default = || env!("CARGO_BIN_EXE_tokenwell-server").into();
        let program = std::env::var_os("TOKENWELL_LOAD_PROGRAM").map_or_else(default, PathBuf::from);
        let database = format!("sqlite:{}", folder.path().join("service.sqlite").display());
        let flags = ["--requests-max", &permits.to_string()];
        let (program, origin) =
            sandbox.start_service(&program, &database, &folder.path().join("log"), &flags).await;
        let mut accounts = Vec::new();
        for number in 0..ACCOUNTS {
            let token = sandbox.user(&format!("creator{number}@example.com"), "ultimate").await;
            accounts.push(rich_account(&origin, &token).await);
        }
        Self { origin, accounts, program, folder, _sandbox: sandbox }
    }

    /// The value of a metric, by its name and labels; 0 while it does not exist.
    pub async fn metric(&self, client: &Client, name: &str) -> u64 {
        let metrics = client.get(format!("{}/metrics", self.origin)).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().unwrap())
    }

    /// The number of platform requests under way.
    pub async fn requests_under_way(&self, client: &Client) -> u64 {
        self.metric(client, r#"tokenwell_requests_under_way{lane="platform"}"#).await
    }

    /// Waits until this number of platform requests is under way.
    pub async fn wait_until_under_way(&self, client: &Client, count: usize) {
        eventually(&format!("{count} requests under way"), async || {
            Ok((self.requests_under_way(client).await == count as u64).then_some(()))
        })
        .await
        .unwrap();
    }

    /// The number of responses to spends with this status, from the service's metrics.
    pub async fn response_count(&self, client: &Client, status: u16) -> u64 {
        let labels = format!(r#"{{method="POST",route="/v1/accounts/{{id}}/spends",status="{status}"}}"#);
        self.metric(client, &format!("tokenwell_requests_total{labels}")).await
    }

    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Stops the service. Returns the id of every spend entry in the ledger.
    pub async fn stop_and_read_spends(self) -> Vec<String> {
        assert!(self.program.stop().await.unwrap().success());
        let ledger = Connection::open(self.folder.path().join("service.sqlite")).unwrap();
        let mut spends = ledger.prepare("SELECT reference FROM entries WHERE kind = 'spend'").unwrap();
        spends.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }
}

/// An account with more tokens than the test spends. The gift can be spent because the account has a plan.
async fn rich_account(origin: &str, token: &str) -> String {
    let service = Http::new(origin).unwrap();
    let user = service.with_token(token);
    let has_plan = async || {
        let account = user.get("/v1/account").await?;
        Ok((account["plan"]["id"] == "ultimate").then(|| text(&account["id"])))
    };
    let id = eventually("the plan", has_plan).await.unwrap();
    let gift = json!({ "amount": 1_000_000_000, "reason": "For the load test" });
    let path = format!("/v1/accounts/{id}/adjustments");
    service.with_token(SERVICE_KEY).post_once(&path, &gift, "gift").await.unwrap();
    id
}
