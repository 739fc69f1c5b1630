//! Spends of the platform reach the app by themselves.

use crate::support::{Browser, World, grouped};
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
async fn a_spend_in_the_studio_lowers_the_balance_in_panel_and_tray_without_any_click() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
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
async fn a_refused_spend_opens_the_prompt_that_helps() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(FREE.1).await?;
    let studio = format!("{}/studio", world.services.sandbox_url());
    generate(&browser, &studio, FREE.1, 900).await?;
    browser.sees("900").await?;
    app.find("upgrade-prompt").await?;
    app.shows("spend-refused", "900").await?;
    assert_eq!(world.spendable_of(FREE.1).await?, 150);
    app.stop().await
}
