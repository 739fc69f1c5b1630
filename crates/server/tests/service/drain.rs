//! The shutdown of the program: which connections end, which requests are finished, and what the log contains.

use crate::pressure::{begin, connections_after_a_response, read_response, under_way};
use crate::support::{User, World, card, eventually, pay, send};
use serde_json::{Value, json};
use std::process::ExitStatus;
use tempfile::TempDir;
use tokenwell_stage::{Program, SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, server_command};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

/// The program, started on the database of the world's service instead of it.
struct Service {
    program: Program,
    folder: TempDir,
}

impl Service {
    async fn start(world: &mut World, flags: &[&str]) -> Self {
        let command = server_command(PROGRAM, &world.sandbox.origin(), &world.database);
        Self::launch(world, command, flags).await
    }

    /// Starts the program with this limit of open files.
    async fn with_open_files(world: &mut World, count: u32) -> Self {
        let service = server_command(PROGRAM, &world.sandbox.origin(), &world.database);
        let mut shell = Command::new("/bin/sh");
        let script = format!(r#"ulimit -n {count} && exec "$0" "$@""#);
        shell.args(["-c", &script, PROGRAM]).args(service.as_std().get_args());
        Self::launch(world, shell, &[]).await
    }

    async fn launch(world: &mut World, mut command: Command, flags: &[&str]) -> Self {
        world.stop_service().await;
        let folder = tempfile::tempdir().unwrap();
        command.env_clear().env("TOKENWELL_LOG", "trace").args(["--listen", "127.0.0.1:0"]).args(flags);
        let (program, origin) = Program::start_server(command, &folder.path().join("log")).await.unwrap();
        world.sandbox.send_webhooks_to(&format!("{origin}/webhooks/stripe"), WEBHOOK_SECRET).unwrap();
        world.origin = origin;
        Self { program, folder }
    }

    fn terminate(&mut self) {
        self.program.terminate().unwrap();
    }

    /// Waits until the program has ended. Returns its exit status and its log.
    async fn ended(mut self) -> (ExitStatus, String) {
        let status = self.program.wait().await.unwrap();
        (status, std::fs::read_to_string(self.folder.path().join("log")).unwrap())
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_tokenwell-server");

fn spend(reason: &str) -> Value {
    json!({ "amount": 10, "reason": reason })
}

async fn is_not_ready(world: &World) {
    let ready = format!("{}/readyz", world.origin);
    eventually("the service to be not ready", async || send(world.http.get(&ready)).await.status == 503)
        .await;
}

#[tokio::test]
async fn after_sigterm_readyz_returns_503_and_requests_are_answered_until_the_drain_delay_is_over() {
    let mut world = World::start().await;
    let mut service = Service::start(&mut world, &["--drain-delay", "600"]).await;
    let bob = world.user("bob@example.com", "free").await;
    let spends = format!("/v1/accounts/{}/spends", bob.account_id().await);
    service.terminate();
    is_not_ready(&world).await;
    world.platform_post(&spends, "late", spend("Late")).await.ok();
    // A second signal ends the delay.
    service.terminate();
    let (status, log) = service.ended().await;
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn a_shutdown_ends_streams_and_idle_connections_and_finishes_requests_under_way() {
    let mut world = World::start().await;
    let mut service = Service::start(&mut world, &["--drain-delay", "0"]).await;
    let bob = world.user("bob@example.com", "free").await;
    let (token, spends) = (bob.token.clone(), format!("/v1/accounts/{}/spends", bob.account_id().await));
    let address = world.origin.trim_start_matches("http://").to_owned();
    let stream = bob.request("GET", "/v1/events").send().await.unwrap();
    let (mut slow, rest) = begin(&world, &spends, SERVICE_KEY, &spend("Slow")).await;
    under_way(&world, "platform", 1).await;
    let [mut idle] = connections_after_a_response([TcpStream::connect(&address).await.unwrap()]).await;
    let mut silent = TcpStream::connect(&address).await.unwrap();
    // Connections are accepted in order: a response on a later one proves that this one was accepted.
    assert_eq!(send(world.http.get(format!("{}/healthz", world.origin))).await.status, 200);

    service.terminate();
    let events = stream.text().await.unwrap();
    let last = events.trim_end().rsplit("\n\n").next().unwrap();
    let retry = last.lines().find_map(|line| line.strip_prefix("retry:")).unwrap();
    assert!(last.contains("event: stopping"), "{last}");
    assert!((1_000..=10_000).contains(&retry.trim().parse::<u32>().unwrap()), "{last}");
    let mut bytes = [0; 8];
    assert_eq!(idle.read(&mut bytes).await.unwrap(), 0, "an idle connection ends");
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert!(read_response(slow).await.starts_with("HTTP/1.1 201 "));
    assert_eq!(silent.read(&mut bytes).await.unwrap_or(0), 0, "a connection without a request ends");
    let (status, log) = service.ended().await;
    assert!(status.success(), "{log}");
    assert!(!log.contains("requests were still under way"), "no request timed out: {log}");

    world.restart().await;
    let bob = User { world: &world, token };
    assert_eq!(bob.balance().await["spendable"], 140, "the spend is durable");
}

#[tokio::test]
async fn no_log_line_contains_a_secret_or_an_email_address_at_any_log_level() {
    let mut world = World::start().await;
    let mut service = Service::start(&mut world, &["--log-format", "json"]).await;
    let ada = world.user("ada.lovelace@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox(&pay(&purchase), card()).await;
    ada.until(&purchase, "paid").await;
    let id = ada.account_id().await;
    let spends = format!("/v1/accounts/{id}/spends");
    world.platform_post(&spends, "one", spend("A portrait")).await.ok();
    world.platform("/v1/accounts?email=ada.lovelace@example.com").await.ok();
    let forged = format!("{}x", ada.token);
    let stranger = User { world: &world, token: forged };
    let refused = stranger.request("GET", "/v1/balance").header("X-Request-Id", "id-of-this-test");
    send(refused).await.refused(401, "invalid_token", "Sign in again");
    let token = ada.token.clone();
    service.terminate();
    let (_, log) = service.ended().await;

    let secrets = [SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, "ada.lovelace", token.as_str()];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line =
        lines.iter().find(|line| line["span"]["id"] == "id-of-this-test" && line["message"] == "answered");
    let line = line.expect("each request has a line under its id");
    assert_eq!((&line["status"], &line["span"]["route"]), (&json!(401), &json!("/v1/balance")));
}

#[tokio::test]
async fn more_connections_than_open_files_allow_never_exhaust_them_and_the_service_continues_afterwards() {
    let mut world = World::start().await;
    let mut service = Service::with_open_files(&mut world, 64).await;
    let address = world.origin.trim_start_matches("http://").to_owned();
    let bob = world.sandbox("/sandbox/users", json!({ "email": "bob@example.com", "plan": "free" })).await;
    let token = bob["access_token"].as_str().unwrap();
    let mut connections = Vec::new();
    for _ in 0..100 {
        connections.push(TcpStream::connect(&address).await.unwrap());
    }
    // The accepted connections get responses, also for requests that read the database.
    let request = format!(
        "GET /v1/balance HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut first = connections.remove(0);
    first.write_all(request.as_bytes()).await.unwrap();
    assert!(read_response(first).await.starts_with("HTTP/1.1 200 "));
    drop(connections);
    assert_eq!(send(world.http.get(format!("{}/readyz", world.origin))).await.status, 200);
    service.terminate();
    let (status, log) = service.ended().await;
    assert!(status.success(), "{log}");
    assert!(!log.contains("no connection can be accepted"), "{log}");
}
