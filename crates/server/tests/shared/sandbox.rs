//! Starts the sandbox in this process and the service as a program.

use serde_json::{Value, json};
use std::path::Path;
use tokenwell_stage::{Http, Program, WEBHOOK_SECRET, server_command};

/// Stripe and the issuer, and a client for the sandbox's control API.
pub struct Sandbox {
    pub running: tokenwell_sandbox::Running,
    pub control: Http,
}

impl Sandbox {
    pub async fn start() -> Self {
        let running = tokenwell_sandbox::start(tokenwell_sandbox::Settings::default()).await.unwrap();
        let control = Http::new(&running.origin()).unwrap();
        Self { running, control }
    }

    /// Starts the service on a database and delivers Stripe's events to it. Returns the program and its address.
    pub async fn start_service(
        &self,
        program: &Path,
        database: &str,
        log: &Path,
        flags: &[&str],
    ) -> (Program, String) {
        let mut command = server_command(program, &self.running.origin(), database);
        command.env_clear().args(["--listen", "127.0.0.1:0"]).args(flags).stdin(std::process::Stdio::null());
        let (program, origin) = Program::start_server(command, log).await.unwrap();
        self.running.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
        (program, origin)
    }

    /// Creates a user on a plan. Returns the access token.
    pub async fn user(&self, email: &str, plan: &str) -> String {
        let user = json!({ "email": email, "plan": plan });
        text(&self.control.post("/sandbox/users", &user).await.unwrap()["access_token"])
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string")).to_owned()
}
