//! `cargo xtask bench`: every benchmark, on the programs as they are shipped.

use crate::setup::{self, cargo, debian_packages, must, say};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::process::Command;

#[derive(Args)]
pub struct Options {
    /// Which; all unless said otherwise.
    groups: Vec<Group>,
}

/// What is measured together; each writes a file of its figures, such as `target/bench/server.json`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Events taken in, and paid checkouts shown.
    Payments,
    /// Spends on both databases, reads and streams.
    Server,
    /// More spends than the service can do: waits and refusals.
    Overload,
}

pub fn bench(options: &Options) -> Result<()> {
    let groups = if options.groups.is_empty() { Group::value_variants() } else { &options.groups };
    if groups.contains(&Group::Server) {
        debian_packages(&["postgresql"])?;
    }
    say("Building for release");
    must(&mut cargo(&[
        "build",
        "--release",
        "--package=tokenwell-server",
        "--package=tokenwell-sandbox",
        "--package=tokenwell-bench",
    ]))?;
    say("Measuring");
    let program = format!("target/release/tokenwell-bench{}", std::env::consts::EXE_SUFFIX);
    let names = groups.iter().filter_map(ValueEnum::to_possible_value);
    let mut bench = Command::new(setup::root().join(program));
    must(bench.arg("target/bench").args(names.map(|name| name.get_name().to_owned())))
}
