//! `cargo xtask bench`: every benchmark, on the programs as they are shipped.

use crate::setup::{self, cargo, must, say};
use anyhow::Result;
use std::process::Command;

pub fn bench() -> Result<()> {
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
    must(Command::new(setup::root().join(program)).arg("target/bench"))
}
