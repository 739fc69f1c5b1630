//! `cargo xtask bench`: every benchmark, on release builds of the programs.

use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::process::Command;

#[derive(Args)]
pub struct Options {
    /// The groups to run; all of them if none is named.
    groups: Vec<Group>,
}

/// Benchmarks that run together. Each group writes its results to a file, such as `target/bench/server.json`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Events received, and paid checkouts processed.
    Payments,
    /// Spends on both databases, reads and streams.
    Server,
    /// More spends than the service can process: waits and refusals.
    Overload,
}

/// The folder of programs that are built with the service's profile.
const BUILT: &str = "target/service";

pub fn bench(options: &Options) -> Result<()> {
    measure(if options.groups.is_empty() { Group::value_variants() } else { &options.groups })
}

/// Builds the programs and measures some groups.
pub fn measure(groups: &[Group]) -> Result<()> {
    if groups.contains(&Group::Server) {
        setup::debian_packages(setup::DATABASE)?;
    }
    build_service()?;
    announce("Measuring");
    let program = format!("{BUILT}/tokenwell-bench{}", std::env::consts::EXE_SUFFIX);
    let names = groups.iter().filter_map(ValueEnum::to_possible_value);
    let mut bench = Command::new(setup::root().join(program));
    run(bench.arg("target/bench").args(names.map(|name| name.get_name().to_owned())))
}

/// Builds the service as it is shipped, with the sandbox and the benchmarks.
pub fn build_service() -> Result<()> {
    announce("Building the service as it is shipped");
    run(&mut cargo(&[
        "build",
        "--profile=service",
        "--package=tokenwell-server",
        "--package=tokenwell-sandbox",
        "--package=tokenwell-bench",
    ]))
}
