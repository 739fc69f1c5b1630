//! What the app does when the computer wakes up from sleep.

use crate::support::{World, grouped};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

/// A request that each refresh of the app sends once, and that nothing else in these stories sends.
const REFRESH: (&str, &str) = ("GET", "/v1/balance");

async fn refreshes(world: &World) -> Result<u64> {
    world.services.answered(REFRESH.0, REFRESH.1).await
}

#[tokio::test]
async fn after_waking_the_app_refreshes_once() -> Result<()> {
    let mut world = World::new().await?;
    let login_manager = world.login_manager().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let (tray, user) = (world.tray().await?, world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?);
    tray.is_current().await?;
    let (spendable, before) = (world.spendable_of(PREMIUM.1).await?, refreshes(&world).await?);

    login_manager.falls_asleep().await?;
    login_manager.wakes().await?;
    eventually("the app has refreshed", async || Ok((refreshes(&world).await? > before).then_some(())))
        .await?;
    world.services.spend(&user, 70, "After the sleep").await?;
    app.shows("spendable", &grouped(spendable - 70)).await?;
    assert_eq!(refreshes(&world).await?, before + 1);
    app.stop().await
}

#[tokio::test]
async fn a_purchase_paid_while_the_computer_slept_arrives_after_waking() -> Result<()> {
    let mut world = World::new().await?;
    let login_manager = world.login_manager().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;

    login_manager.falls_asleep().await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    world.pay(&checkout).await?;
    world.services.start_service(false).await?;
    login_manager.wakes().await?;
    app.find("paid").await?;
    app.click("hide").await?;
    app.shows("spendable", &grouped(before + 15_000)).await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before + 15_000, "once");
    app.stop().await
}
