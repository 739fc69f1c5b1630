//! Home fits the window that the panel opens with: whatever it shows, nothing has to be scrolled.

use crate::support::{App, World};
use anyhow::Result;
use serde_json::json;
use tokenwell_stage::DesktopOptions;
use tokenwell_stage::demo::{LAPSED, PREMIUM};

/// Checks that all of Home is in view, in a window of 420 × 680.
async fn fits(app: &App, state: &str) -> Result<()> {
    app.has_settled().await?;
    let measure = "const main = document.querySelector('.home main'); \
                   return [innerWidth, innerHeight, main.scrollHeight - main.clientHeight]";
    assert_eq!(app.client.execute(measure, vec![]).await?, json!([420, 680, 0]), "{state}");
    Ok(())
}

async fn home_fits_in_every_state(locale: &'static str) -> Result<()> {
    let mut world = World::with(&DesktopOptions { locale, ..Default::default() }).await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.find("forecast").await?;
    fits(&app, "with data").await?;

    app.click("add-tokens").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.click("hide").await?;
    app.find("purchase-strip").await?;
    fits(&app, "while a purchase is under way").await?;
    world.pay(&checkout).await?;
    app.click("hide").await?;
    app.stop().await?;

    let app = world.app_while_the_service_does_not_answer().await?;
    app.find("age").await?;
    fits(&app, "stale").await?;
    app.stop().await?;
    world.let_the_service_answer().await?;
    world.services.stop_service().await?;
    let app = world.app().await?;
    app.shows("age", "Offline").await?;
    fits(&app, "offline").await?;
    world.services.start_service(false).await?;

    world.spend_all_but(PREMIUM, 1_840).await?;
    app.find("low").await?;
    fits(&app, "low").await?;
    world.spend_all_but(PREMIUM, 0).await?;
    app.is_empty().await?;
    fits(&app, "empty").await?;

    world.add_account(&app, LAPSED.1).await?;
    app.is_signed_in_as(LAPSED.0).await?;
    app.find("locked").await?;
    fits(&app, "locked").await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    fits(&app, "locked and offline").await?;
    app.stop().await
}

#[tokio::test]
async fn home_fits_without_scrolling_in_every_state_in_english() -> Result<()> {
    home_fits_in_every_state("en_US.UTF-8").await
}

#[tokio::test]
async fn home_fits_without_scrolling_in_every_state_in_german() -> Result<()> {
    home_fits_in_every_state("de_DE.UTF-8").await
}
