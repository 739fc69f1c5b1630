//! The program on caches that the app wrote.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};
use tempfile::TempDir;
use tokenwell_cache::Cache;
use tokenwell_desktop::{account_key::AccountKey, cached_state::CacheWrite};

const SERVICE: &str = "https://tokens.example";

fn key() -> AccountKey {
    AccountKey { service: SERVICE.into(), id: "a1".into() }
}

/// Ada's account.
fn account() -> CacheWrite {
    let profile = json!({
        "account": {
            "id": "a1", "email": "ada@example.com",
            "plan": {"id": "premium", "name": "Premium", "allowance": 25_000, "allowance_period": "month", "rollover_cap": 75_000},
            "subscription": {"status": "active", "entitled": true, "renews_at": null, "cancel_at_period_end": false, "ended_at": null, "plan_id": "premium"},
        },
        "name": "Ada Moreau",
    });
    CacheWrite::Account(SERVICE.into(), serde_json::from_value(profile).unwrap())
}

fn balance(version: u64, fast: u64, locked: u64) -> CacheWrite {
    let cached = json!({
        "balance": {
            "version": version, "as_of": "2026-11-22T12:00:00Z",
            "fast": {"available": fast, "held": 0, "allowance": 25_000, "resets_at": "2026-12-05T08:14:00Z"},
            "rollover": {"available": 1_200, "held": 0, "cap": 75_000},
            "top_up": {"available": locked, "held": 0, "locked": locked, "locked_reason": if locked > 0 { json!("not_entitled") } else { json!(null) }},
            "spendable": fast + 1_200, "total": fast + 1_200 + locked, "next_spent_from": "rollover",
            "spend_order": ["rollover", "fast", "top_up"], "can_buy": true,
            "used": {"tokens": 33_650, "since": "2026-11-05T08:14:00Z"},
        },
        "received_at": "2026-11-22T12:00:00Z",
    });
    CacheWrite::Balance(key(), serde_json::from_value(cached).unwrap())
}

/// A folder whose cache has these entries.
fn cache(entries: &[CacheWrite]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), entries);
    folder
}

fn write(folder: &Path, entries: &[CacheWrite]) {
    let (mut cache, _) = Cache::open(folder);
    for entry in entries {
        cache.write(entry).unwrap();
    }
}

fn glance(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenwell-glance"));
    command.arg("--cache").arg(folder).args(arguments);
    command.env("LC_ALL", "en_GB.UTF-8").env("LANG", "en_GB.UTF-8").env("TZ", "Europe/Berlin");
    command
}

fn printed(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap().trim_end()
}

#[test]
fn the_balance_is_printed_as_one_line_of_text() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let output = glance(folder.path(), &[]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        printed(&output),
        "24,120 tokens to spend · fast tokens reset 5 Dec, 09:14 CET · as of 22 Nov, 13:00 CET"
    );
}

#[test]
fn the_balance_is_printed_as_one_json_object() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let output = glance(folder.path(), &["--json"]).output().unwrap();
    let object: Value = serde_json::from_str(printed(&output)).unwrap();
    assert_eq!(object["balance"]["fast"]["available"], 22_920);
    assert_eq!((&object["plan"], &object["low"]), (&json!("premium"), &json!(false)));
    assert_eq!(object["received_at"], "2026-11-22T12:00:00Z");
    assert!(object["age_s"].is_u64());
    assert!(!printed(&output).contains("ada@"), "no personal data is printed");
}

#[test]
fn the_waybar_module_has_classes_for_low_locked_and_stale() {
    let settings = json!({"alerts": {"on": false, "below": [2_000]}});
    let settings = CacheWrite::Settings(serde_json::from_value(settings).unwrap());
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 150, 5_000), settings]);
    let output = glance(folder.path(), &["--waybar"]).output().unwrap();
    let module: Value = serde_json::from_str(printed(&output)).unwrap();
    assert_eq!(
        (&module["text"], &module["alt"], &module["percentage"]),
        (&json!("1,350"), &json!("rollover"), &json!(3))
    );
    assert_eq!(module["class"], json!(["low", "locked", "stale"]));
    let tooltip: Vec<_> = module["tooltip"].as_str().unwrap().lines().collect();
    assert_eq!(tooltip[..3], ["1,350 tokens to spend", "running low", "5,000 locked"]);
}

#[test]
fn without_a_balance_a_message_and_an_exit_code_give_the_reason() {
    let never = tempfile::tempdir().unwrap();
    let signed_out = cache(&[CacheWrite::Service(SERVICE.into())]);
    let not_received = cache(&[account(), CacheWrite::Current(key())]);
    let damaged = tempfile::tempdir().unwrap();
    fs::write(damaged.path().join(tokenwell_cache::FILE), "no database ".repeat(100)).unwrap();
    for (folder, code, message, class) in [
        (&never, 3, "has not been used", "never-used"),
        (&signed_out, 4, "signed out", "signed-out"),
        (&not_received, 4, "no balance yet", "no-figures"),
        (&damaged, 5, "the cache cannot be read", "unreadable"),
    ] {
        let output = glance(folder.path(), &[]).output().unwrap();
        assert_eq!((output.status.code(), printed(&output)), (Some(code), ""), "{message}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(message), "{output:?}");

        let output = glance(folder.path(), &["--waybar"]).output().unwrap();
        let module: Value = serde_json::from_str(printed(&output)).unwrap();
        assert_eq!((output.status.code(), &module["class"]), (Some(code), &json!([class])));
    }
    assert_eq!(fs::read_dir(never.path()).unwrap().count(), 0, "reading creates no file");
    let output = glance(never.path(), &["--json", "--waybar"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

struct Watching(Child, Option<BufReader<ChildStdout>>);

impl Watching {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child =
            glance(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self(child, Some(lines))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_prints_exactly_one_line_for_each_change() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let mut watching = Watching::start(folder.path(), &["--watch"]);
    assert!(watching.line().starts_with("24,120 tokens"));

    // Like the app: one open connection, and a write for every push.
    let (mut app, _) = Cache::open(folder.path());
    app.write(&balance(2, 22_000, 0)).unwrap();
    assert!(watching.line().starts_with("23,200 tokens"));
    // A write that does not change the balance prints no line, so the next line has the next balance.
    app.write(&CacheWrite::Service(SERVICE.into())).unwrap();
    app.write(&balance(3, 21_000, 0)).unwrap();
    assert!(watching.line().starts_with("22,200 tokens"));
    app.write(&CacheWrite::Forget(key())).unwrap();
    assert!(watching.line().starts_with("signed out"));
}

#[test]
fn watching_waits_for_a_cache_that_does_not_exist_yet() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("app");
    let mut watching = Watching::start(&folder, &["--watch", "--waybar"]);
    let module: Value = serde_json::from_str(&watching.line()).unwrap();
    assert_eq!(module["class"], json!(["never-used"]));

    write(&folder, &[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    // Until the balance is written, the lines report that it is missing.
    let text = loop {
        let module: Value = serde_json::from_str(&watching.line()).unwrap();
        if module["text"] != "–" {
            break module["text"].clone();
        }
    };
    assert_eq!(text, "24,120");
}

#[test]
fn watching_ends_when_the_reader_closes_the_pipe() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let mut watching = Watching::start(folder.path(), &["--watch"]);
    watching.line();
    // A bar closes the pipe when it ends.
    watching.1 = None;
    write(folder.path(), &[balance(2, 1, 0)]);
    assert!(watching.0.wait().unwrap().success());
}
