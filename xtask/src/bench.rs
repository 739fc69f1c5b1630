//! `cargo xtask bench`: every benchmark, on release builds of the programs.

use crate::command::{announce, cargo, npm, run};
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
    /// The app on a Linux desktop, beside other tray apps and a browser's tab.
    Desktop,
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
    if groups.contains(&Group::Desktop) {
        prepare_desktop()?;
    }
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

/// What the browser's page and the other toolkit need.
const COMPARED: &[&str] = &[
    "iproute2",
    "libegl1",
    "libgl1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxkbcommon-x11-0",
    "python3-venv",
    "wmctrl",
];
/// The smallest package with Qt's tray icon.
const PYSIDE: &str = "PySide6-Essentials==6.12.0";

/// Builds the app as it is shipped, and what it is compared with.
fn prepare_desktop() -> Result<()> {
    setup::debian_packages(setup::TO_BUILD)?;
    setup::debian_packages(setup::TO_SHOW)?;
    setup::debian_packages(COMPARED)?;
    setup::panel()?;
    let prepared = setup::root().join("target/bench/prepared");
    let python = prepared.join("python");
    if !python.join("bin/python").exists() {
        announce("Installing PySide6");
        run(Command::new("/usr/bin/python3").args(["-m", "venv"]).arg(&python))?;
        run(Command::new(python.join("bin/pip")).args(["install", "--quiet", PYSIDE]))?;
    }
    announce("Building the panel's page for the browser");
    let page = prepared.join("page");
    run(npm("ui", &["exec", "vite", "build", "--", "--mode=gallery", "--emptyOutDir", "--outDir"]).arg(page))?;
    announce("Building the app as it is shipped");
    run(&mut cargo(&[
        "build",
        "--release",
        "--package=tokenwell",
        "--package=tokenwell-glance",
        "--package=tokenwell-empty-app",
    ]))
}
