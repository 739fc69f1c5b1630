//! Stand-ins for the outside world, as a program: see the library.

use anyhow::Result;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use tokenwell_sandbox::Settings;
use tracing_subscriber::EnvFilter;

/// The exit code for settings that are wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let settings = match Settings::try_parse() {
        Ok(settings) => settings,
        Err(asked) if !asked.use_stderr() => {
            return if asked.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(error) => return refuse(&in_one_line(&error)),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .init();
    match run(settings) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(settings: Settings) -> Result<ExitCode> {
    let sandbox = match tokenwell_sandbox::start(settings).await {
        Ok(sandbox) => sandbox,
        Err(error) => return Ok(refuse(&error.to_string())),
    };
    writeln!(std::io::stdout(), "listening on http://{}", sandbox.addr)?;
    stopped().await?;
    sandbox.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits until the system or a person asks the program to stop.
async fn stopped() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn refuse(why: &str) -> ExitCode {
    // Nothing is left to do if even this cannot be said.
    let _ = writeln!(std::io::stderr(), "tokenwell-sandbox: {why}");
    ExitCode::from(USAGE)
}

/// What clap says, without its usage lines.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}
