//! The sandbox as a program; the library describes what it does.

use anyhow::Result;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use tokenwell_sandbox::Settings;
use tracing_subscriber::EnvFilter;

/// The exit code for invalid settings.
const INVALID_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let settings = match Settings::try_parse() {
        Ok(settings) => settings,
        Err(help) if !help.use_stderr() => {
            return if help.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(error) => return refuse_settings(&in_one_line(&error)),
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
        Err(error) => return Ok(refuse_settings(&error.to_string())),
    };
    writeln!(std::io::stdout(), "listening on http://{}", sandbox.addr)?;
    wait_for_stop().await?;
    sandbox.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGTERM or Ctrl-C.
async fn wait_for_stop() -> Result<()> {
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

fn refuse_settings(reason: &str) -> ExitCode {
    // The exit code reports the failure if standard error cannot be written to.
    let _ = writeln!(std::io::stderr(), "tokenwell-sandbox: {reason}");
    ExitCode::from(INVALID_SETTINGS)
}

/// The message of clap in one line, without the usage.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}
