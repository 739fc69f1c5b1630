//! `docs/operating.md` is complete.

use std::collections::BTreeSet;
use std::process::Command;

const PAGE: &str = include_str!("../../../../docs/operating.md");

#[test]
fn operating_md_lists_every_flag_and_no_unknown_one() {
    let help = |task: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tokenwell-server")).args(task).arg("--help").output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let tasks = ["reconcile", "check", "healthcheck", "import", "migrate", "copy"];
    let helps = help(&[]) + &tasks.map(|task| help(&[task])).concat();
    let known: BTreeSet<&str> = flags(&helps).collect();
    assert!(known.len() > 20, "{known:?}");
    for flag in known.iter().filter(|flag| !["--help", "--version"].contains(flag)) {
        assert!(PAGE.contains(&format!("`{flag}`")), "{flag} is not on the page");
    }
    let rows = PAGE.lines().filter(|line| line.starts_with("| `--"));
    for flag in rows.flat_map(flags) {
        assert!(known.contains(flag), "{flag} is on the page, but is not a flag of the program");
    }
}

fn flags(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
    words.filter(|word| word.len() > 3 && word.starts_with("--") && !word.ends_with('-'))
}

#[test]
fn the_alert_rules_are_the_alerts_of_operating_md_over_metrics_that_it_lists() {
    let rules = include_str!("../../packaging/tokenwell.rules.yml");
    let field = |name: &'static str| {
        move |line: &'static str| line.trim_start().strip_prefix(name).map(str::to_owned)
    };
    let mut expected = BTreeSet::new();
    let (_, section) = PAGE.split_once("### Recommended alerts\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for alert in section.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (expression, rest) = alert.split_once('`').unwrap();
        let wait = rest.split_once(" for ").and_then(|(_, rest)| rest.split_once(" min |"));
        let wait = wait.map_or(String::new(), |(minutes, _)| format!(" for {minutes}m"));
        expected.insert(format!("{}{wait}", expression.replace("\\|", "|")));
    }
    let mut written = BTreeSet::new();
    for rule in rules.split("- alert: ").skip(1) {
        let value = |name| rule.lines().find_map(field(name));
        let wait = value("for: ").map_or(String::new(), |minutes| format!(" for {minutes}"));
        written.insert(format!("{}{wait}", value("expr: ").unwrap()));
    }
    assert_eq!(written, expected);
    for expression in &written {
        let words = expression.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        for metric in words.filter(|word| word.starts_with("tokenwell_")) {
            let metric = metric.trim_end_matches("_bucket");
            assert!(PAGE.contains(&format!("`{metric}`")), "{metric} is not on the page");
        }
    }
}
