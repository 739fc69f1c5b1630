//! The reminder before tokens are forfeited.

use crate::support::{World, grouped};
use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

/// Lets Ada's plan end tomorrow, and waits until the service knows it.
async fn end_plan_tomorrow(world: &World) -> Result<()> {
    let subscriptions = world.services.subscriptions_of(PREMIUM.1).await?;
    let subscription = subscriptions[0]["id"].as_str().context("a subscription has an id")?;
    let end = json!({"cancel_at": Timestamp::now() + SignedDuration::from_hours(24)});
    world.services.sandbox()?.post(&format!("/sandbox/subscriptions/{subscription}"), &end).await?;
    let ada = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    eventually("the service knows when the plan ends", async || {
        let account = ada.api.get("/v1/account").await?;
        Ok((!account["subscription"]["ends_at"].is_null()).then_some(()))
    })
    .await
}

#[tokio::test]
async fn before_a_plan_ends_the_user_is_reminded_once_and_not_again_after_a_restart() -> Result<()> {
    let mut world = World::new().await?;
    let mut notifications = world.notifications().await?;
    end_plan_tomorrow(&world).await?;
    let balance = world.balance_of(PREMIUM.1).await?;
    let available = |bucket: &str| balance[bucket]["available"].as_u64().context("a bucket has tokens");
    let (plan, top_up) = (available("rollover")? + available("fast")?, available("top_up")?);

    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("remind").await?;
    let reminder = notifications.next().await?;
    assert_eq!(reminder.title, format!("{} tokens will be forfeited", grouped(plan)));
    assert!(reminder.body.starts_with("Your plan ends "), "{reminder:?}");
    assert!(reminder.body.contains(&format!("You keep {} top-up tokens", grouped(top_up))), "{reminder:?}");
    app.stop().await?;

    let app = world.app().await?;
    let tray = world.tray().await?;
    tray.is_current().await?;
    app.click("settings").await?;
    assert_eq!(app.find("remind").await?.attr("data-state").await?.as_deref(), Some("checked"));
    world.spend_too_much(PREMIUM.1, 9_000_000).await?;
    assert_eq!(notifications.next().await?.title, "Not enough tokens", "nothing reminds again");
    assert_eq!(notifications.rest(), []);
    app.stop().await
}
