//! The table of steps: what each checks, how it runs, and in which tiers.
//!
//! A new check is a line of this table. An integration test that no line names runs in the step `other-tests`.

use crate::bench::{self, Group};
use crate::command::{cargo, cargo_tool, run};
use crate::platforms::{self, System};
use crate::{fuzz, package, setup, windows};
use anyhow::Result;

/// How thorough the checks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// `cargo xtask check`: for every commit.
    Check,
    /// `cargo xtask test`: everything that a change can break.
    Test,
    /// `cargo xtask prove`: the same promises at length.
    Prove,
}

impl Tier {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Test => "test",
            Self::Prove => "prove",
        }
    }
}

/// One line of the table.
pub struct Step {
    /// Unique in a tier.
    pub name: &'static str,
    pub tiers: &'static [Tier],
    pub checks: &'static str,
    pub action: Action,
}

/// How a step runs.
pub enum Action {
    /// Prepares the machine; cheap if nothing is missing. These steps also run before a single step.
    SetUp(fn(Tier) -> Result<()>),
    /// Builds the test programs that the tier needs.
    Build,
    Run(fn() -> Result<()>),
    /// Runs a script of the panel beside the following steps, which use other files. Its output is printed when it ends.
    Beside(&'static [&'static str]),
    Test(Tests),
}

/// Test programs with their arguments and environment.
pub struct Tests {
    pub programs: Programs,
    /// Arguments of the test runner.
    pub arguments: &'static [&'static str],
    /// A value with a slash is a path in the repository.
    pub environment: &'static [(&'static str, &'static str)],
    /// Builds what the tests start besides the workspace's programs.
    pub prepare: fn() -> Result<()>,
}

/// Which test programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    /// The unit tests of every package.
    Units,
    /// The unit tests of this package.
    UnitsOf(&'static str),
    /// An integration test: its package and its name.
    Integration(&'static str, &'static str),
    /// Every integration test of this package.
    IntegrationOf(&'static str),
    /// Every integration test that no other step of the tier runs.
    OtherIntegration,
}

const fn tests(programs: Programs) -> Tests {
    Tests { programs, arguments: &[], environment: &[], prepare: || Ok(()) }
}

const CHECK: &[Tier] = &[Tier::Check];
const TEST: &[Tier] = &[Tier::Test];
const CHECK_AND_TEST: &[Tier] = &[Tier::Check, Tier::Test];
const PROVE: &[Tier] = &[Tier::Prove];
const ALL: &[Tier] = &[Tier::Check, Tier::Test, Tier::Prove];

const RULES: Programs = Programs::Integration("tokenwell-ledger", "rules");
const SERVICE: Programs = Programs::Integration("tokenwell-server", "service");
const KILLS: Programs = Programs::Integration("tokenwell-server", "crash");
const FAILOVER: Programs = Programs::Integration("tokenwell-server", "failover");
const LOAD: Programs = Programs::Integration("tokenwell-server", "load");
const STORIES: Programs = Programs::Integration("tokenwell", "stories");

/// All steps, in the order in which they run.
pub const STEPS: &[Step] = &[
    Step {
        name: "set-up",
        tiers: ALL,
        checks: "Debian and npm packages are installed",
        action: Action::SetUp(set_up),
    },
    Step { name: "panel", tiers: ALL, checks: "the panel builds", action: Action::SetUp(|_| setup::panel()) },
    Step {
        name: "format",
        tiers: CHECK_AND_TEST,
        checks: "rustfmt has nothing to change",
        action: Action::Run(|| run(&mut cargo(&["fmt", "--all", "--check"]))),
    },
    Step {
        name: "panel-check",
        tiers: CHECK_AND_TEST,
        checks: "types and formatting of the panel",
        action: Action::Beside(&["run", "--silent", "check"]),
    },
    Step {
        name: "panel-tests",
        tiers: CHECK_AND_TEST,
        checks: "tests of the panel",
        // Other steps keep the machine busy: the time-out of a test only ends one that hangs.
        action: Action::Beside(&["run", "--silent", "test", "--", "--testTimeout=60000"]),
    },
    Step {
        name: "lints",
        tiers: CHECK_AND_TEST,
        checks: "clippy has nothing to say",
        action: Action::Run(|| {
            run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]))
        }),
    },
    Step { name: "build", tiers: ALL, checks: "programs and tests build, once", action: Action::Build },
    Step {
        name: "architecture",
        tiers: CHECK_AND_TEST,
        checks: "imports, licences, sources and bans of dependencies, build profiles",
        action: Action::Test(tests(Programs::IntegrationOf("xtask"))),
    },
    Step {
        name: "rules",
        tiers: TEST,
        checks: "every rule of the ledger; 100,000 commands against the second model",
        action: Action::Test(Tests {
            environment: &[("TOKENWELL_MODEL_COMMANDS", "100000")],
            ..tests(RULES)
        }),
    },
    Step {
        name: "rules",
        tiers: CHECK,
        checks: "every rule of the ledger; 20,000 commands against the second model",
        action: Action::Test(Tests { environment: &[("TOKENWELL_MODEL_COMMANDS", "20000")], ..tests(RULES) }),
    },
    Step {
        name: "units",
        tiers: CHECK,
        checks: "unit tests of every crate; the store on both databases; 40 storms",
        action: Action::Test(tests(Programs::Units)),
    },
    Step {
        name: "units",
        tiers: TEST,
        checks: "unit tests of every crate; the store on both databases",
        action: Action::Test(Tests { arguments: &["--skip=storm"], ..tests(Programs::Units) }),
    },
    Step {
        name: "storms",
        tiers: TEST,
        checks: "200 storms: simulated payments with failures and crashes anywhere",
        action: Action::Test(Tests {
            arguments: &["storm"],
            environment: &[("TOKENWELL_STORM_SEEDS", "200")],
            ..tests(Programs::Units)
        }),
    },
    Step {
        name: "service",
        tiers: TEST,
        checks: "the service over HTTP on SQLite; 2,000 commands against the second model; Stripe's own programs",
        action: Action::Test(tests(SERVICE)),
    },
    Step {
        name: "service-postgres",
        tiers: TEST,
        checks: "the same on PostgreSQL; 1,000 commands against the second model",
        action: Action::Test(Tests {
            environment: &[("TOKENWELL_TEST_STORE", "postgres"), ("TOKENWELL_MODEL_COMMANDS", "1000")],
            ..tests(SERVICE)
        }),
    },
    Step {
        name: "kills",
        tiers: TEST,
        checks: "the service killed 20 times while users buy and spend",
        action: Action::Test(Tests { environment: &[("TOKENWELL_KILLS", "20")], ..tests(KILLS) }),
    },
    Step {
        name: "failover",
        tiers: TEST,
        checks: "the primary of a PostgreSQL cluster killed once",
        action: Action::Test(Tests { environment: &[("TOKENWELL_FAILOVERS", "1")], ..tests(FAILOVER) }),
    },
    Step {
        name: "load",
        tiers: TEST,
        checks: "past its capacity the service loses nothing and refuses clearly",
        action: Action::Test(tests(LOAD)),
    },
    Step {
        name: "other-tests",
        tiers: TEST,
        checks: "the sandbox, tokenwell-glance, and every test that no other step names",
        action: Action::Test(tests(Programs::OtherIntegration)),
    },
    Step {
        name: "fuzz-targets",
        tiers: TEST,
        checks: "the fuzz targets compile",
        action: Action::Run(fuzz::check),
    },
    Step {
        name: "app",
        tiers: TEST,
        checks: "the app end to end, with a desktop, a browser, the service and the sandbox",
        action: Action::Test(Tests {
            arguments: &["--test-threads=2", "--skip=on_a_dense_screen"],
            ..tests(STORIES)
        }),
    },
    Step {
        name: "model",
        tiers: PROVE,
        checks: "1,000,000 commands: the ledger against the second model",
        action: Action::Test(Tests {
            arguments: &["model"],
            environment: &[("TOKENWELL_MODEL_COMMANDS", "1000000")],
            ..tests(RULES)
        }),
    },
    Step {
        name: "storms",
        tiers: PROVE,
        checks: "5,000 storms",
        action: Action::Test(Tests {
            arguments: &["storm"],
            environment: &[("TOKENWELL_STORM_SEEDS", "5000")],
            ..tests(Programs::UnitsOf("tokenwell-server"))
        }),
    },
    Step {
        name: "service-model",
        tiers: PROVE,
        checks: "20,000 commands: the service on SQLite against the second model",
        action: Action::Test(Tests {
            arguments: &["model"],
            environment: &[("TOKENWELL_MODEL_COMMANDS", "20000")],
            ..tests(SERVICE)
        }),
    },
    Step {
        name: "service-model-postgres",
        tiers: PROVE,
        checks: "5,000 commands: the service on PostgreSQL against the second model",
        action: Action::Test(Tests {
            arguments: &["model"],
            environment: &[("TOKENWELL_TEST_STORE", "postgres"), ("TOKENWELL_MODEL_COMMANDS", "5000")],
            ..tests(SERVICE)
        }),
    },
    Step {
        name: "kills",
        tiers: PROVE,
        checks: "200 kills",
        action: Action::Test(Tests { environment: &[("TOKENWELL_KILLS", "200")], ..tests(KILLS) }),
    },
    Step {
        name: "failovers",
        tiers: PROVE,
        checks: "the primary killed ten times, and twice it hangs",
        action: Action::Test(Tests {
            arguments: &["--nocapture"],
            environment: &[("TOKENWELL_FAILOVERS", "10"), ("TOKENWELL_HANGS", "2")],
            ..tests(FAILOVER)
        }),
    },
    Step {
        name: "load",
        tiers: PROVE,
        checks: "the shipped program past its capacity, a minute for each kind of load",
        action: Action::Test(Tests {
            arguments: &["--nocapture"],
            environment: &[
                ("TOKENWELL_LOAD_SECONDS", "60"),
                ("TOKENWELL_LOAD_PROGRAM", "target/service/tokenwell-server"),
            ],
            prepare: bench::build_service,
            ..tests(LOAD)
        }),
    },
    Step {
        name: "overload",
        tiers: PROVE,
        checks: "waits and refusals past the capacity, in figures",
        action: Action::Run(|| bench::measure(&[Group::Overload])),
    },
    Step {
        name: "gallery",
        tiers: PROVE,
        checks: "every screen in every look, on dense screens too: nothing is cut off",
        action: Action::Test(Tests { arguments: &["--test-threads=2", "gallery"], ..tests(STORIES) }),
    },
    Step {
        name: "warm-panel",
        tiers: PROVE,
        checks: "the panel opened and closed 100 times leaks no memory and no process",
        action: Action::Test(Tests {
            arguments: &["--test-threads=1", "--nocapture", "warm"],
            environment: &[("TOKENWELL_ROUNDS", "100")],
            ..tests(STORIES)
        }),
    },
    Step {
        name: "packages",
        tiers: PROVE,
        checks: "the Debian packages in a Debian without anything else: installed, used, upgraded, removed",
        action: Action::Test(Tests {
            arguments: package::STORIES,
            environment: &[("TOKENWELL_PACKAGES", package::FOLDER)],
            prepare: package::prepare_clean_root,
            ..tests(STORIES)
        }),
    },
    Step {
        name: "fuzz",
        tiers: PROVE,
        checks: "5 minutes for each fuzz target: webhooks, signatures, problems",
        action: Action::Run(fuzz::fuzz),
    },
    Step {
        name: "dependencies",
        tiers: PROVE,
        checks: "cargo-deny: licences read from their texts, sources, bans",
        action: Action::Run(deny),
    },
    Step {
        name: "windows-types",
        tiers: PROVE,
        checks: "the workspace type-checks for Windows",
        action: Action::Run(|| platforms::check(System::Windows)),
    },
    Step {
        name: "macos-types",
        tiers: PROVE,
        checks: "the workspace type-checks for macOS",
        action: Action::Run(|| platforms::check(System::Macos)),
    },
    Step {
        name: "windows",
        tiers: PROVE,
        checks: "the programs for Windows under Wine: tray, sign-in, second start, glance, service, sandbox",
        action: Action::Run(|| windows::windows(&windows::Options::default())),
    },
];

/// The steps of a tier.
pub fn of(tier: Tier) -> impl Iterator<Item = &'static Step> {
    STEPS.iter().filter(move |step| step.tiers.contains(&tier))
}

/// Installs what the steps of a tier need.
fn set_up(tier: Tier) -> Result<()> {
    let packages = match tier {
        Tier::Check => [setup::TO_BUILD, setup::DATABASE].concat(),
        Tier::Test | Tier::Prove => {
            [setup::TO_BUILD, setup::DATABASE, setup::TO_SHOW, setup::TO_DRIVE].concat()
        }
    };
    setup::debian_packages(&packages)?;
    if tier != Tier::Check {
        setup::npm_packages("tests/peers")?;
        setup::npm_packages("clients/typescript")?;
    }
    setup::npm_packages("ui")?;
    // Tests read the dependencies of the other systems too, which a build here does not fetch.
    run(&mut cargo(&["fetch", "--locked"]))
}

/// Advisories are not checked here: they need a database from the network.
fn deny() -> Result<()> {
    /// Pinned, so that a new release of the tool does not fail an old commit.
    const VERSION: &str = "0.20.2";
    run(cargo_tool("cargo-deny", VERSION)?.args(["--offline", "check", "bans", "licenses", "sources"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn step_names_are_unique_in_each_tier() {
        for tier in ALL {
            let mut names = BTreeSet::new();
            for step in of(*tier) {
                assert!(names.insert(step.name), "{} has two steps {}", tier.name(), step.name);
            }
        }
    }

    #[test]
    fn every_test_program_runs_in_the_tier_test() {
        let runs = |programs| {
            of(Tier::Test)
                .any(|step| matches!(&step.action, Action::Test(tests) if tests.programs == programs))
        };
        assert!(runs(Programs::Units) && runs(Programs::OtherIntegration));
    }

    /// Tests that `test` skips run in `prove`.
    #[test]
    fn tests_that_the_tier_test_skips_run_in_prove() {
        let arguments = |tier, programs| {
            of(tier).filter_map(move |step| match &step.action {
                Action::Test(tests) if tests.programs == programs => Some(tests.arguments),
                _ => None,
            })
        };
        assert!(arguments(Tier::Test, STORIES).all(|list| list.contains(&"--skip=on_a_dense_screen")));
        assert!(arguments(Tier::Prove, STORIES).any(|list| list.contains(&"gallery")));
        let units: Vec<_> = arguments(Tier::Test, Programs::Units).collect();
        assert_eq!(units, [["--skip=storm"], ["storm"]]);
    }
}
