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

/// The app's own memory in KiB, without the files that it maps: how much of those is in memory is the system's affair.
pub fn memory_kib(app: &Program) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.id().context("the app has ended")?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// What the app and all of its web processes take in KiB, each shared page counted in parts.
pub async fn memory_of_all_kib(app: &Program) -> Result<u64> {
    let parent = app.id().context("the app has ended")?;
    let children = Command::new("pgrep").args(["--parent", &parent.to_string()]).output().await?;
    let mut sum = 0;
    for id in String::from_utf8(children.stdout)?.lines().chain([parent.to_string().as_str()]) {
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
        sum += line.trim().trim_end_matches(" kB").parse::<u64>()?;
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
