//! A locked keyring: the app shows a notice, stays usable, and continues once the keyring is unlocked.

use crate::support::{World, grouped};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

#[tokio::test]
async fn while_the_keyring_is_locked_the_app_shows_the_last_balance_and_continues_once_it_is_unlocked()
-> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;
    app.stop().await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "While it was locked").await?;

    world.desktop.lock_keyring().await?;
    let app = world.app().await?;
    world.desktop.wait_for_keyring_prompt().await?;
    app.shows("notices", "Waiting for your keyring").await?;
    app.shows("spendable", &grouped(spendable)).await?;
    app.shows("age", "updated").await?;
    world.tray().await?.tooltip_contains(&grouped(spendable)).await?;

    world.desktop.unlock_keyring().await?;
    app.shows("spendable", &grouped(spendable - 300)).await?;
    eventually("the notice is gone", async || Ok((!app.has("notices").await?).then_some(()))).await?;
    app.stop().await
}

#[tokio::test]
async fn a_sign_in_with_a_locked_keyring_completes_once_the_keyring_is_unlocked() -> Result<()> {
    let mut world = World::new().await?;
    world.desktop.lock_keyring().await?;
    let app = world.app().await?;
    app.click("sign-in").await?;
    world.answer_sign_in_page(PREMIUM.1).await?;
    app.shows("notices", "Waiting for your keyring").await?;
    world.desktop.unlock_keyring().await?;
    app.find("spendable").await?;
    assert!(world.refresh_token().await?.len() > 16);
    app.stop().await
}

#[tokio::test]
async fn a_dismissed_prompt_leaves_the_last_balance_and_a_way_to_go_on() -> Result<()> {
    let mut world = World::new().await?;
    world.signed_in_as(PREMIUM.1).await?.stop().await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;

    world.desktop.lock_keyring().await?;
    let app = world.app().await?;
    world.desktop.dismiss_keyring_prompt().await?;
    app.shows("age", "Your keyring is locked. Unlock it, then choose Refresh.").await?;
    app.shows("spendable", &grouped(spendable)).await?;
    app.stop().await
}
