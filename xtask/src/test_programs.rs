//! The workspace's test programs: builds them once and runs those that a step asks for.
//!
//! Cargo compiles dependencies with the features that the selected packages ask for, so `-p` and `--workspace` build most of
//! them twice. Everything here is built with one selection, the whole workspace, and test programs are started directly.

use crate::command::{announce, cargo};
use crate::setup;
use crate::steps::{Programs, Tests};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A built test program.
#[derive(Debug, Clone)]
pub struct TestProgram {
    pub package: String,
    /// The name of an integration test; nothing for the unit tests of a library or program.
    pub target: Option<String>,
    pub file: PathBuf,
    folder: PathBuf,
}

/// What to build.
pub enum Scope {
    /// The unit tests of every library, and the integration tests of these names.
    Some(Vec<String>),
    /// Every test and every program.
    Everything,
}

/// Builds test programs, and with [`Scope::Everything`] the programs that they start.
pub fn build(scope: &Scope) -> Result<Vec<TestProgram>> {
    let mut command = cargo(&["build", "--workspace", "--message-format=json-render-diagnostics"]);
    match scope {
        Scope::Everything => {
            command.arg("--all-targets");
        }
        Scope::Some(targets) => {
            // Not `cargo build`: only `cargo test --lib` builds a library's unit tests.
            command = cargo(&["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
            command.arg("--lib").args(targets.iter().map(|target| format!("--test={target}")));
        }
    }
    build_with(&mut command)
}

/// Builds with a command of cargo that prints JSON, and returns the test programs.
pub fn build_with(command: &mut Command) -> Result<Vec<TestProgram>> {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    let lines = std::str::from_utf8(&output.stdout)?.lines();
    let messages = lines.map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    Ok(messages.iter().filter_map(test_program).collect())
}

/// Reads a message of cargo; nothing if it does not report a test program.
fn test_program(message: &Value) -> Option<TestProgram> {
    let is_test = message["profile"]["test"].as_bool().unwrap_or_default();
    let file = message["executable"].as_str().filter(|_| is_test)?;
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let is_integration_test = message["target"]["kind"][0] == "test";
    Some(TestProgram {
        package: package_name(message["package_id"].as_str()?).to_owned(),
        target: message["target"]["name"].as_str().filter(|_| is_integration_test).map(str::to_owned),
        file: file.into(),
        folder: manifest.parent()?.to_owned(),
    })
}

/// The name in a package id such as `path+file:///folder/crates/wire#tokenwell-wire@0.1.0`; without a name in front of the
/// version the folder has the package's name.
fn package_name(id: &str) -> &str {
    let (url, fragment) = id.split_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => url.rsplit('/').next().unwrap_or(url),
    }
}

/// Runs the programs of a step one after the other, and returns how many tests passed. A step without test programs is
/// a mistake in the table of steps, and fails.
pub fn run(programs: &[TestProgram], tests: &Tests, named: &[Programs]) -> Result<u64> {
    let chosen: Vec<&TestProgram> =
        programs.iter().filter(|program| is_chosen(program, tests.programs, named)).collect();
    ensure!(!chosen.is_empty(), "there is no such test program: {:?}", tests.programs);
    let mut passed = 0;
    for program in chosen {
        passed += run_program(program, tests)?;
    }
    ensure!(passed > 0, "no test ran: is {:?} still the name of a test?", tests.arguments);
    Ok(passed)
}

fn is_chosen(program: &TestProgram, chosen: Programs, named: &[Programs]) -> bool {
    let package = program.package.as_str();
    match (chosen, program.target.as_deref()) {
        (Programs::Units, target) => target.is_none(),
        (Programs::UnitsOf(chosen), target) => target.is_none() && package == chosen,
        (_, None) => false,
        (Programs::Integration(chosen, test), Some(target)) => (package, target) == (chosen, test),
        (Programs::IntegrationOf(chosen), Some(_)) => package == chosen,
        (Programs::OtherIntegration, Some(_)) => {
            let others = named.iter().filter(|named| **named != Programs::OtherIntegration);
            !others.into_iter().any(|other| is_chosen(program, *other, &[]))
        }
    }
}

/// Prints the program's output and reads the test runner's closing lines, such as `test result: ok. 12 passed; …`.
fn run_program(program: &TestProgram, tests: &Tests) -> Result<u64> {
    let mut command = Command::new(&program.file);
    command.args(tests.arguments);
    for (variable, value) in tests.environment {
        let path = setup::root().join(value);
        command.env(variable, if value.contains('/') { path.as_os_str() } else { value.as_ref() });
    }
    run_command(program, command)
}

/// Runs a command that runs the program.
pub fn run_command(program: &TestProgram, mut command: Command) -> Result<u64> {
    let name = program.target.as_deref().unwrap_or("unit tests");
    announce(&format!("{}: {name}", program.package));
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {command:?}"))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut passed = 0;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        show(&line);
        passed += passed_tests(&line).unwrap_or_default();
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{}: {name} ended with {status}", program.package);
    }
    Ok(passed)
}

#[expect(clippy::print_stdout, reason = "shows what a test program prints")]
fn show(line: &str) {
    println!("{line}");
}

fn passed_tests(line: &str) -> Option<u64> {
    line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_read_from_its_id() {
        assert_eq!(package_name("path+file:///t/crates/wire#tokenwell-wire@0.1.0"), "tokenwell-wire");
        assert_eq!(package_name("path+file:///t/xtask#0.1.0"), "xtask");
    }

    #[test]
    fn an_integration_test_that_no_step_names_belongs_to_other_tests() {
        let program = |package: &str, target: &str| TestProgram {
            package: package.to_owned(),
            target: Some(target.to_owned()),
            file: PathBuf::new(),
            folder: PathBuf::new(),
        };
        let named = [
            Programs::Units,
            Programs::Integration("tokenwell", "stories"),
            Programs::IntegrationOf("xtask"),
            Programs::OtherIntegration,
        ];
        let is_other = |program: TestProgram| is_chosen(&program, Programs::OtherIntegration, &named);
        assert!(is_other(program("tokenwell-sandbox", "stories")));
        assert!(!is_other(program("tokenwell", "stories")));
        assert!(!is_other(program("xtask", "arrows")));
    }

    #[test]
    fn passed_tests_are_read_from_the_closing_line() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out";
        assert_eq!(passed_tests(line), Some(12));
        assert_eq!(passed_tests("test rules::a_spend_is_booked ... ok"), None);
    }
}
