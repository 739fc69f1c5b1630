//! The glance: the tray alone, with the panel closed.

use crate::support::{World, grouped};
use anyhow::{Context as _, Result};
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{Program, eventually};
use tokio::process::Command;

/// How many web processes the app has.
async fn webviews(app: &Program) -> Result<usize> {
    let parent = app.id().context("the app has ended")?.to_string();
    let mut list = Command::new("pgrep");
    let output = list.args(["--parent", &parent, "WebKitWeb"]).output().await?;
    Ok(String::from_utf8(output.stdout)?.lines().count())
}

async fn wait_for_webviews(app: &Program, count: usize) -> Result<()> {
    eventually(&format!("the app has {count} web processes"), async || {
        Ok((webviews(app).await? == count).then_some(()))
    })
    .await
}

#[tokio::test]
async fn while_the_panel_is_closed_there_is_no_webview_and_the_tray_still_follows() -> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    app.stop().await?;

    let app = world.app_in_the_tray()?;
    let tray = world.tray().await?;
    let before = world.balance_of(PREMIUM.1).await?["rollover"]["available"].as_u64().unwrap();
    tray.shows(&format!("Rollover Bank {}", grouped(before))).await?;
    assert_eq!(webviews(&app).await?, 0);

    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 70, "Sketch").await?;
    tray.shows(&format!("Rollover Bank {}", grouped(before - 70))).await?;
    assert_eq!(webviews(&app).await?, 0);

    tray.is_current().await?;
    tray.click("Add Tokens").await?;
    wait_for_webviews(&app, 1).await?;
    // As the cross in its title bar does.
    let mut close = world.desktop.run(Command::new("wmctrl"));
    close.args(["-F", "-c", "Tokenwell"]);
    assert!(close.status().await?.success());
    wait_for_webviews(&app, 0).await?;
    tray.shows(&format!("Rollover Bank {}", grouped(before - 70))).await?;

    tray.click("Quit").await?;
    let mut app = app;
    assert!(app.wait().await?.success());
    Ok(())
}
