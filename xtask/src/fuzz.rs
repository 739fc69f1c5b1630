//! Fuzzing: every parser of untrusted bytes gets generated input for some minutes.

use crate::command::{cargo, cargo_tool, run};
use anyhow::{Context as _, Result, bail};
use std::process::{Child, Command};

/// Pinned, so that a new release of the tool does not fail an old commit.
const VERSION: &str = "0.13.2";
const TARGETS: [&str; 9] = [
    "webhook",
    "signature",
    "problem",
    "issuer_documents",
    "tokens",
    "cached_rows",
    "deep_links",
    "commands",
    "catalogue",
];
const SECONDS: u32 = 300;

/// Type-checks the targets, which compile some of the service's files.
pub fn check() -> Result<()> {
    run(&mut cargo(&[
        "check",
        "--locked",
        "--manifest-path=fuzz/Cargo.toml",
        "--bins",
        "--target-dir=target/fuzz",
    ]))
}

/// Runs each target for [`SECONDS`], as many at once as there are cores. Inputs that reach new code are added to
/// `target/fuzz/corpus`, not to the repository.
pub fn fuzz() -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("fuzzing is set up for Linux only");
    }
    run(&mut cargo_fuzz("build")?)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for targets in TARGETS.chunks(cores) {
        let running: Vec<(&str, Child)> =
            targets.iter().map(|target| Ok((*target, start(target)?))).collect::<Result<_>>()?;
        for (target, mut child) in running {
            if !child.wait()?.success() {
                bail!("fuzzing {target} failed: see target/fuzz/{target}.log and fuzz/artifacts/{target}");
            }
        }
    }
    Ok(())
}

fn start(target: &str) -> Result<Child> {
    let found = format!("target/fuzz/corpus/{target}");
    std::fs::create_dir_all(&found)?;
    let log = std::fs::File::create(format!("target/fuzz/{target}.log"))?;
    let mut run = cargo_fuzz("run")?;
    run.args([target, &found, &format!("fuzz/corpus/{target}"), "--", &format!("-max_total_time={SECONDS}")])
        .arg(format!("-dict=fuzz/dictionaries/{target}.txt"))
        .stdout(log.try_clone()?)
        .stderr(log);
    run.spawn().context("cannot start cargo fuzz")
}

fn cargo_fuzz(verb: &str) -> Result<Command> {
    let mut command = cargo_tool("cargo-fuzz", VERSION)?;
    // Coverage and the address sanitizer are unstable switches of the compiler; this variable allows them on stable.
    command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", verb, "--target-dir=target/fuzz"]);
    Ok(command)
}
