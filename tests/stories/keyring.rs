//! A keyring that is locked: the app says what it waits for, stays usable, and goes on once it is unlocked.

use crate::support::{World, grouped};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

#[tokio::test]
async fn a_locked_keyring_is_waited_for_with_the_last_figures_on_screen_and_the_app_goes_on_when_it_is_unlocked()
-> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;
    app.stop().await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "While it was locked").await?;

    world.desktop.lock_keyring().await?;
    let app = world.app().await?;
    world.desktop.keyring_asks().await?;
    app.shows("notices", "Waiting for your keyring").await?;
    app.shows("spendable", &grouped(spendable)).await?;
    app.shows("age", "Last updated").await?;
    world.tray().await?.says(&grouped(spendable)).await?;

    world.desktop.unlock_keyring().await?;
    app.shows("spendable", &grouped(spendable - 300)).await?;
    eventually("nothing is waited for", async || Ok((!app.has("notices").await?).then_some(()))).await?;
    app.stop().await
}

#[tokio::test]
async fn signing_in_with_a_locked_keyring_works_once_it_is_unlocked() -> Result<()> {
    let world = World::new().await?;
    world.desktop.lock_keyring().await?;
    let mut world = world;
    let (app, browser) = tokio::try_join!(world.app(), world.browser())?;
    app.click("sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, PREMIUM.1).await?;
    app.shows("notices", "Waiting for your keyring").await?;
    world.desktop.unlock_keyring().await?;
    app.find("spendable").await?;
    assert!(world.refresh_token().await?.len() > 16);
    app.stop().await
}
