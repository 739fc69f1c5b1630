//! The program: its first line, its exit codes, and its data after a restart.

use std::process::{Command, Output, Stdio};
#[cfg(unix)]
use {
    crate::support::PACK,
    std::io::{BufRead, BufReader},
    std::process::{Child, ExitStatus},
};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenwell-sandbox"));
    let set: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("TOKENWELL_SANDBOX_")).collect();
    for (name, _) in set {
        command.env_remove(name);
    }
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(unix)]
struct Started {
    child: Child,
    origin: String,
}

#[cfg(unix)]
fn start(arguments: &[&str]) -> Started {
    let mut child = program(arguments).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let origin = line.strip_prefix("listening on ").unwrap().trim_end().to_owned();
    Started { child, origin }
}

#[cfg(unix)]
impl Drop for Started {
    /// Ends the program of a story that failed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
impl Started {
    fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

fn refused(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

#[cfg(unix)]
#[tokio::test]
async fn a_restart_finds_all_data_and_sigterm_exits_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/er");
    let arguments = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let started = start(&arguments);
    let client = crate::support::client();
    let post = |path: String, body: &'static str| {
        client
            .post(path)
            .bearer_auth("sk_test_1")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body)
    };
    let session =
        crate::support::send(post(format!("{}/v1/checkout/sessions", started.origin), PACK)).await.ok();
    let user = client
        .post(format!("{}/sandbox/users", started.origin))
        .json(&serde_json::json!({ "email": "ada@example.com" }));
    let user = crate::support::send(user).await.ok();
    assert!(refused(&arguments).contains("--data"), "a second program took the same folder");
    assert_eq!(started.terminate().code(), Some(0));

    let started = start(&arguments);
    let path = format!("{}/v1/checkout/sessions/{}", started.origin, crate::support::id(&session));
    let found = crate::support::send(client.get(path).bearer_auth("sk_test_1")).await.ok();
    assert_eq!(found, session);
    let users = crate::support::send(client.get(format!("{}/sandbox/users", started.origin))).await.ok();
    assert_eq!(users["users"][0]["id"], user["id"]);
    assert_eq!(started.terminate().code(), Some(0));
}

#[test]
fn invalid_settings_are_reported_in_one_line_that_names_the_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap();
    for (arguments, words) in [
        (vec!["--listen", "nowhere"], ["--listen", "nowhere"]),
        (vec!["--listen", &taken], ["--listen", "port"]),
        (vec!["--webhook-url", "http://127.0.0.1:1/x"], ["--webhook-secret", "--webhook-secret"]),
        (vec!["--webhook-url", "ftp://x", "--webhook-secret", "s"], ["--webhook-url", "http://"]),
        (vec!["--listen", "127.0.0.1:0", "--data", file], ["--data", "folder"]),
        (vec!["--colour", "red"], ["--colour", "unexpected"]),
    ] {
        let message = refused(&arguments);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
}

#[test]
fn settings_are_also_read_from_the_environment() {
    let output = program(&[]).env("TOKENWELL_SANDBOX_LISTEN", "nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--listen"));
}
