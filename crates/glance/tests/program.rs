//! The program on caches that the app wrote.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};
use tempfile::TempDir;
use tokenwell_cache::{Cache, last_heard};
use tokenwell_desktop::{account_key::AccountKey, cached_state::CacheWrite};

const SERVICE: &str = "https://tokens.example";
const RECEIVED: &str = "2026-01-22T12:00:00Z";
const RESET: &str = "2999-12-05T08:14:00Z";

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

/// A balance that is out of date on any day of its test.
fn balance(version: u64, fast: u64, locked: u64) -> CacheWrite {
    balance_of(version, fast, locked, RECEIVED, RESET)
}

/// A balance that was received at a time, with its next reset.
fn balance_of(version: u64, fast: u64, locked: u64, received_at: &str, resets_at: &str) -> CacheWrite {
    let cached = json!({
        "balance": {
            "version": version, "as_of": "2026-11-22T12:00:00Z",
            "fast": {"available": fast, "held": 0, "allowance": 25_000, "resets_at": resets_at},
            "rollover": {"available": 1_200, "held": 0, "cap": 75_000},
            "top_up": {"available": locked, "held": 0, "locked": locked, "locked_reason": if locked > 0 { json!("not_entitled") } else { json!(null) }},
            "spendable": fast + 1_200, "total": fast + 1_200 + locked, "next_spent_from": "rollover",
            "spend_order": ["rollover", "fast", "top_up"], "can_buy": true,
            "used": {"tokens": 33_650, "since": "2026-11-05T08:14:00Z"},
        },
        "received_at": received_at,
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
    if cfg!(windows) {
        // Windows has a language and a time zone of its own. `cargo xtask windows` sets the zone.
        command.env_remove("LC_ALL").env_remove("LANG").env("LC_TIME", "en_GB.UTF-8");
    }
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
        "24,120 tokens to spend · fast tokens reset 5 Dec, 09:14 CET · as of 22 Jan, 13:00 CET · may be out of date"
    );
}

#[test]
fn the_balance_is_printed_as_one_json_object() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let output = glance(folder.path(), &["--json"]).output().unwrap();
    let object: Value = serde_json::from_str(printed(&output)).unwrap();
    assert_eq!(object["balance"]["fast"]["available"], 22_920);
    assert_eq!((&object["plan"], &object["low"]), (&json!("premium"), &json!(false)));
    assert_eq!(object["received_at"], RECEIVED);
    assert_eq!((&object["stale"], &object["heard_at"]), (&json!(true), &json!(null)));
    assert!(object["age_s"].is_u64());
    assert!(!printed(&output).contains("ada@"), "no personal data is printed");
}

#[test]
fn a_line_of_ones_own_has_the_fields_that_it_names() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 5_000)]);
    let line = |format: &str| {
        let output = glance(folder.path(), &["--format", format]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        printed(&output).to_owned()
    };
    assert_eq!(line("{spendable} ({fast} fast)"), "24,120 (22,920 fast)");
    assert_eq!(
        line("{total} {rollover}/{rollover_cap} {fast}/{allowance} {top_up} {locked} {next} {plan}"),
        "29,120 1,200/75,000 22,920/25,000 5,000 5,000 Rollover Bank Premium"
    );
    assert_eq!(line("{{{low}}} {resets}"), "{} 5 Dec, 09:14 CET");
    assert_eq!(line("{stale}, as of {as_of}"), "may be out of date, as of 22 Jan, 13:00 CET");

    let output = glance(folder.path(), &["--format", "{spendable} {fats}"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), printed(&output)), (Some(2), ""));
    assert!(
        error.contains("there is no field {fats}; the fields are {spendable} {total} {rollover}"),
        "{error}"
    );
}

#[test]
fn dates_and_numbers_follow_the_locales_that_are_set_for_them() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let printed_with = |variables: &[(&str, &str)]| {
        let mut command = glance(folder.path(), &["--format", "{spendable}, {resets}"]);
        command
            .env_remove("LC_ALL")
            .env_remove("LC_TIME")
            .env("LANG", "en_US.UTF-8")
            .envs(variables.iter().copied());
        printed(&command.output().unwrap()).replace('\u{202f}', " ")
    };
    assert_eq!(printed_with(&[]), "24,120, Dec 5, 9:14 AM CET");
    assert_eq!(printed_with(&[("LC_TIME", "de_DE.UTF-8")]), "24,120, 5 Dec, 09:14 CET");
    assert_eq!(printed_with(&[("LC_NUMERIC", "de_DE.UTF-8")]), "24.120, Dec 5, 9:14 AM CET");
}

#[test]
fn a_balance_is_current_while_the_app_hears_from_the_service() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let classes = || {
        let output = glance(folder.path(), &["--waybar"]).output().unwrap();
        serde_json::from_str::<Value>(printed(&output)).unwrap()["class"].clone()
    };
    assert_eq!(classes(), json!(["stale"]));
    last_heard::note(folder.path(), &key(), Timestamp::now()).unwrap();
    assert_eq!(classes(), json!([]));
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
        Self::of(glance(folder, arguments))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
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

/// A moment in the near future.
fn soon() -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(1)
}

#[test]
fn watching_says_by_itself_that_the_balance_has_turned_stale() {
    let folder = cache(&[account(), CacheWrite::Current(key())]);
    let received_at = (soon() - SignedDuration::from_mins(15)).to_string();
    write(folder.path(), &[balance_of(1, 22_920, 0, &received_at, RESET)]);
    let mut watching = Watching::start(folder.path(), &["--watch", "--format", "{spendable} {stale}"]);
    assert_eq!(watching.line(), "24,120 \n");
    assert_eq!(watching.line(), "24,120 may be out of date\n");
}

#[test]
fn watching_says_by_itself_that_the_allowance_is_due() {
    let (resets_at, now) = (soon().to_string(), Timestamp::now().to_string());
    let folder = cache(&[account(), CacheWrite::Current(key()), balance_of(1, 22_920, 0, &now, &resets_at)]);
    let mut watching = Watching::start(folder.path(), &["--watch", "--json"]);
    let stale = |line: String| serde_json::from_str::<Value>(&line).unwrap()["stale"].clone();
    assert_eq!(stale(watching.line()), false);
    assert_eq!(stale(watching.line()), true, "the figure is that of the month before");
}

#[cfg(unix)]
#[test]
fn watching_follows_the_computer_into_another_time_zone() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let system = tempfile::tempdir().unwrap();
    let zone_file = system.path().join("localtime");
    let travel = |zone: &str| {
        let new = system.path().join("new");
        fs::copy(Path::new("/usr/share/zoneinfo").join(zone), &new).unwrap();
        fs::rename(new, &zone_file).unwrap();
    };
    travel("Europe/Berlin");
    let mut command = glance(folder.path(), &["--watch", "--format", "{resets}"]);
    command.env("TZ", format!(":{}", zone_file.display()));
    let mut watching = Watching::of(command);
    assert_eq!(watching.line(), "5 Dec, 09:14 CET\n");
    travel("Asia/Tokyo");
    assert_eq!(watching.line(), "5 Dec, 17:14 JST\n");
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

#[cfg(unix)]
#[test]
fn watching_ends_with_its_reader_although_nothing_changes() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let mut watching = Watching::start(folder.path(), &["--watch"]);
    watching.line();
    // A bar closes the pipe when it ends.
    watching.1 = None;
    assert!(watching.0.wait().unwrap().success());
}

#[cfg(windows)]
#[test]
fn watching_ends_with_the_program_that_started_it_although_nothing_changes() {
    let folder = cache(&[account(), CacheWrite::Current(key()), balance(1, 22_920, 0)]);
    let glance = glance(folder.path(), &["--watch"]);
    let mut bar = Command::new("cmd");
    // A slash would begin an option.
    bar.arg("/c").arg(glance.get_program().to_str().unwrap().replace('/', "\\")).args(glance.get_args());
    let mut watching = Watching::of(bar);
    assert!(watching.line().starts_with("24,120 tokens"));
    watching.0.kill().unwrap();
    assert_eq!(watching.line(), "", "the output is closed");
}

/// An account that is read with an API key, whose figures were received now.
fn key_account(received_at: Timestamp) -> CacheWrite {
    let account = json!({
        "service": "https://cloud.leonardo.ai", "id": "k1", "platform": "leonardo", "name": "Leonardo.Ai", "refused": false,
        "readings": {
            "meters": [
                {"id": "/a", "name": "Plan", "amount": "0", "unit": "tokens", "limit": null, "renews_at": null},
                {"id": "/b", "name": "Paid", "amount": "12.4567", "unit": "tokens", "limit": "200", "renews_at": null},
                {"id": "/c", "name": "More", "amount": null, "unit": "tokens", "limit": null, "renews_at": null},
            ],
            "received_at": received_at,
        },
    });
    CacheWrite::KeyAccount(serde_json::from_value(account).unwrap())
}

#[test]
fn an_account_that_is_read_with_an_api_key_is_printed_by_its_name_or_platform() {
    let folder =
        cache(&[account(), balance(1, 22_920, 0), CacheWrite::Current(key()), key_account(Timestamp::now())]);
    let run = |arguments: &[&str]| glance(folder.path(), arguments).output().unwrap();
    assert!(printed(&run(&[])).starts_with("24,120 tokens to spend"), "the account that the app shows");
    for name in ["leonardo", "Leonardo.Ai", "https://cloud.leonardo.ai k1"] {
        let line = run(&["--account", name]);
        let expected = "Plan: 0 · Paid: 12.4567 of 200 · More: not reported · running low · as of ";
        assert!(printed(&line).starts_with(expected), "{name}: {line:?}");
    }
    assert!(printed(&run(&["--account", "ADA@example.com"])).starts_with("24,120"));

    let object: Value = serde_json::from_str(printed(&run(&["--account", "leonardo", "--json"]))).unwrap();
    assert_eq!((&object["stale"], &object["low"]), (&json!(false), &json!(true)));
    let amounts: Vec<&Value> =
        object["meters"].as_array().unwrap().iter().map(|meter| &meter["amount"]).collect();
    assert_eq!(amounts, [&json!("0"), &json!("12.4567"), &json!(null)]);
    let bar: Value = serde_json::from_str(printed(&run(&["--account", "leonardo", "--waybar"]))).unwrap();
    assert_eq!((&bar["text"], &bar["percentage"]), (&json!("12.45"), &json!(6)));
    let own = run(&["--account", "leonardo", "--format", "{plan} {spendable}/{allowance}{fast}"]);
    assert_eq!(printed(&own).trim_end(), "Leonardo.Ai 12.4567/200");

    let unknown = run(&["--account", "nobody"]);
    assert_eq!(unknown.status.code(), Some(4));
    let error = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(error.contains("the accounts are: Ada Moreau, Leonardo.Ai"), "{error}");
}

#[test]
fn figures_of_a_platform_are_stale_after_35_minutes_and_follow_the_app() {
    let received = Timestamp::now() - SignedDuration::from_mins(36);
    let folder = cache(&[key_account(received)]);
    write(folder.path(), &[CacheWrite::Current(AccountKey::read("https://cloud.leonardo.ai k1").unwrap())]);
    let output = glance(folder.path(), &["--json"]).output().unwrap();
    let object: Value = serde_json::from_str(printed(&output)).unwrap();
    assert_eq!((&object["stale"], &object["account"]), (&json!(true), &json!("Leonardo.Ai")));
}
