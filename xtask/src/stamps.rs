//! The steps of `prove` that passed on this commit, so that an interrupted run continues.

use crate::command::announce;
use crate::outcome::{Outcome, Passed};
use crate::setup;
use crate::steps::{Action, Step};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// A file for each step, with its seconds and tests.
pub struct Stamps {
    folder: Option<PathBuf>,
}

impl Stamps {
    pub fn none() -> Self {
        Self { folder: None }
    }

    /// Steps are stored for a commit only. With uncommitted changes, every step runs.
    pub fn of_this_commit() -> Result<Self> {
        let git = |arguments: &[&str]| Command::new("git").args(arguments).output();
        let changes = git(&["status", "--porcelain"])?;
        let commit = git(&["rev-parse", "HEAD"])?;
        let is_clean = changes.status.success() && changes.stdout.is_empty() && commit.status.success();
        if !is_clean {
            announce("There are uncommitted changes, so no step is skipped or remembered");
            return Ok(Self::none());
        }
        let commit = String::from_utf8(commit.stdout)?;
        Ok(Self { folder: Some(setup::root().join("target/prove").join(commit.trim())) })
    }

    pub fn remove(&self) -> Result<()> {
        match &self.folder {
            Some(folder) if folder.exists() => Ok(std::fs::remove_dir_all(folder)?),
            _ => Ok(()),
        }
    }

    /// The seconds and tests of a step that passed. Set-up and builds always run, because they check themselves what is
    /// missing.
    pub fn read(&self, step: &Step) -> Option<Passed> {
        if matches!(step.action, Action::SetUp(_) | Action::Build) {
            return None;
        }
        let text = std::fs::read_to_string(self.folder.as_ref()?.join(step.name)).ok()?;
        let (seconds, tests) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        Some(Passed { seconds: seconds.parse().ok()?, tests: tests.parse().ok() })
    }

    pub fn write(&self, step: &Step, outcome: &Outcome) -> Result<()> {
        let (Some(folder), Outcome::Passed(passed)) = (&self.folder, outcome) else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let tests = passed.tests.map(|tests| tests.to_string()).unwrap_or_default();
        Ok(std::fs::write(folder.join(step.name), format!("{:.1} {tests}", passed.seconds))?)
    }
}
