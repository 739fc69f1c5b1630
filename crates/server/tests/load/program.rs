//! The program, its sandbox, and accounts that never run out.

use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const SERVICE_KEY: &str = "a-service-key";
const WEBHOOK_SECRET: &str = "whsec_of_the_load";
const ACCOUNTS: usize = 6;
/// The longest that a plan that was bought may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Program {
    pub address: String,
    pub accounts: Vec<String>,
    child: Child,
    folder: TempDir,
    sandbox: tokenwell_sandbox::Running,
}

impl Program {
    /// Answers so many requests at once.
    pub async fn start(places: usize) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let shipped = std::env::var("TOKENWELL_LOAD_PROGRAM");
        let program = shipped.unwrap_or_else(|_| env!("CARGO_BIN_EXE_tokenwell-server").to_owned());
        let mut child = Command::new(program)
            .env_clear()
            .env("TOKENWELL_LOG", "error")
            .args(["--listen", "127.0.0.1:0"])
            .args(["--database", &format!("sqlite:{}", folder.path().join("service.sqlite").display())])
            .args(["--oidc-issuer", &format!("{}/identity", sandbox.origin())])
            .args(["--stripe-secret-key", "sk_test_load"])
            .args(["--stripe-webhook-secret", WEBHOOK_SECRET])
            .args(["--stripe-api-base", &sandbox.origin()])
            .args(["--service-key", SERVICE_KEY])
            .args(["--requests-max", &places.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("it starts");
        let address = line.strip_prefix("listening on http://").unwrap().to_owned();
        sandbox.send_webhooks_to(&format!("http://{address}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
        let mut program = Self { address, accounts: Vec::new(), child, folder, sandbox };
        for number in 0..ACCOUNTS {
            let account = program.open_account(number).await;
            program.accounts.push(account);
        }
        program
    }

    /// An account on the largest plan, with more tokens than a load spends.
    async fn open_account(&self, number: usize) -> String {
        let http = Client::builder().no_proxy().build().unwrap();
        let user = json!({ "email": format!("creator{number}@example.com"), "plan": "ultimate" });
        let users = http.post(format!("{}/sandbox/users", self.sandbox.origin())).json(&user);
        let user: Value = users.send().await.unwrap().json().await.unwrap();
        let token = user["access_token"].as_str().unwrap();
        let begun = Instant::now();
        let id = loop {
            let account = http.get(format!("http://{}/v1/account", self.address)).bearer_auth(token);
            let account: Value = account.send().await.unwrap().json().await.unwrap();
            if account["plan"]["id"] == "ultimate" {
                break account["id"].as_str().unwrap().to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain for the plan: {account}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let gift = http.post(format!("http://{}/v1/accounts/{id}/adjustments", self.address));
        let gift = gift.bearer_auth(SERVICE_KEY).header("Idempotency-Key", "gift");
        let gift = gift.json(&json!({ "amount": 1_000_000_000, "reason": "For the load" })).send().await;
        assert_eq!(gift.unwrap().status(), 201);
        id
    }

    /// What it holds in memory.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Stops it; returns every spend of the ledger, as often as it is there.
    pub async fn stop_and_read_spends(mut self) -> Vec<String> {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
        let ledger = Connection::open(self.folder.path().join("service.sqlite")).unwrap();
        let mut spends = ledger.prepare("SELECT reference FROM entries WHERE kind = 'spend'").unwrap();
        spends.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }
}
