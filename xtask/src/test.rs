//! `cargo xtask test`: every check and every test, as CI runs them, cheapest first.

use crate::setup::{self, cargo, must, npm, say};
use anyhow::Result;
use clap::Args;
use std::process::Command;

/// Pinned, so that a new release of the tool does not fail an old commit.
const CARGO_DENY: &str = "0.20.2";

#[derive(Args)]
pub struct Options {
    /// Only the tests: no formatting, lints or dependency checks.
    #[arg(long)]
    only_tests: bool,
    /// How many seeds the simulation of payments runs.
    #[arg(long, default_value_t = 2000)]
    storms: u32,
}

pub fn test(options: &Options) -> Result<()> {
    setup::debian_packages(&[setup::TO_BUILD, setup::TO_SHOW, setup::TO_DRIVE].concat())?;
    setup::npm_packages("tests/peers")?;
    setup::panel()?;
    if !options.only_tests {
        lint()?;
    }
    say("Testing the panel");
    must(&mut npm("ui", &["run", "--silent", "test"]))?;
    say("Building every program");
    must(&mut cargo(&["build", "--workspace", "--bins"]))?;
    say("Testing the crates");
    let mut crates = cargo(&["test", "--workspace", "--exclude=tokenwell"]);
    must(crates.env("TOKENWELL_STORM_SEEDS", options.storms.to_string()))?;
    say("Testing the app, end to end");
    must(cargo(&["test", "--package=tokenwell", "--", "--test-threads=2"]).env("LANG", "en_US.UTF-8"))
}

fn lint() -> Result<()> {
    say("Checking the panel");
    must(&mut npm("ui", &["run", "--silent", "check"]))?;
    say("Formatting and lints");
    must(&mut cargo(&["fmt", "--all", "--check"]))?;
    must(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]))?;
    say("Licences, sources and bans of the dependencies");
    deny()
}

/// `cargo deny`, installed beside the build if the machine has none. Advisories need a database from outside, so
/// they are checked where that can be fetched, not here: see CONTRIBUTING.md.
fn deny() -> Result<()> {
    let tools = setup::root().join("target/tools");
    let ours = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !ours.exists() {
        let mut install = cargo(&["install", "--locked", "--quiet", "--version", CARGO_DENY, "cargo-deny"]);
        must(install.arg("--debug").arg("--root").arg(&tools))?;
    }
    // Crates of the other systems are looked at too, and a build here has not fetched those.
    must(&mut cargo(&["fetch", "--locked"]))?;
    must(Command::new(ours).args(["--offline", "check", "bans", "licenses", "sources"]))
}
