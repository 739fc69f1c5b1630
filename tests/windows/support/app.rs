//! The running app.

use super::tray::{self, Line};
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};
use tokenwell_stage::{Program, eventually};
use tokio::process::Command;

/// The running app.
pub struct App {
    program: Program,
    log: PathBuf,
}

impl App {
    /// Starts the app and waits for its icon.
    pub async fn start(log: &Path, arguments: &[&str]) -> Result<Self> {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_tokenwell")), log, arguments).await
    }

    /// Starts an app that lies elsewhere.
    pub async fn start_program(program: &Path, log: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments);
        let program = Program::start(command, log)?;
        tray::icon_is_shown(true).await?;
        Ok(Self { program, log: log.to_owned() })
    }

    /// What it has printed.
    pub fn printed(&self) -> Result<String> {
        std::fs::read_to_string(&self.log).with_context(|| format!("{}", self.log.display()))
    }

    /// Waits until it has printed `text`.
    pub async fn prints(&self, text: &str) -> Result<()> {
        eventually(&format!("the app prints “{text}”"), async || {
            Ok(self.printed()?.contains(text).then_some(()))
        })
        .await
    }

    /// Chooses Quit in the tray's menu, and waits until app and icon are gone.
    pub async fn quit(mut self) -> Result<()> {
        tray::choose(Line::Quit).await?;
        let status = self.program.wait().await?;
        ensure!(status.success(), "the app ended with {status}: {}", self.printed()?);
        tray::icon_is_shown(false).await
    }
}
