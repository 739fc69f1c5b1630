//! `cargo xtask check | test | prove`: runs the steps of a tier in order and prints how long each took.

use crate::command::{announce, npm};
use crate::outcome::{Outcome, Passed, print_outcomes};
use crate::setup;
use crate::stamps::Stamps;
use crate::steps::{self, Action, Programs, Step, Tier};
use crate::test_programs::{self, Scope, TestProgram};
use anyhow::{Result, anyhow, bail, ensure};
use clap::Args;
use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, Ordering};
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

fn run(tier: Tier, options: &Options, stamps: &Stamps) -> Result<()> {
    if options.list {
        list(tier);
        return Ok(());
    }
    for name in &options.steps {
        let is_known = steps::of(tier).any(|step| step.name == name);
        ensure!(is_known, "`{}` has no step `{name}`; `--list` lists them", tier.name());
    }
    let started = Instant::now();
    let is_named = |step: &Step| options.steps.iter().any(|name| name == step.name);
    let chosen: Vec<&Step> = steps::of(tier)
        .filter(|step| options.steps.is_empty() || is_named(step) || matches!(step.action, Action::SetUp(_)))
        .collect();
    let outcomes = run_steps(tier, &chosen, &|step| stamps.read(step).filter(|_| !is_named(step)), stamps)?;
    print_outcomes(tier, &outcomes, started.elapsed().as_secs_f64());
    let failure = outcomes.into_iter().find_map(|(step, outcome)| match outcome {
        Outcome::Failed { error, .. } => Some((step, error)),
        _ => None,
    });
    let Some((step, error)) = failure else { return Ok(()) };
    let alone = format!("`cargo xtask {} --step {}` runs it alone", tier.name(), step.name);
    Err(error.context(format!("the step {} failed; {alone}", step.name)))
}

/// Runs steps in order until one fails; those that run beside others start after the set-up.
fn run_steps<'a>(
    tier: Tier,
    chosen: &[&'a Step],
    passed_before: &dyn Fn(&Step) -> Option<Passed>,
    stamps: &Stamps,
) -> Result<Vec<(&'a Step, Outcome)>> {
    let programs = OnceCell::new();
    let has_failed = AtomicBool::new(false);
    let run_one = |step: &Step| -> Result<Outcome> {
        if has_failed.load(Ordering::Relaxed) {
            return Ok(Outcome::NotRun);
        }
        let outcome = match passed_before(step) {
            Some(passed) => Outcome::PassedBefore(passed),
            None => outcome_of(|| run_step(tier, step, &programs)),
        };
        has_failed.fetch_or(matches!(outcome, Outcome::Failed { .. }), Ordering::Relaxed);
        stamps.write(step, &outcome)?;
        Ok(outcome)
    };
    let (set_up, others): (Vec<&Step>, Vec<&Step>) =
        chosen.iter().partition(|step| matches!(step.action, Action::SetUp(_)));
    let (beside, in_order): (Vec<&Step>, Vec<&Step>) =
        others.into_iter().partition(|step| matches!(step.action, Action::Beside(_)));
    let with_outcome = |step: &'a Step| Ok((step, run_one(step)?));
    let mut outcomes: Vec<_> = set_up.into_iter().map(with_outcome).collect::<Result<_>>()?;
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| run_beside(&beside, &has_failed));
        outcomes.extend(in_order.into_iter().map(with_outcome).collect::<Result<Vec<_>>>()?);
        outcomes.extend(beside.join().map_err(|_| anyhow!("the thread of the panel's steps panicked"))?);
        Ok::<_, anyhow::Error>(())
    })?;
    outcomes.sort_by_key(|(step, _)| chosen.iter().position(|other| std::ptr::eq(*other, *step)));
    Ok(outcomes)
}

fn outcome_of(step: impl FnOnce() -> Result<Option<u64>>) -> Outcome {
    let started = Instant::now();
    let result = step();
    let seconds = started.elapsed().as_secs_f64();
    match result {
        Ok(tests) => Outcome::Passed(Passed { seconds, tests }),
        Err(error) => Outcome::Failed { seconds, error },
    }
}

/// Returns how many tests passed, if the step runs tests.
fn run_step(tier: Tier, step: &Step, programs: &OnceCell<Vec<TestProgram>>) -> Result<Option<u64>> {
    announce(&format!("{}: {}", step.name, step.checks));
    match &step.action {
        Action::SetUp(set_up) => set_up(tier).map(|()| None),
        Action::Build => built(tier, programs).map(|_| None),
        Action::Run(run) => run().map(|()| None),
        Action::Beside(script) => run_script(script).map(|()| None),
        Action::Test(tests) => {
            let programs = built(tier, programs)?;
            (tests.prepare)()?;
            test_programs::run(programs, tests, &named_in(tier)).map(Some)
        }
    }
}

/// Runs the panel's scripts in order until one of them or another step fails.
fn run_beside<'a>(steps: &[&'a Step], has_failed: &AtomicBool) -> Vec<(&'a Step, Outcome)> {
    let mut outcomes = Vec::new();
    for step in steps {
        let Action::Beside(script) = &step.action else { continue };
        let outcome = if has_failed.load(Ordering::Relaxed) {
            Outcome::NotRun
        } else {
            outcome_of(|| run_script(script).map(|()| None))
        };
        has_failed.fetch_or(matches!(outcome, Outcome::Failed { .. }), Ordering::Relaxed);
        outcomes.push((*step, outcome));
    }
    outcomes
}

/// Runs a script of the panel and prints its output when it has ended.
fn run_script(script: &[&str]) -> Result<()> {
    let output = npm("ui", script).output()?;
    let text = [output.stdout, output.stderr].concat();
    announce(&format!("npm {}\n{}", script.join(" "), String::from_utf8_lossy(&text)));
    ensure!(output.status.success(), "npm {} ended with {}", script.join(" "), output.status);
    Ok(())
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
                for entry in std::fs::read_dir(setup::root().join(package).join("tests"))? {
                    let path = entry?.path();
                    // A folder without a `main.rs` holds modules of the tests.
                    if path.is_file() || path.join("main.rs").is_file() {
                        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
                    }
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
