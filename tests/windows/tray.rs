//! The tray: its icon, what pointing at it shows, and its menu.

use crate::support::{
    World,
    tray::{self, Line},
};
use anyhow::{Context as _, Result};
use tokenwell_stage::{Services, eventually};

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn pointing_at_the_icon_shows_the_breakdown_and_follows_the_balance() -> Result<()> {
    let world = World::new().await?;
    let user = world.signed_in_user().await?;
    let app = world.app().await?;
    let tooltip =
        tray::tooltip_starts("25,000 tokens\nRollover Bank 0\nFast 25,000\nTop-up 0\nResets ").await?;
    assert!(tooltip.encode_utf16().count() <= 127, "Windows cuts off what follows: {tooltip}");
    tray::photograph("windows-tray").await?;

    world.services.buy(&user, "small", 2).await?;
    world.services.spend(&user, 1_000, "A film").await?;
    tray::tooltip_starts("34,000 tokens\nRollover Bank 0\nFast 24,000\nTop-up 10,000\n").await?;
    app.quit().await
}

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn the_menu_opens_with_the_right_button_and_its_lines_do_what_they_say() -> Result<()> {
    let world = World::new().await?;
    world.signed_in_user().await?;
    let app = world.app().await?;
    tray::tooltip_starts("25,000 tokens\n").await?;
    tray::open_menu().await?;
    tray::photograph("windows-menu").await?;
    let before = refreshes(&world.services).await?;
    tray::choose_in_open_menu(Line::Refresh).await?;
    eventually("the app has asked the service again", async || {
        Ok((refreshes(&world.services).await? > before).then_some(()))
    })
    .await?;
    app.quit().await
}

/// How often packs were read at the service. The app reads them only when it refreshes.
async fn refreshes(services: &Services) -> Result<u64> {
    let metrics = services.service()?.get("/metrics").await?;
    let metrics = metrics.as_str().context("metrics are text")?;
    let counter = r#"tokenwell_requests_total{method="GET",route="/v1/packs",status="200"} "#;
    let line = metrics.lines().find_map(|line| line.strip_prefix(counter));
    Ok(line.unwrap_or("0").parse()?)
}
