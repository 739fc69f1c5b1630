//! The glance: the tray alone, with the panel closed.

use crate::support::{World, grouped, wait_for_webviews, webviews};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;

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
    world.close_panel().await?;
    wait_for_webviews(&app, 0).await?;
    tray.shows(&format!("Rollover Bank {}", grouped(before - 70))).await?;

    tray.click("Quit").await?;
    let mut app = app;
    assert!(app.wait().await?.success());
    Ok(())
}
