//! `tokenwell-glance`: the balance that the app last knew, for bars, prompts and scripts. It reads the app's cache and
//! nothing else: no window, no keyring, no network.

mod glance;
mod watch;

use clap::{ArgGroup, Parser};
use glance::{Format, Glance, Nothing};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};
use tokenwell_desktop::text::Texts;

/// Prints the balance that Tokenwell last knew, from its cache alone.
///
/// Exit codes: 0 printed; 2 wrong usage; 3 Tokenwell has not been used yet; 4 signed out, or no figures yet; 5 the
/// cache cannot be read.
#[derive(Debug, Parser)]
#[command(name = "tokenwell-glance", version)]
#[command(group = ArgGroup::new("format").args(["json", "waybar"]))]
struct Args {
    /// One object with every figure
    #[arg(long)]
    json: bool,

    /// A module for Waybar: text, tooltip, class and percentage
    #[arg(long)]
    waybar: bool,

    /// Prints again whenever the figures change, one line each, until it is stopped
    #[arg(long)]
    watch: bool,

    /// The app's folder, if it is not the usual one
    #[arg(long, value_name = "FOLDER", env = "TOKENWELL_CACHE")]
    cache: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let format = match (args.json, args.waybar) {
        (true, _) => Format::Json,
        (_, true) => Format::Waybar,
        _ => Format::Text,
    };
    let Some(folder) = args.cache.clone().or_else(tokenwell_cache::default_folder) else {
        return fail(&Nothing::NeverUsed);
    };
    let texts = Texts::of_desktop(sys_locale::get_locales().collect(), TimeZone::system());
    let glance = Glance { folder, format, texts };
    if args.watch { watch(&glance) } else { once(&glance) }
}

fn once(glance: &Glance) -> ExitCode {
    match glance.line(Timestamp::now()) {
        Ok(line) => match print(&line) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(nothing) => {
            // A bar shows what it is given: nothing to show is shown as such, besides the code.
            if let Some(line) = glance.without_figures(&nothing) {
                drop(print(&line));
            }
            fail(&nothing)
        }
    }
}

/// Prints a line for every change until nobody reads any more.
fn watch(glance: &Glance) -> ExitCode {
    let mut last = None;
    let looked = watch::changes(&glance.folder, || {
        let line = match glance.line(Timestamp::now()) {
            Ok(line) => line,
            Err(nothing) => glance.without_figures(&nothing).unwrap_or_else(|| nothing.to_string()),
        };
        if last.as_ref() == Some(&line) {
            return Ok(());
        }
        let printed = print(&line);
        last = Some(line);
        printed
    });
    match looked {
        // Whoever read has gone.
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "tokenwell-glance: the cache cannot be watched: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn fail(nothing: &Nothing) -> ExitCode {
    drop(writeln!(io::stderr(), "tokenwell-glance: {nothing}"));
    ExitCode::from(nothing.code())
}
