//! Starting other programs: cargo, npm and the rest.

use crate::setup;
use anyhow::{Context as _, Result, bail};
use std::process::Command;

/// Prints a heading for the next step.
#[expect(clippy::print_stdout, reason = "a command line tool prints its progress")]
pub fn announce(what: &str) {
    println!("── {what}");
}

/// Runs a command with its output shown, and fails if the command fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// A `cargo` command.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // Cargo sets these for this program. Build scripts that watch them (ring's does) would run again.
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// An `npm` command in a folder.
pub fn npm(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(setup::root().join(folder)).args(arguments);
    command
}

/// A cargo tool in exactly this version, built from source into `target/tools` unless it exists there.
pub fn cargo_tool(name: &str, version: &str) -> Result<Command> {
    let tools = setup::root().join("target/tools").join(format!("{name}-{version}"));
    let tool = tools.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !tool.exists() {
        announce(&format!("Building {name} {version}"));
        let mut install = cargo(&["install", "--locked", "--quiet", "--debug", "--version", version, name]);
        run(install.arg("--root").arg(&tools))?;
    }
    Ok(Command::new(tool))
}
