//! `tokenwell-server check` as operators run it: what it prints, and its exit codes.

use crate::check::{healthy, recommended_portal};
use crate::program::command;
use crate::support::{STRIPE_KEY, WEBHOOK_SECRET, World};
use serde_json::{Value, json};
use std::process::Output;

/// Runs the check of a world's service. Returns the exit code and what was printed on stdout.
async fn check(world: &World, stripe: &str, options: &[&str]) -> (i32, String) {
    let sandbox = world.sandbox.origin();
    let arguments = [
        ("--public-url", world.origin.clone()),
        ("--database", world.database.clone()),
        ("--oidc-issuer", format!("{sandbox}/identity")),
        ("--stripe-secret-key", STRIPE_KEY.to_owned()),
        ("--stripe-webhook-secret", WEBHOOK_SECRET.to_owned()),
        ("--stripe-api-base", stripe.to_owned()),
        ("--checkout-host", world.sandbox.addr.to_string()),
    ];
    let mut command = command(&arguments);
    command.arg("check").args(options);
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    for printed in [&stdout, &stderr] {
        let printed = String::from_utf8_lossy(printed);
        assert!(!printed.contains(STRIPE_KEY) && !printed.contains(WEBHOOK_SECRET), "{printed}");
    }
    (status.code().unwrap(), String::from_utf8(stdout).unwrap())
}

#[tokio::test]
async fn a_fine_setup_ends_with_0_and_one_line_for_each_thing_that_was_looked_at() {
    let world = healthy().await;
    let (code, lines) = check(&world, &world.sandbox.origin(), &[]).await;
    assert_eq!(code, 0, "{lines}");
    assert!(lines.lines().count() > 10 && lines.lines().all(|line| line.starts_with("fine ")), "{lines}");
}

#[tokio::test]
async fn a_risk_ends_with_1_and_its_line_says_what_to_do() {
    let world = healthy().await;
    world.sandbox_set("/sandbox/portal", json!({})).await;
    let (code, lines) = check(&world, &world.sandbox.origin(), &[]).await;
    let risks: Vec<&str> = lines.lines().filter(|line| !line.starts_with("fine ")).collect();
    assert_eq!((code, risks.len()), (1, 1), "{lines}");
    assert!(risks[0].starts_with("risk ") && risks[0].contains("portal"), "{}", risks[0]);

    let (code, text) = check(&world, &world.sandbox.origin(), &["--json"]).await;
    let report: Value = serde_json::from_str(&text).unwrap();
    let is_risk = |finding: &&Value| finding["state"] == "risk";
    let risk = report["findings"].as_array().unwrap().iter().find(is_risk).unwrap();
    assert_eq!((code, &risk["name"]), (1, &json!("portal_changes")));
    assert!(risks[0].contains(risk["remedy"].as_str().unwrap()), "{} does not say {risk}", risks[0]);
    world.sandbox_set("/sandbox/portal", recommended_portal()).await;
}

#[tokio::test]
async fn what_cannot_be_checked_ends_with_2() {
    let world = healthy().await;
    let (code, lines) = check(&world, "http://127.0.0.1:9", &[]).await;
    assert_eq!(code, 2, "{lines}");
    assert!(lines.lines().any(|line| line.starts_with("unknown ")), "{lines}");
}
