//! `cargo xtask run | test | bench | bundle`: the repository's own commands. They do all set-up on a fresh machine.

mod bench;
mod bundle;
mod run;
mod setup;
mod test;

use anyhow::Result;
use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tokenwell's own commands")]
enum Xtask {
    /// Builds what is missing, then starts the sandbox, the service and the app with the demo accounts.
    Run(run::Options),
    /// Runs every check and every test, as CI does.
    Test(test::Options),
    /// Runs every benchmark, or some groups of them, and prints one table.
    Bench(bench::Options),
    /// Builds what users install: the app, with tokenwell-glance beside it.
    Bundle(bundle::Options),
}

fn main() -> Result<()> {
    std::env::set_current_dir(setup::root())?;
    match Xtask::parse() {
        Xtask::Run(options) => run::run(&options),
        Xtask::Test(options) => test::test(&options),
        Xtask::Bench(options) => bench::bench(&options),
        Xtask::Bundle(options) => bundle::bundle(&options),
    }
}
