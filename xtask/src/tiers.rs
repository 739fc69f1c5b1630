//! `cargo xtask check | test | prove`: runs the steps of a tier in order and prints how long each took.

use crate::command::announce;
use crate::setup;
use crate::steps::{self, Action, Programs, Step, Tier};
use crate::test_programs::{self, Scope, TestProgram};
use anyhow::{Result, anyhow, bail, ensure};
use clap::Args;
use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

#[derive(Args)]
pub struct Options {
    /// Runs only this step; can be given several times.
    #[arg(long = "step", value_name = "NAME")]
    steps: Vec<String>,
    /// Lists the steps and runs none.
    #[arg(long)]
    list: bool,
}

#[derive(Args)]
pub struct ProveOptions {
    #[command(flatten)]
    common: Options,
    /// Runs the steps that passed on this commit, too.
    #[arg(long)]
    from_scratch: bool,
}

pub fn check(options: &Options) -> Result<()> {
    run(Tier::Check, options, &Stamps::none())
}

pub fn test(options: &Options) -> Result<()> {
    run(Tier::Test, options, &Stamps::none())
}

pub fn prove(options: &ProveOptions) -> Result<()> {
    let stamps = if options.common.list { Stamps::none() } else { Stamps::of_this_commit()? };
    if options.from_scratch {
        stamps.remove()?;
    }
    run(Tier::Prove, &options.common, &stamps)
}

/// What became of a step.
enum Outcome {
    Passed {
        seconds: f64,
        tests: Option<u64>,
    },
    /// Passed in an earlier run on this commit.
    PassedBefore {
        seconds: f64,
        tests: Option<u64>,
    },
    Failed {
        seconds: f64,
        error: anyhow::Error,
    },
    NotRun,
}

fn run(tier: Tier, options: &Options, stamps: &Stamps) -> Result<()> {
    if options.list {
        list(tier);
        return Ok(());
    }
    for name in &options.steps {
        ensure!(
            steps::of(tier).any(|step| step.name == name),
            "`{} ` has no step `{name}`; `--list` lists them",
            tier.name()
        );
    }
    let programs = OnceCell::new();
    let mut outcomes: Vec<(&Step, Outcome)> = Vec::new();
    let mut failed = false;
    for step in steps::of(tier) {
        let is_set_up = matches!(step.action, Action::SetUp(_));
        let is_named = options.steps.iter().any(|name| name == step.name);
        if !(options.steps.is_empty() || is_set_up || is_named) {
            continue;
        }
        let outcome = if failed {
            Outcome::NotRun
        } else if let Some((seconds, tests)) = stamps.read(step).filter(|_| !is_named) {
            Outcome::PassedBefore { seconds, tests }
        } else {
            run_step(tier, step, &programs)
        };
        failed |= matches!(outcome, Outcome::Failed { .. });
        stamps.write(step, &outcome)?;
        outcomes.push((step, outcome));
    }
    print_outcomes(tier, &outcomes);
    let failure = outcomes.into_iter().find_map(|(step, outcome)| match outcome {
        Outcome::Failed { error, .. } => Some((step, error)),
        _ => None,
    });
    match failure {
        None => Ok(()),
        Some((step, error)) => Err(error.context(format!(
            "the step {} failed; `cargo xtask {} --step {0}` runs it alone",
            step.name,
            tier.name()
        ))),
    }
}

fn run_step(tier: Tier, step: &Step, programs: &OnceCell<Vec<TestProgram>>) -> Outcome {
    announce(&format!("{}: {}", step.name, step.checks));
    let started = Instant::now();
    let result = match &step.action {
        Action::SetUp(set_up) => set_up(tier).map(|()| None),
        Action::Build => built(tier, programs).map(|_| None),
        Action::Run(run) => run().map(|()| None),
        Action::Test(tests) => built(tier, programs)
            .and_then(|programs| test_programs::run(programs, tests, &named_in(tier)))
            .map(Some),
    };
    let seconds = started.elapsed().as_secs_f64();
    match result {
        Ok(tests) => Outcome::Passed { seconds, tests },
        Err(error) => Outcome::Failed { seconds, error },
    }
}

/// The tier's test programs. They are built when a step first asks for them.
fn built(tier: Tier, programs: &OnceCell<Vec<TestProgram>>) -> Result<&Vec<TestProgram>> {
    if programs.get().is_none() {
        let scope = match tier {
            Tier::Check => Scope::Some(integration_tests_of_check()?),
            Tier::Test | Tier::Prove => Scope::Everything,
        };
        let _ = programs.set(test_programs::build(&scope)?);
    }
    programs.get().ok_or_else(|| anyhow!("test programs were built"))
}

/// The integration tests that steps of a tier name, as package and test.
fn named_in(tier: Tier) -> Vec<Programs> {
    let tests = steps::of(tier).filter_map(|step| match &step.action {
        Action::Test(tests) => Some(tests.programs),
        _ => None,
    });
    tests.collect()
}

/// The names of the integration tests that the tier `check` builds.
fn integration_tests_of_check() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for programs in named_in(Tier::Check) {
        match programs {
            Programs::Integration(_, test) => names.push(test.to_owned()),
            Programs::IntegrationOf(package) => {
                for file in std::fs::read_dir(setup::root().join(package).join("tests"))? {
                    names.extend(file?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
                }
            }
            Programs::Units => {}
            Programs::UnitsOf(_) | Programs::OtherIntegration => bail!("`check` builds no such tests"),
        }
    }
    Ok(names)
}

#[expect(clippy::print_stdout, reason = "a command line tool prints its table")]
fn list(tier: Tier) {
    for step in steps::of(tier) {
        println!("{:<24}{}", step.name, step.checks);
    }
}

#[expect(clippy::print_stdout, reason = "a command line tool prints its table")]
fn print_outcomes(tier: Tier, outcomes: &[(&Step, Outcome)]) {
    println!("\n{:<24}{:>9}{:>9}", format!("cargo xtask {}", tier.name()), "seconds", "tests");
    let mut total = 0.0;
    for (step, outcome) in outcomes {
        let (seconds, tests, result) = match outcome {
            Outcome::Passed { seconds, tests } => (Some(*seconds), *tests, "ok".to_owned()),
            Outcome::PassedBefore { seconds, tests } => {
                (Some(*seconds), *tests, "ok, in an earlier run".to_owned())
            }
            Outcome::Failed { seconds, .. } => {
                let alone = format!("FAILED; alone: cargo xtask {} --step {}", tier.name(), step.name);
                (Some(*seconds), None, alone)
            }
            Outcome::NotRun => (None, None, "not run".to_owned()),
        };
        total += seconds.unwrap_or_default();
        let seconds = seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default();
        let tests = tests.map(|tests| tests.to_string()).unwrap_or_default();
        println!("{:<24}{seconds:>9}{tests:>9}  {result}", step.name);
    }
    println!("{:<24}{total:>9.1}", "total");
}

/// Which steps passed on this commit: a file for each, with its seconds and tests.
struct Stamps {
    folder: Option<PathBuf>,
}

impl Stamps {
    fn none() -> Self {
        Self { folder: None }
    }

    /// Steps are remembered for a commit only: with changes that are not committed, every step runs.
    fn of_this_commit() -> Result<Self> {
        let git = |arguments: &[&str]| Command::new("git").args(arguments).output();
        let changes = git(&["status", "--porcelain"])?;
        let commit = git(&["rev-parse", "HEAD"])?;
        let is_clean = changes.status.success() && changes.stdout.is_empty() && commit.status.success();
        if !is_clean {
            announce("There are uncommitted changes, so no step is skipped or remembered");
            return Ok(Self::none());
        }
        let commit = String::from_utf8(commit.stdout)?;
        Ok(Self { folder: Some(setup::root().join("target/prove").join(commit.trim())) })
    }

    fn remove(&self) -> Result<()> {
        match &self.folder {
            Some(folder) if folder.exists() => Ok(std::fs::remove_dir_all(folder)?),
            _ => Ok(()),
        }
    }

    /// Seconds and tests of a step that passed. Set-up and builds are never skipped: they find out themselves what is missing.
    fn read(&self, step: &Step) -> Option<(f64, Option<u64>)> {
        if matches!(step.action, Action::SetUp(_) | Action::Build) {
            return None;
        }
        let text = std::fs::read_to_string(self.folder.as_ref()?.join(step.name)).ok()?;
        let (seconds, tests) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        Some((seconds.parse().ok()?, tests.parse().ok()))
    }

    fn write(&self, step: &Step, outcome: &Outcome) -> Result<()> {
        let (Some(folder), Outcome::Passed { seconds, tests }) = (&self.folder, outcome) else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        let tests = tests.map(|tests| tests.to_string()).unwrap_or_default();
        Ok(std::fs::write(folder.join(step.name), format!("{seconds:.1} {tests}"))?)
    }
}
