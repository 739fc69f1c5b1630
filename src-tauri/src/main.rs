//! The desktop app; see `lib.rs`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use clap::Parser;

fn main() -> std::process::ExitCode {
    tokenwell_app::run(tokenwell_app::Args::parse())
}
