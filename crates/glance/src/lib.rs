//! `tokenwell-glance`: the app's last known balance, for bars, prompts and scripts. It only reads the app's cache. It
//! has no window and uses neither the keyring nor the network.

mod alarm;
mod chosen;
mod glance;
mod meters;
mod reader;
mod template;
mod watch;

use clap::{ArgGroup, Parser};
use glance::{Format, Glance, NoBalance, Output};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    env,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};
use template::Template;
use tokenwell_desktop::{
    formats,
    text::{DesktopLocales, Texts},
};

/// Prints Tokenwell's last known balance from its cache.
///
/// Exit codes: 0 printed; 2 wrong usage; 3 Tokenwell has not been used yet; 4 signed out, no such account, or no
/// balance yet; 5 the cache cannot be read.
#[derive(Debug, Parser)]
#[command(name = "tokenwell-glance", version)]
#[command(group = ArgGroup::new("output").args(["json", "waybar", "format"]))]
pub struct Args {
    /// Prints the balance as one JSON object
    #[arg(long)]
    json: bool,

    /// Prints a module for Waybar: text, tooltip, class and percentage
    #[arg(long)]
    waybar: bool,

    #[arg(long, value_name = "LINE", help = format_help())]
    format: Option<Template>,

    /// The account to print, by its name, e-mail address or platform; without it, the one that the app shows
    #[arg(long, value_name = "NAME")]
    account: Option<String>,

    /// Prints a line now and whenever it changes, until its reader ends
    #[arg(long)]
    watch: bool,

    /// The app's folder, if it is not the default one
    #[arg(long, value_name = "FOLDER", env = "TOKENWELL_CACHE")]
    cache: Option<PathBuf>,
}

fn format_help() -> String {
    format!("Prints a line of your own with these fields: {}", template::known())
}

/// Prints what the arguments ask for.
pub fn run(args: Args) -> ExitCode {
    let Args { json, waybar, format, account, watch: watches, cache } = args;
    let format = match format {
        Some(template) => Format::Own(template),
        None if json => Format::Json,
        None if waybar => Format::Waybar,
        None => Format::Text,
    };
    let Some(folder) = cache.or_else(tokenwell_cache::default_folder) else {
        return fail(&NoBalance::NeverUsed);
    };
    let locales = DesktopLocales::new(sys_locale::get_locales().collect(), |name| env::var(name).ok());
    let texts = Texts::of_desktop(locales, TimeZone::system());
    let glance = Glance { folder, format, account, texts };
    if watches { watch(glance) } else { once(&glance) }
}

fn once(glance: &Glance) -> ExitCode {
    match glance.output(Timestamp::now()) {
        Ok(Output { line, .. }) => match print(&line) {
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
fn watch(mut glance: Glance) -> ExitCode {
    let folder = glance.folder.clone();
    let zone_file = formats::zone_file(env::var("TZ").ok().as_deref());
    let mut last = None;
    let result = watch::changes(&folder, zone_file.as_deref(), || {
        glance.set_zone(TimeZone::system());
        let Output { line, news, until } = glance.output(Timestamp::now()).unwrap_or_else(|reason| {
            let line = glance.placeholder(&reason).unwrap_or_else(|| reason.to_string());
            Output { news: line.clone(), line, until: None }
        });
        if last.as_ref() != Some(&news) {
            print(&line)?;
            last = Some(news);
        }
        Ok(until)
    });
    match result {
        // The reader has ended.
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
