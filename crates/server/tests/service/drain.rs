//! The program is asked to stop: what ends, what is finished, and what its log told until then.

use crate::pressure::{answer, answered, begin};
use crate::support::{SERVICE_KEY, User, WEBHOOK_SECRET, World, card, eventually, pay, send};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const STRIPE_KEY: &str = "sk_test_that_must_not_show";

/// The program in the place of the world's service, on the same data.
struct Program {
    child: Child,
    folder: TempDir,
}

impl Program {
    async fn start(world: &mut World, arguments: &[&str]) -> Self {
        Self::launch(world, Command::new(env!("CARGO_BIN_EXE_tokenwell-server")), arguments).await
    }

    /// With so few open files as the system allows.
    async fn with_open_files(world: &mut World, count: u32) -> Self {
        let mut shell = Command::new("/bin/sh");
        let script = format!(r#"ulimit -n {count} && exec "$0" "$@""#);
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_tokenwell-server")]);
        Self::launch(world, shell, &[]).await
    }

    async fn launch(world: &mut World, mut command: Command, arguments: &[&str]) -> Self {
        world.stop_service().await;
        let folder = tempfile::tempdir().unwrap();
        let sandbox = world.sandbox.origin();
        command
            .env_clear()
            .env("TOKENWELL_LOG", "trace")
            .args(["--listen", "127.0.0.1:0"])
            .args(["--database", &world.database])
            .args(["--oidc-issuer", &format!("{sandbox}/identity")])
            .args(["--stripe-secret-key", STRIPE_KEY])
            .args(["--stripe-webhook-secret", WEBHOOK_SECRET])
            .args(["--stripe-api-base", &sandbox])
            .args(["--service-key", SERVICE_KEY])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log(folder.path())).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        line.trim().trim_start_matches("listening on ").clone_into(&mut world.origin);
        world.sandbox.send_webhooks_to(&format!("{}/webhooks/stripe", world.origin), WEBHOOK_SECRET).unwrap();
        Self { child, folder }
    }

    fn ask_to_stop(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// What it exits with, and what it logged.
    async fn ended(mut self) -> (Option<i32>, String) {
        let child = tokio::task::spawn_blocking(move || self.child.wait().map(|status| (status, self)));
        let (status, program) = child.await.unwrap().unwrap();
        (status.code(), std::fs::read_to_string(log(program.folder.path())).unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended, unless the story has failed.
        let _ = self.child.kill();
    }
}

fn log(folder: &Path) -> std::path::PathBuf {
    folder.join("log")
}

async fn not_ready(world: &World) {
    let ready = format!("{}/readyz", world.origin);
    eventually("it says that it stops", async || send(world.http.get(&ready)).await.status == 503).await;
}

#[tokio::test]
async fn sigterm_is_told_to_balancers_first_then_streams_end_and_what_is_under_way_is_finished() {
    let mut world = World::start().await;
    let program = Program::start(&mut world, &["--drain-delay", "3"]).await;
    let bob = world.user("bob@example.com", "free").await;
    let (token, spends) = (bob.token.clone(), format!("/v1/accounts/{}/spends", bob.account_id().await));
    let address = world.origin.trim_start_matches("http://").to_owned();
    let stream = bob.request("GET", "/v1/events").send().await.unwrap();
    let stream = tokio::spawn(stream.text());
    let spend = |reason: &str| json!({ "amount": 10, "reason": reason });
    let (mut slow, rest) = begin(&world, &spends, SERVICE_KEY, &spend("Slow")).await;
    let [mut idle] = answered([TcpStream::connect(&address).await.unwrap()]).await;
    let mut silent = TcpStream::connect(&address).await.unwrap();

    program.ask_to_stop();
    not_ready(&world).await;
    world.platform_post(&spends, "late", spend("Late")).await.ok();

    let told = stream.await.unwrap().unwrap();
    let last = told.trim_end().rsplit("\n\n").next().unwrap();
    let retry = last.lines().find_map(|line| line.strip_prefix("retry:")).unwrap();
    assert!(last.contains("event: stopping"), "{last}");
    assert!((1_000..=10_000).contains(&retry.trim().parse::<u32>().unwrap()), "{last}");
    let mut rest_of = [0; 8];
    assert_eq!(idle.read(&mut rest_of).await.unwrap(), 0, "an idle connection ends");
    let began = Instant::now();
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert!(answer(slow).await.starts_with("HTTP/1.1 201 "));
    let (code, log) = program.ended().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(began.elapsed() < Duration::from_secs(10), "it waited for a connection that says nothing");
    assert_eq!(silent.read(&mut rest_of).await.unwrap_or(0), 0);

    world.restart().await;
    let bob = User { world: &world, token };
    assert_eq!(bob.balance().await["spendable"], 130, "both were durable");
}

#[tokio::test]
async fn asked_a_second_time_it_stops_at_once() {
    let mut world = World::start().await;
    let program = Program::start(&mut world, &["--drain-delay", "600"]).await;
    program.ask_to_stop();
    not_ready(&world).await;
    program.ask_to_stop();
    assert_eq!(program.ended().await.0, Some(0));
}

#[tokio::test]
async fn whatever_the_log_level_no_line_holds_a_secret_or_who_somebody_is() {
    let mut world = World::start().await;
    let program = Program::start(&mut world, &["--log-format", "json"]).await;
    let ada = world.user("ada.lovelace@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.sandbox(&pay(&purchase), card()).await;
    ada.until(&purchase, "paid").await;
    let id = ada.account_id().await;
    let spends = format!("/v1/accounts/{id}/spends");
    world.platform_post(&spends, "one", json!({ "amount": 10, "reason": "A portrait" })).await.ok();
    world.platform("/v1/accounts?email=ada.lovelace@example.com").await.ok();
    let forged = format!("{}x", ada.token);
    let nobody = User { world: &world, token: forged };
    let refused = nobody.request("GET", "/v1/balance").header("X-Request-Id", "of-the-story");
    send(refused).await.refused(401, "invalid_token", "Sign in again");
    let token = ada.token.clone();
    program.ask_to_stop();
    let (_, log) = program.ended().await;

    let secrets = [SERVICE_KEY, STRIPE_KEY, WEBHOOK_SECRET, "ada.lovelace", token.as_str()];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told =
        lines.iter().find(|line| line["span"]["id"] == "of-the-story" && line["message"] == "answered");
    let told = told.expect("each request has a line under its id");
    assert_eq!((&told["status"], &told["span"]["route"]), (&json!(401), &json!("/v1/balance")));
}

#[tokio::test]
async fn however_many_connect_the_system_never_runs_out_of_open_files_and_it_goes_on_afterwards() {
    let mut world = World::start().await;
    let program = Program::with_open_files(&mut world, 64).await;
    let address = world.origin.trim_start_matches("http://").to_owned();
    let bob = world.sandbox("/sandbox/users", json!({ "email": "bob@example.com", "plan": "free" })).await;
    let token = bob["access_token"].as_str().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(TcpStream::connect(&address).await.unwrap());
    }
    // Those who were let in are answered, and so are their reads of the database.
    let ask = format!(
        "GET /v1/balance HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut first = crowd.remove(0);
    first.write_all(ask.as_bytes()).await.unwrap();
    assert!(answer(first).await.starts_with("HTTP/1.1 200 "));
    drop(crowd);
    assert_eq!(send(world.http.get(format!("{}/readyz", world.origin))).await.status, 200);
    program.ask_to_stop();
    let (code, log) = program.ended().await;
    assert_eq!(code, Some(0));
    assert!(!log.contains("no connection can be accepted"), "{log}");
}
