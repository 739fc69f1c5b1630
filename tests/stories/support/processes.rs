//! The app as the system's list of processes shows it.

use anyhow::{Context as _, Result};
use tokenwell_stage::{Program, eventually};
use tokio::process::Command;

/// How many web processes the app has: one for an open panel, none for a closed one.
pub async fn webviews(app: &Program) -> Result<usize> {
    let parent = app.id().context("the app has ended")?.to_string();
    let mut list = Command::new("pgrep");
    let output = list.args(["--parent", &parent, "WebKitWeb"]).output().await?;
    Ok(String::from_utf8(output.stdout)?.lines().count())
}

/// The app's own memory in KiB, shared pages counted in.
pub fn memory_kib(app: &Program) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.id().context("the app has ended")?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Waits until the app has this many web processes.
pub async fn wait_for_webviews(app: &Program, count: usize) -> Result<()> {
    eventually(&format!("the app has {count} web processes"), async || {
        Ok((webviews(app).await? == count).then_some(()))
    })
    .await
}
