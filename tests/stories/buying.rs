//! Buying a pack, and what can interrupt it.

use crate::support::{App, DECLINED_CARD, GOOD_CARD, World, grouped};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;

/// Chooses two medium packs in the dialog and presses Buy Now.
async fn buy_two_medium_packs(app: &App) -> Result<()> {
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.fill("quantity", "2").await?;
    app.shows("total", "$48.00").await?;
    app.click("buy-now").await
}

#[tokio::test]
async fn bought_tokens_show_in_panel_and_tray_and_stay_visible_while_the_service_is_down() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let tray = world.tray().await?;

    let before = world.balance_of(PREMIUM.1).await?;
    let available = |bucket: &str| grouped(before[bucket]["available"].as_u64().unwrap_or_default());
    app.shows("spendable", &grouped(before["spendable"].as_u64().unwrap())).await?;
    app.click("profile-balance").await?;
    app.shows("breakdown-fast", &available("fast")).await?;
    app.shows("breakdown-rollover", &available("rollover")).await?;
    app.shows("breakdown-top-up", &available("top_up")).await?;
    tray.shows(&format!("Fast {}", available("fast"))).await?;
    tray.shows("Next spent from Rollover Bank").await?;

    buy_two_medium_packs(&app).await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;
    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;

    app.find("paid").await?;
    let after = before["spendable"].as_u64().unwrap() + 30_000;
    app.click("hide").await?;
    app.shows("spendable", &grouped(after)).await?;
    tray.shows(&grouped(before["top_up"]["available"].as_u64().unwrap() + 30_000)).await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, after);

    app.stop().await?;
    world.services.stop_service().await?;
    let app = world.app().await?;
    app.shows("spendable", &grouped(after)).await?;
    app.shows("age", "Offline").await?;
    app.stop().await
}

#[tokio::test]
async fn a_declined_card_can_be_tried_again_with_another() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;

    buy_two_medium_packs(&app).await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(DECLINED_CARD).await?;
    browser.sees("declined").await?;
    app.find("waiting").await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before);

    browser.pay_by_card(GOOD_CARD).await?;
    app.find("paid").await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before + 30_000);
    app.stop().await
}

#[tokio::test]
async fn a_purchase_stays_open_after_leaving_the_checkout_until_it_is_cancelled_in_the_app() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;

    buy_two_medium_packs(&app).await?;
    let checkout = world.desktop.opened_url().await?;
    browser.go(&checkout).await?;
    browser.click("#cancel").await?;
    browser.sees("Nothing was charged").await?;
    app.find("waiting").await?;

    app.click("reopen-checkout").await?;
    assert_eq!(world.desktop.opened_url().await?, checkout);
    app.click("cancel-purchase").await?;
    app.shows("purchase-ended", "cancelled").await?;
    browser.go(&checkout).await?;
    browser.sees("no longer open").await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before);
    app.stop().await
}

#[tokio::test]
async fn tokens_arrive_even_if_the_browser_is_closed_right_after_paying() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;

    buy_two_medium_packs(&app).await?;
    let checkout = world.desktop.opened_url().await?;
    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    world.services.is_paid_at_stripe(&checkout).await?;
    browser.close().await?;

    app.find("paid").await?;
    app.click("hide").await?;
    app.shows("spendable", &grouped(before + 30_000)).await?;
    app.stop().await
}

#[tokio::test]
async fn the_settings_open_the_same_add_tokens_dialog() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("subscription-and-billing").await?;
    app.click("settings-add-tokens").await?;
    app.find("add-tokens-dialog").await?;
    app.shows("buy-now", "Buy Now").await?;
    app.stop().await
}
