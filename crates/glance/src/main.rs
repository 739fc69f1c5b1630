//! `tokenwell-glance`; see `lib.rs`.

use clap::Parser;

fn main() -> std::process::ExitCode {
    tokenwell_glance::run(tokenwell_glance::Args::parse())
}
