//! `tokenwell-glance` beside the app.

use crate::support::{World, tray};
use anyhow::{Context as _, Result};
use std::process::Stdio;
use tokenwell_stage::{binary, eventually};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn glance_prints_the_apps_balance_and_follows_it() -> Result<()> {
    let world = World::new().await?;
    let user = world.signed_in_user().await?;
    let app = world.app().await?;
    tray::tooltip_starts("25,000 tokens\n").await?;

    eventually("glance prints the balance", async || {
        Ok(printed_once().await?.starts_with("25,000 tokens to spend").then_some(()))
    })
    .await?;
    let mut glance = Command::new(binary("tokenwell-glance")?);
    glance.args(["--watch", "--format", "{spendable} = {rollover} + {fast} + {top_up}{stale}"]);
    let mut watching = glance.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut lines = BufReader::new(watching.stdout.take().context("stdout is piped")?).lines();
    assert_eq!(lines.next_line().await?.as_deref(), Some("25,000 = 0 + 25,000 + 0"));
    world.services.spend(&user, 5_000, "A film").await?;
    assert_eq!(lines.next_line().await?.as_deref(), Some("20,000 = 0 + 20,000 + 0"));
    watching.kill().await?;

    assert!(printed_once().await?.starts_with("20,000 tokens to spend"));
    app.quit().await
}

async fn printed_once() -> Result<String> {
    let output = Command::new(binary("tokenwell-glance")?).output().await?;
    Ok(String::from_utf8(output.stdout)?)
}
