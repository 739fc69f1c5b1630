//! `tokenwell-glance`: the app's last known balance, for bars, prompts and scripts. It only reads the app's cache. It
//! has no window and uses neither the keyring nor the network.

mod glance;
mod watch;

use clap::{ArgGroup, Parser};
use glance::{Format, Glance, NoBalance};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};
use tokenwell_desktop::text::Texts;

/// Prints Tokenwell's last known balance from its cache.
///
/// Exit codes: 0 printed; 2 wrong usage; 3 Tokenwell has not been used yet; 4 signed out, or no balance yet; 5 the
/// cache cannot be read.
#[derive(Debug, Parser)]
#[command(name = "tokenwell-glance", version)]
#[command(group = ArgGroup::new("format").args(["json", "waybar"]))]
struct Args {
    /// Prints the balance as one JSON object
    #[arg(long)]
    json: bool,

    /// Prints a module for Waybar: text, tooltip, class and percentage
    #[arg(long)]
    waybar: bool,

    /// Prints a line now and after every change of the balance, until it is stopped
    #[arg(long)]
    watch: bool,

    /// The app's folder, if it is not the default one
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
        return fail(&NoBalance::NeverUsed);
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
        Err(reason) => {
            // A bar shows the output, so it gets a placeholder in addition to the exit code.
            if let Some(line) = glance.placeholder(&reason) {
                drop(print(&line));
            }
            fail(&reason)
        }
    }
}

/// Prints a line for every change until the reader closes the pipe.
fn watch(glance: &Glance) -> ExitCode {
    let mut last = None;
    let result = watch::changes(&glance.folder, || {
        let line = match glance.line(Timestamp::now()) {
            Ok(line) => line,
            Err(reason) => glance.placeholder(&reason).unwrap_or_else(|| reason.to_string()),
        };
        if last.as_ref() == Some(&line) {
            return Ok(());
        }
        let printed = print(&line);
        last = Some(line);
        printed
    });
    match result {
        // The reader has closed the pipe.
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

fn fail(reason: &NoBalance) -> ExitCode {
    drop(writeln!(io::stderr(), "tokenwell-glance: {reason}"));
    ExitCode::from(reason.code())
}
