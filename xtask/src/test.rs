//! `cargo xtask test`: every check and every test, as CI runs them, cheapest first.

use crate::setup::{self, cargo, must, npm, say};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
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
    say("Testing the service on PostgreSQL");
    let mut on_postgres = cargo(&["test", "--package=tokenwell-server", "--test=service"]);
    must(on_postgres.env("TOKENWELL_TEST_STORE", "postgres"))?;
    #[cfg(target_os = "linux")]
    {
        say("Fuzzing what reads bytes of strangers, a minute each");
        fuzz()?;
    }
    say("Testing the app, end to end");
    must(&mut cargo(&["test", "--package=tokenwell", "--", "--test-threads=2"]))
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

/// Advisories need a database from outside, so they are checked where that can be fetched, not here: see
/// CONTRIBUTING.md.
fn deny() -> Result<()> {
    let deny = tool("cargo-deny", CARGO_DENY)?;
    // Crates of the other systems are looked at too, and a build here has not fetched those.
    must(&mut cargo(&["fetch", "--locked"]))?;
    must(Command::new(deny).args(["--offline", "check", "bans", "licenses", "sources"]))
}

/// Each target for a minute, all at once. What they find for the corpus stays out of the repository.
#[cfg(target_os = "linux")]
fn fuzz() -> Result<()> {
    use anyhow::{Context as _, bail};

    const CARGO_FUZZ: &str = "0.13.2";
    const TARGETS: [&str; 3] = ["webhook", "signature", "problem"];
    let cargo_fuzz = tool("cargo-fuzz", CARGO_FUZZ)?;
    let fuzz = |verb: &str| {
        let mut command = Command::new(&cargo_fuzz);
        // Coverage and the address sanitizer are switches of the compiler that only nightly has without this.
        command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", verb, "--target-dir=target/fuzz"]);
        command
    };
    must(&mut fuzz("build"))?;
    let mut running = Vec::new();
    for target in TARGETS {
        let found = format!("target/fuzz/corpus/{target}");
        std::fs::create_dir_all(&found)?;
        let log = std::fs::File::create(format!("target/fuzz/{target}.log"))?;
        let mut run = fuzz("run");
        run.args([target, &found, &format!("fuzz/corpus/{target}"), "--", "-max_total_time=60"])
            .arg(format!("-dict=fuzz/dictionaries/{target}.txt"))
            .stdout(log.try_clone()?)
            .stderr(log);
        running.push((target, run.spawn().context("cannot start cargo fuzz")?));
    }
    for (target, mut run) in running {
        if !run.wait()?.success() {
            bail!(
                "fuzzing {target} found something: see target/fuzz/{target}.log and fuzz/artifacts/{target}"
            );
        }
    }
    Ok(())
}

/// A tool of cargo's, installed beside the build.
fn tool(name: &str, version: &str) -> Result<PathBuf> {
    let tools = setup::root().join("target/tools");
    let tool = tools.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !tool.exists() {
        let mut install = cargo(&["install", "--locked", "--quiet", "--debug", "--version", version, name]);
        must(install.arg("--root").arg(&tools))?;
    }
    Ok(tool)
}
