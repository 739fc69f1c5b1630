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
    let tasks = ["reconcile", "check", "migrate", "copy"];
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
