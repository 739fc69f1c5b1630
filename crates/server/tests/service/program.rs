//! Tests of the program: its first line, its signals, its exit codes, and its error message for every wrong setting.

use crate::support::{SERVICE_KEY, User, WEBHOOK_SECRET, World};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Valid arguments. The service starts without connecting to these addresses.
fn arguments(folder: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("--listen", "127.0.0.1:0".to_owned()),
        ("--database", format!("sqlite:{}", folder.join("service.sqlite").display())),
        ("--oidc-issuer", "http://127.0.0.1:9/identity".to_owned()),
        ("--stripe-secret-key", "sk_test_that_must_not_show".to_owned()),
        ("--stripe-webhook-secret", "whsec_that_must_not_show".to_owned()),
    ]
}

pub fn command(arguments: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenwell-server"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (flag, value) in arguments {
        command.arg(flag).arg(value);
    }
    command
}

/// Runs the program. Fails the test unless it exits with code 2 and one line that contains the words and no secret.
#[track_caller]
fn refuses(command: &mut Command, words: &[&str]) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.as_slice()), (Some(2), [].as_slice()), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "`{stderr}` does not contain `{word}`");
    }
    assert!(!stderr.contains("must_not_show"), "{stderr}");
}

/// Runs the program with one setting changed, or without it.
#[track_caller]
fn refuses_with(flag: &'static str, value: Option<&str>, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = arguments(folder.path());
    arguments.retain(|(other, _)| *other != flag);
    arguments.extend(value.map(|value| (flag, value.to_owned())));
    refuses(&mut command(&arguments), words);
}

#[test]
fn every_wrong_setting_is_reported_in_one_line_that_names_the_flag_and_the_fix() {
    refuses_with("--oidc-issuer", None, &["--oidc-issuer is missing", "TOKENWELL_OIDC_ISSUER"]);
    refuses_with("--database", None, &["--database is missing", "sqlite:"]);
    refuses_with("--stripe-secret-key", None, &["--stripe-secret-key is missing", "sk_"]);
    refuses_with("--stripe-webhook-secret", None, &["--stripe-webhook-secret is missing", "whsec_"]);
    refuses_with("--listen", Some("nowhere"), &["--listen", "127.0.0.1:8787"]);
    refuses_with("--database", Some("postgres:"), &["--database", "postgres://user:password@host/tokenwell"]);
    refuses_with(
        "--database",
        Some("postgres://user:must_not_show@localhost/db?sslmode=maybe"),
        &["--database", "sslmode is disable, require or verify-full"],
    );
    refuses_with(
        "--database",
        Some("postgres://user:must_not_show@localhost:1/tokenwell"),
        &["--database postgres://localhost/tokenwell", "a PostgreSQL server that is up"],
    );
    refuses_with("--database", Some("/just/a/path"), &["--database", "sqlite:PATH"]);
    refuses_with("--oidc-issuer", Some("http://login.example.com"), &["--oidc-issuer", "https"]);
    refuses_with("--oidc-issuer", Some("nonsense"), &["--oidc-issuer", "https://login.example.com"]);
    refuses_with("--oidc-former-issuer", Some("http://id.example.com"), &["--oidc-former-issuer", "https"]);
    refuses_with("--oidc-redirect-port", Some("70000"), &["--oidc-redirect-port", "such as 51873"]);
    refuses_with(
        "--oidc-authorize-parameter",
        Some("audience"),
        &["--oidc-authorize-parameter", "name and value"],
    );
    refuses_with(
        "--oidc-authorize-parameter",
        Some("scope=email"),
        &["--oidc-authorize-parameter scope", "--oidc-scopes"],
    );
    refuses_with("--stripe-secret-key", Some("pk_must_not_show"), &["--stripe-secret-key", "sk_"]);
    refuses_with("--stripe-api-base", Some("http://stripe.example.com"), &["--stripe-api-base", "https"]);
    refuses_with("--public-url", Some("nonsense"), &["--public-url", "https://tokens.example.com"]);
    refuses_with(
        "--checkout-host",
        Some("https://checkout.stripe.com"),
        &["--checkout-host", "without https://"],
    );
    refuses_with("--min-app-version", Some("new"), &["--min-app-version", "1.2.3"]);
    refuses_with("--service-key", Some(""), &["--service-key is empty"]);
    refuses_with("--service-key", Some("must_not_show"), &["--service-key is easy to guess", "24"]);
    refuses_with("--service-key", Some("must_not_show that has a blank inside"), &["--service-key", "blank"]);
    refuses_with(
        "--service-key",
        Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        &["--service-key is easy to guess"],
    );
    refuses_with(
        "--service-key",
        Some("must_not_show\u{a0}with.a.blank.of.another.kind"),
        &["--service-key"],
    );
    refuses_with("--stripe-webhook-secret", Some("must_not_show"), &["--stripe-webhook-secret", "whsec_"]);
    refuses_with("--stripe-webhook-secret", Some("whsec_"), &["--stripe-webhook-secret"]);
    refuses_with("--stripe-secret-key", Some("sk_"), &["--stripe-secret-key"]);
    refuses_with("--catalogue", Some("/no/such/file.toml"), &["--catalogue", "cannot be read"]);
    refuses_with("--no-such-flag", Some("x"), &["--no-such-flag", "--help"]);
}

#[test]
fn the_test_clock_is_refused_with_a_live_key_and_where_strangers_can_reach_it() {
    let refused: [(&'static str, &str, &[&str]); 4] = [
        ("--stripe-secret-key", "rk_live_must_not_show", &["--stripe-secret-key", "real money"]),
        ("--public-url", "https://tokens.example.com", &["--public-url", "strangers"]),
        ("--listen", "0.0.0.0:0", &["--listen", "strangers"]),
        ("--listen", "[2001:db8::1]:0", &["--listen", "strangers"]),
    ];
    for (flag, value, words) in refused {
        let folder = tempfile::tempdir().unwrap();
        let mut arguments = arguments(folder.path());
        arguments.retain(|(other, _)| *other != flag);
        arguments.push((flag, value.to_owned()));
        refuses(command(&arguments).arg("--test-clock"), words);
        refuses(command(&arguments).arg("--test-clock"), &["leave --test-clock out"]);
    }
}

#[test]
fn a_flag_without_a_value_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    refuses(command(&arguments(folder.path())).arg("--public-url"), &["--public-url has no value"]);
}

#[test]
fn an_error_in_the_catalogue_is_reported_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalogue.toml");
    std::fs::write(&file, "spend_order = [\"top_up\", \"fast\", \"rollover\"]\nplans = []\npacks = []\n")
        .unwrap();
    refuses_with("--catalogue", file.to_str(), &["--catalogue", "line 1", "spend_order", "`top_up` last"]);
}

#[test]
fn a_port_that_is_in_use_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refuses_with("--listen", Some(&address), &["--listen", &address, "the port is taken", "choose another"]);
}

#[test]
fn a_database_that_cannot_be_written_is_reported() {
    refuses_with("--database", Some("sqlite:/no/such/folder/db"), &["--database", "may write to"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-a-database");
    std::fs::write(&file, "This is a letter and no database, whatever its name says.".repeat(100)).unwrap();
    refuses_with(
        "--database",
        Some(&format!("sqlite:{}", file.display())),
        &["--database", "not a database"],
    );
}

#[test]
fn settings_are_read_from_the_environment_too_and_help_shows_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut from_environment = command(&[]);
    for (flag, value) in arguments(folder.path()) {
        from_environment.env(format!("TOKENWELL_{}", flag[2..].replace('-', "_").to_uppercase()), value);
    }
    from_environment
        .env("TOKENWELL_SERVICE_KEY", "one_must_not_show,two_must_not_show")
        .env("TOKENWELL_TEST_CLOCK", "1");
    let help = from_environment.arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--stripe-webhook-secret") && !help.contains("must_not_show"), "{help}");

    let mut from_environment = command(&[]);
    for (flag, value) in arguments(folder.path()) {
        from_environment.env(format!("TOKENWELL_{}", flag[2..].replace('-', "_").to_uppercase()), value);
    }
    let (mut service, line) = started(&mut from_environment);
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
    service.kill().unwrap();
    service.wait().unwrap();
}

/// Starts the program. Returns it and its first line.
fn started(command: &mut Command) -> (Child, String) {
    let mut service = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (service, line)
}

#[cfg(unix)]
#[test]
fn sigterm_ends_the_program_with_exit_code_0_and_it_prints_only_its_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let (mut service, line) = started(&mut command(&arguments(folder.path())));
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    std::net::TcpStream::connect(address)
        .expect("the service accepts connections once it has printed its address");
    let sent = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(service.wait().unwrap().code(), Some(0));
    let (mut out, mut log) = (String::new(), String::new());
    service.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    service.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(out, "");
    assert!(!log.contains("must_not_show"), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn healthcheck_says_by_its_exit_code_whether_the_service_is_alive() {
    let mut world = World::start().await;
    let check = async |listen: &str| {
        let mut command: tokio::process::Command = command(&[("--listen", listen.to_owned())]).into();
        let Output { status, stdout, stderr } = command.arg("healthcheck").output().await.unwrap();
        assert!(stdout.is_empty());
        (status.code(), String::from_utf8(stderr).unwrap())
    };
    let listen = world.origin.trim_start_matches("http://").to_owned();
    assert_eq!(check(&listen).await, (Some(0), String::new()), "no other setting is needed");
    world.stop_service().await;
    let (code, why) = check(&listen).await;
    assert!(code == Some(1) && why.contains(&format!("nothing answers at {listen}")), "{code:?} {why}");
    let (code, why) = check("nowhere").await;
    assert!(code == Some(2) && why.contains("--listen"), "{code:?} {why}");
}

#[test]
fn the_log_names_the_service_key_of_a_request_and_warns_of_keys_that_may_do_everything() {
    let folder = tempfile::tempdir().unwrap();
    let key = "key_that_must_not_show_anywhere";
    let mut arguments = arguments(folder.path());
    arguments.push(("--service-key", format!("studio:read:{key},plain_key_that_must_not_show")));
    let (mut service, line) = started(command(&arguments).env("TOKENWELL_LOG", "tokenwell_server=debug"));
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "GET /v1/refunds-due HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    service.wait().unwrap();
    let mut log = String::new();
    service.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let answered = log.lines().find(|line| line.contains("answered")).unwrap();
    assert!(answered.contains(r#"service_key="studio""#), "{answered}");
    assert!(log.contains("plain_keys=1") && log.contains("may do everything"), "{log}");
    assert!(!log.contains("must_not_show"), "{log}");
}

#[tokio::test]
async fn an_acknowledged_spend_survives_a_kill_and_is_replayed() {
    let mut world = World::start().await;
    world.stop_service().await;
    let sandbox = world.sandbox.origin();
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        ("--listen", "127.0.0.1:0".to_owned()),
        ("--database", format!("sqlite:{}", folder.path().join("service.sqlite").display())),
        ("--oidc-issuer", format!("{sandbox}/identity")),
        ("--stripe-secret-key", crate::support::STRIPE_KEY.to_owned()),
        ("--stripe-webhook-secret", WEBHOOK_SECRET.to_owned()),
        ("--stripe-api-base", sandbox),
        ("--service-key", SERVICE_KEY.to_owned()),
    ];
    let (mut service, line) = started(&mut command(&arguments));
    line.trim().trim_start_matches("listening on ").clone_into(&mut world.origin);
    let bob = world.user("bob@example.com", "free").await;
    let (token, spends) = (bob.token.clone(), format!("/v1/accounts/{}/spends", bob.account_id().await));
    let body = json!({ "amount": 40, "reason": "Just before the end" });
    let spend = world.platform_post(&spends, "last", body.clone()).await;
    assert_eq!(spend.status, 201);
    service.kill().unwrap();
    service.wait().unwrap();

    let (mut service, line) = started(&mut command(&arguments));
    line.trim().trim_start_matches("listening on ").clone_into(&mut world.origin);
    let bob = User { world: &world, token };
    assert_eq!(bob.balance().await["spendable"], 110);
    assert_eq!(
        world.platform_post(&spends, "last", body).await.bytes,
        spend.bytes,
        "the spend is not executed twice"
    );
    service.kill().unwrap();
    service.wait().unwrap();
}

#[tokio::test]
async fn reconcile_prints_one_line_for_each_drift_and_its_exit_code_says_whether_drift_is_left() {
    let mut world = World::start().await;
    let ada = world.user("ada@example.com", "premium").await;
    let purchase = ada.open("small", 1).await;
    world.stop_service().await;
    let with_base = |base: &str| {
        [
            ("--database", world.database.clone()),
            ("--oidc-issuer", format!("{base}/identity")),
            ("--stripe-secret-key", "sk_test_that_must_not_show".to_owned()),
            ("--stripe-webhook-secret", WEBHOOK_SECRET.to_owned()),
            ("--stripe-api-base", base.to_owned()),
        ]
    };
    let arguments = with_base(&world.sandbox.origin());
    let run = async |arguments: &[(&str, String)], task: &[&str]| {
        let mut command = command(arguments);
        command.args(task);
        let Output { status, stdout, stderr } =
            tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let stdout = String::from_utf8(stdout).unwrap();
        (status.code(), stdout, String::from_utf8(stderr).unwrap())
    };
    let no_drift = (Some(0), String::new(), String::new());
    assert_eq!(run(&arguments, &["reconcile", "--dry-run"]).await, no_drift);
    world.sandbox(&crate::support::pay(&purchase), crate::support::card()).await;
    let (code, lines, _) = run(&arguments, &["reconcile", "--dry-run"]).await;
    assert_eq!((code, lines.lines().count()), (Some(1), 1), "{lines}");
    assert!(lines.starts_with(&format!("purchase id={}", purchase["id"].as_str().unwrap())), "{lines}");
    assert_eq!(
        run(&arguments, &["reconcile"]).await,
        (Some(0), lines, String::new()),
        "the drift is repaired"
    );
    assert_eq!(run(&arguments, &["reconcile", "--dry-run"]).await, no_drift);

    let (code, stdout, stderr) = run(&with_base("http://127.0.0.1:9"), &["reconcile", "--dry-run"]).await;
    assert_eq!((code, stdout.as_str(), stderr.lines().count()), (Some(3), "", 1), "{stderr}");
    assert!(stderr.contains("Stripe does not answer") && stderr.contains("run it again"), "{stderr}");
    let (code, _, stderr) = run(&arguments, &["reconcile", "--all"]).await;
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--all is not a setting"), "{stderr}");
}
