//! What goes wrong around the app: crashes, a service that is away, a damaged cache, no keyring.

use crate::support::{GOOD_CARD, World, grouped};
use anyhow::Result;
use tokenwell_stage::DesktopOptions;
use tokenwell_stage::demo::PREMIUM;

#[tokio::test]
async fn a_purchase_survives_a_crash_of_the_app() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;
    app.crash().await?;

    let app = world.app().await?;
    app.find("waiting").await?;
    app.click("reopen-checkout").await?;
    assert_eq!(world.desktop.opened_url().await?, checkout, "the same checkout, not a second one");
    app.crash().await?;

    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    world.services.is_paid_at_stripe(&checkout).await?;
    let app = world.app().await?;
    app.find("paid").await?;
    app.click("done").await?;
    app.shows("spendable", &grouped(before + 15_000)).await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before + 15_000, "once");
    app.stop().await
}

#[tokio::test]
async fn while_the_service_is_away_the_last_figures_stay_and_it_is_caught_up_with_afterwards() -> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    app.shows("spendable", &grouped(before)).await?;

    world.services.start_service(false).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "While you were away").await?;
    app.shows("spendable", &grouped(before - 300)).await?;
    assert!(!app.has("age").await?, "current figures have no age");
    app.stop().await
}

#[tokio::test]
async fn a_damaged_cache_is_set_aside_and_told_once() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    app.stop().await?;
    let cache = world.desktop.home().join("data/app.tokenwell.desktop/cache.sqlite3");
    // Its log would make up for the damage.
    for log in ["sqlite3-wal", "sqlite3-shm"] {
        let _ = std::fs::remove_file(cache.with_extension(log));
    }
    std::fs::write(&cache, "what a failing disk leaves behind ".repeat(200))?;

    let app = world.app().await?;
    app.shows("notices", "The saved figures were damaged").await?;
    assert!(cache.with_extension("sqlite3.damaged").exists());
    app.click("sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, PREMIUM.1).await?;
    app.shows("spendable", &spendable).await?;
    app.stop().await?;

    let app = world.app().await?;
    app.shows("spendable", &spendable).await?;
    assert!(!app.has("notices").await?, "told once");
    app.stop().await
}

#[tokio::test]
async fn without_a_keyring_one_is_signed_in_for_this_session_only_and_told_so() -> Result<()> {
    let mut world = World::with(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    app.shows("notices", "you stay signed in only until Tokenwell quits").await?;
    app.stop().await?;

    let app = world.app().await?;
    app.find("sign-in").await?;
    app.stop().await
}
