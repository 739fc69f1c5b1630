//! `cargo xtask run | check | test | prove | platforms | windows | bench | package | …`: the repository's own commands. They do all set-up
//! on a fresh machine.

mod bench;
mod command;
mod fuzz;
mod manifests;
mod outcome;
mod package;
mod package_windows;
mod platforms;
mod run;
mod setup;
mod stamps;
mod steps;
mod test_programs;
mod tiers;
mod windows;

use anyhow::Result;
use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tokenwell's own commands")]
enum Xtask {
    /// Builds what is missing, then starts the sandbox, the service and the app with the demo accounts.
    Run(run::Options),
    /// Runs the quick checks, for every commit.
    Check(tiers::Options),
    /// Runs every check and every test that a change can break, as CI does.
    Test(tiers::Options),
    /// Runs the long tests: thousands of simulations, fuzzing, load, other systems. Continues after the steps that
    /// passed on this commit.
    Prove(tiers::ProveOptions),
    /// Type-checks the workspace for Windows and macOS.
    Platforms(platforms::Options),
    /// Builds everything for Windows and tests it under Wine.
    Windows(windows::Options),
    /// Runs every benchmark, or some groups of them, and prints one table.
    Bench(bench::Options),
    /// Builds what users and operators install: packages of the app and of the service.
    Package(package::Options),
    /// Prints the version that is built.
    Version(package::VersionOptions),
    /// Writes what package managers need to know of a release: winget, Homebrew, Flathub, AUR.
    Manifests(manifests::Options),
}

fn main() -> Result<()> {
    std::env::set_current_dir(setup::root())?;
    match Xtask::parse() {
        Xtask::Run(options) => run::run(&options),
        Xtask::Check(options) => tiers::check(&options),
        Xtask::Test(options) => tiers::test(&options),
        Xtask::Prove(options) => tiers::prove(&options),
        Xtask::Platforms(options) => platforms::platforms(&options),
        Xtask::Windows(options) => windows::windows(&options),
        Xtask::Bench(options) => bench::bench(&options),
        Xtask::Package(options) => package::package(&options),
        Xtask::Version(options) => package::version(&options),
        Xtask::Manifests(options) => manifests::manifests(&options),
    }
}
