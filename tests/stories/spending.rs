//! Spends on the platform reach the app without any action of the user.

use crate::support::{Browser, World, grouped, wait_for_webviews};
use anyhow::Result;
use tokenwell_stage::demo::{FREE, PREMIUM};

async fn generate(browser: &Browser, studio: &str, email: &str, amount: u64) -> Result<()> {
    browser.go(studio).await?;
    let user = format!("#user option[value='{email}']");
    browser.click(&user).await?;
    browser.fill("#amount", &amount.to_string()).await?;
    browser.click("#generate").await
}

#[tokio::test]
async fn a_spend_in_the_studio_lowers_the_balance_in_panel_and_tray_without_a_click() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let tray = world.tray().await?;
    let before = world.balance_of(PREMIUM.1).await?;
    let spendable = before["spendable"].as_u64().unwrap();
    let bank = before["rollover"]["available"].as_u64().unwrap();
    app.shows("spendable", &grouped(spendable)).await?;

    let studio = format!("{}/studio", world.services.sandbox_url());
    generate(&browser, &studio, PREMIUM.1, 500).await?;
    app.shows("spendable", &grouped(spendable - 500)).await?;
    tray.shows(&format!("Rollover Bank {}", grouped(bank - 500))).await?;
    app.stop().await
}

#[tokio::test]
async fn a_refused_spend_of_a_free_account_opens_the_upgrade_prompt() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(FREE.1).await?;
    let studio = format!("{}/studio", world.services.sandbox_url());
    generate(&browser, &studio, FREE.1, 900).await?;
    browser.sees("900").await?;
    app.find("upgrade-prompt").await?;
    app.shows("spend-refused", "900").await?;
    assert_eq!(world.spendable_of(FREE.1).await?, 150);
    app.stop().await
}

#[tokio::test]
async fn a_refused_spend_shows_one_notification_and_clicking_it_opens_the_prompt_to_buy() -> Result<()> {
    let mut world = World::new().await?;
    let mut notifications = world.notifications().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    world.spend_too_much(PREMIUM.1, before + 1).await?;
    let refused = notifications.next().await?;
    assert_eq!(refused.title, "Not enough tokens");
    notifications.click(&refused).await?;
    app.shows("spend-refused", &grouped(before + 1)).await?;
    app.click("pack-small").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.find("paid").await?;
    assert_eq!(notifications.next().await?.title, "5,000 tokens added");
    app.stop().await?;

    // With the panel closed: one notification for repeated refusals, and clicking it opens the panel.
    let app = world.app_in_the_tray()?;
    let tray = world.tray().await?;
    tray.is_current().await?;
    world.spend_too_much(PREMIUM.1, 9_000_000).await?;
    let refused = notifications.next().await?;
    world.spend_too_much(PREMIUM.1, 9_000_000).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 1, "Something small").await?;
    tray.tooltip_contains(&grouped(before + 4_999)).await?;
    assert_eq!(notifications.rest(), []);
    notifications.click(&refused).await?;
    wait_for_webviews(&app, 1).await
}

#[tokio::test]
async fn a_low_balance_shows_one_notification_and_clicking_it_opens_add_tokens() -> Result<()> {
    let mut world = World::new().await?;
    let mut notifications = world.notifications().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;
    world.services.spend(&user, spendable - 2_400, "A film").await?;
    let low = notifications.next().await?;
    assert_eq!(low.title, "2,400 tokens left");
    assert!(low.body.starts_with("That is fewer than 2,500. Fast tokens reset "), "{}", low.body);
    world.services.spend(&user, 100, "Its credits").await?;
    app.shows("spendable", "2,300").await?;
    assert_eq!(notifications.rest(), []);
    notifications.click(&low).await?;
    app.find("add-tokens-dialog").await?;
    app.stop().await
}
