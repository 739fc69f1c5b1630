//! The programs that are measured: the app, and what it is compared with.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use tokenwell_stage::{Desktop, Program};
use tokio::process::Command;

/// A program to measure.
#[derive(Clone)]
pub struct Compared {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Compared {
    /// The app, which is signed in to `service`. Its closed panel stays in memory for so many seconds.
    pub fn app(release: &Path, service: &str, warm_s: u32) -> Self {
        let warm_s = warm_s.to_string();
        Self::new(&release.join("tokenwell"), &["--service", service, "--panel-warm-s", &warm_s])
    }

    /// A Tauri app with nothing but a tray icon and a window.
    pub fn empty(release: &Path) -> Self {
        Self::new(&release.join("tokenwell-empty-app"), &[])
    }

    /// The smallest tray app in Python, with the Qt of `python`.
    pub fn pyside(python: &Path) -> Self {
        Self::new(python, &["-c", include_str!("tray.py")])
    }

    /// A browser with the panel's page in its only tab.
    pub fn chromium(page: &str, profile: &Path) -> Self {
        let profile = format!("--user-data-dir={}", profile.display());
        let quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"];
        let arguments = [&["--no-sandbox", "--disable-sync", &profile][..], &quiet, &[page]].concat();
        Self::new(Path::new("chromium"), &arguments)
    }

    fn new(program: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { program: program.to_owned(), arguments }
    }

    /// Starts it on a desktop.
    pub fn start(&self, desktop: &Desktop) -> Result<Program> {
        let mut command = desktop.run(Command::new(&self.program));
        command.args(&self.arguments);
        Program::start(command, &desktop.home().join("measured.log"))
    }
}

/// The id of a program that runs.
pub fn id(program: &Program) -> Result<u32> {
    program.id().context("the program has ended")
}
