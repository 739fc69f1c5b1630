//! `clients/typescript`: the client for platforms' back ends, and an example back end that uses it.

use crate::support::{Response, SERVICE_KEY, World, send, with_npm_packages};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// The folder with the client, compiled.
static CLIENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let client = with_npm_packages("clients/typescript");
    node(&client, &["node_modules/typescript/bin/tsc"]);
    client
});

/// Runs a program of Node.js.
#[track_caller]
fn node(folder: &Path, arguments: &[&str]) {
    let Output { status, stdout, stderr } =
        Command::new("node").args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let output = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    assert!(status.success(), "node {arguments:?}: {output}");
}

#[test]
fn the_types_of_the_typescript_client_are_those_of_the_openapi_document() {
    let client = with_npm_packages("clients/typescript");
    let folder = tempfile::tempdir().unwrap();
    let [document, generated] = ["openapi.json", "schema.ts"].map(|name| folder.path().join(name));
    std::fs::write(&document, tokenwell_server::openapi_document().to_json().unwrap()).unwrap();
    let [from, to] = [&document, &generated].map(|path| path.to_str().unwrap());
    let generator = "node_modules/openapi-typescript/bin/cli.js";
    // A field with a default can be left out.
    node(&client, &[generator, from, "--output", to, "--default-non-nullable=false"]);
    let generated = std::fs::read_to_string(generated).unwrap();
    let file = client.join("src/schema.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let current = std::fs::read_to_string(file).unwrap();
    assert!(current == generated, "the API has changed: UPDATE=1 writes the types again");
}

#[test]
fn the_tests_of_the_typescript_client_pass() {
    node(&CLIENT, &["--test", "dist/test/withHold.test.js"]);
}

#[tokio::test]
async fn a_back_end_with_the_typescript_client_sells_pictures_for_tokens() {
    let world = World::start().await;
    let mut program = tokio::process::Command::new("node");
    program.arg(CLIENT.join("dist/example/server.js")).env("TOKENS", &world.origin).env("KEY", SERVICE_KEY);
    let mut program = program.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let origin = lines.next_line().await.unwrap().unwrap();
    let order = async |job: &str, of: &str| -> (u16, Value) {
        let order = json!({ "user": "user 42/ä", "job": job, "of": of });
        let Response { status, body, .. } =
            send(world.http.post(format!("{origin}/pictures")).json(&order)).await;
        (status, body)
    };
    let spendable = async || {
        world.platform("/v1/accounts/ext:user%2042%2F%C3%A4/balance").await.ok()["spendable"]
            .as_u64()
            .unwrap()
    };

    let (status, failed) = order("job-1", "a whale in a storm").await;
    assert_eq!(
        (status, &failed["message"]),
        (500, &json!("The picture could not be drawn. It cost nothing."))
    );
    assert_eq!(spendable().await, 150, "the day's tokens");

    let (status, sold) = order("job-2", "a gull").await;
    assert_eq!(status, 200, "{sold}");
    assert!(sold["picture"].as_str().unwrap().starts_with("<svg"), "{sold}");
    assert_eq!(spendable().await, 90, "ten for each letter");
    assert_eq!(order("job-2", "a gull").await, (200, sold), "the same job again");
    assert_eq!(spendable().await, 90, "is paid once");

    let (status, refused) = order("job-3", "a cat").await;
    let message = "This takes up to 100 tokens, and you have 90. Choose a plan in Tokenwell.";
    assert_eq!((status, &refused["message"]), (402, &json!(message)));
    program.kill().await.unwrap();
}
