//! The outcome of each step, and the table that a tier prints at its end.

use crate::steps::{Action, Step, Tier};

/// The outcome of a step.
pub enum Outcome {
    Passed(Passed),
    /// Passed in an earlier run on this commit.
    PassedBefore(Passed),
    Failed {
        seconds: f64,
        error: anyhow::Error,
    },
    NotRun,
}

/// How long a step took, and how many tests passed if it runs tests.
#[derive(Clone, Copy)]
pub struct Passed {
    pub seconds: f64,
    pub tests: Option<u64>,
}

#[expect(clippy::print_stdout, reason = "a command line tool prints its table")]
pub fn print_outcomes(tier: Tier, outcomes: &[(&Step, Outcome)], elapsed: f64) {
    println!("\n{:<24}{:>9}{:>9}", format!("cargo xtask {}", tier.name()), "seconds", "tests");
    for (step, outcome) in outcomes {
        let is_beside = matches!(step.action, Action::Beside(_));
        let (seconds, tests, result) = match outcome {
            Outcome::Passed(passed) if is_beside => {
                (Some(passed.seconds), passed.tests, "ok, beside other steps".to_owned())
            }
            Outcome::Passed(passed) => (Some(passed.seconds), passed.tests, "ok".to_owned()),
            Outcome::PassedBefore(passed) => {
                (Some(passed.seconds), passed.tests, "ok, in an earlier run".to_owned())
            }
            Outcome::Failed { seconds, .. } => {
                let alone = format!("cargo xtask {} --step {}", tier.name(), step.name);
                (Some(*seconds), None, format!("FAILED; alone: {alone}"))
            }
            Outcome::NotRun => (None, None, "not run".to_owned()),
        };
        let seconds = seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default();
        let tests = tests.map(|tests| tests.to_string()).unwrap_or_default();
        println!("{:<24}{seconds:>9}{tests:>9}  {result}", step.name);
    }
    println!("{:<24}{elapsed:>9.1}", "elapsed");
}
