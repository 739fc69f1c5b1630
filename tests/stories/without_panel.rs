//! Signing in from the tray's menu, without the panel.

use crate::support::{World, wait_for_webviews, webviews};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;

#[tokio::test]
async fn sign_in_in_the_trays_menu_goes_straight_to_the_browser() -> Result<()> {
    let mut world = World::new().await?;
    let (tray, app) = (world.tray().await?, world.app_in_the_tray()?);
    wait_for_webviews(&app, 1).await?;
    world.close_panel().await?;
    wait_for_webviews(&app, 0).await?;
    tray.click("Sign in…").await?;
    tray.shows("Open the sign-in page again").await?;
    let first = world.desktop.opened_url().await?;
    assert_eq!(webviews(&app).await?, 0, "no panel is needed");
    tray.click("Open the sign-in page again").await?;
    assert_eq!(world.desktop.opened_url().await?, first);

    tray.click("Cancel sign-in").await?;
    tray.shows("Signed out").await?;
    tray.click("Sign in…").await?;
    world.answer_sign_in_page(PREMIUM.1).await?;
    tray.is_current().await?;
    wait_for_webviews(&app, 1).await
}
