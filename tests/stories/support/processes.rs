//! The app's processes, as the system lists them.

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

/// The memory that the app and its web processes have written, in KiB. Mapped files are excluded, because the system
/// decides how much of them is in memory and which programs share them.
pub async fn memory_kib(app: &Program) -> Result<u64> {
    let parent = app.id().context("the app has ended")?.to_string();
    let children = Command::new("pgrep").args(["--parent", &parent]).output().await?;
    let mut sum = 0;
    for id in String::from_utf8(children.stdout)?.lines().chain([parent.as_str()]) {
        // A process that has just ended has no status file.
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        for line in status.lines() {
            if let Some(size) = line.strip_prefix("RssAnon:").or(line.strip_prefix("RssShmem:")) {
                sum += size.trim().trim_end_matches(" kB").parse::<u64>()?;
            }
        }
    }
    Ok(sum)
}

/// Waits until the app has this many web processes.
pub async fn wait_for_webviews(app: &Program, count: usize) -> Result<()> {
    eventually(&format!("the app has {count} web processes"), async || {
        Ok((webviews(app).await? == count).then_some(()))
    })
    .await
}
