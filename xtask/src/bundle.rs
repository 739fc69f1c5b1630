//! `cargo xtask bundle`: what users install on this kind of system.

use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::Result;
use clap::Args;
use std::path::Path;
use tokenwell_stage::bundle::tauri;

#[derive(Args)]
pub struct Options {
    /// Kinds of package, such as deb or rpm; every kind that this system can make if none is named.
    kinds: Vec<String>,
}

pub fn bundle(options: &Options) -> Result<()> {
    setup::debian_packages(setup::TO_BUILD)?;
    setup::npm_packages("ui")?;
    announce("Building tokenwell-glance");
    run(&mut cargo(&["build", "--release", "--package=tokenwell-glance"]))?;
    announce("Building the app and bundling both");
    let glance = format!("target/release/tokenwell-glance{}", std::env::consts::EXE_SUFFIX);
    let mut build = tauri(&setup::root(), "build", Path::new(&glance), &setup::root().join("target/bundle"))?;
    if !options.kinds.is_empty() {
        build.arg("--bundles").args(&options.kinds);
    }
    run(&mut build)
}
