//! The pages behind Home show the data of the service and of Stripe.

use crate::support::{World, grouped};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::path::Path;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

#[tokio::test]
async fn the_app_shows_that_a_plan_was_cancelled_or_resumed_on_the_billing_page() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let balance = world.balance_of(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("subscription-and-billing").await?;
    app.shows("renewal", "Renews ").await?;
    app.click("what-if-cancel").await?;
    for bucket in ["rollover", "fast", "top_up"] {
        let tokens = grouped(balance[bucket]["available"].as_u64().unwrap());
        app.shows("cancelling", &tokens).await?;
    }

    app.click("manage-subscription").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    app.find("portal-open").await?;
    browser.click("#cancel-plan").await?;
    app.shows("renewal", "does not renew").await?;
    app.shows("cancelling", "When your plan ends").await?;
    assert_eq!(
        world.balance_of(PREMIUM.1).await?["spendable"],
        balance["spendable"],
        "everything stays usable"
    );

    browser.click("#resume").await?;
    app.shows("renewal", "Renews ").await?;
    app.stop().await
}

/// The rows of a CSV file without its header.
fn rows(file: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file)?;
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some("id,at,kind,bucket,amount,balance_after,reason,reference"));
    Ok(lines.collect())
}

#[tokio::test]
async fn the_activity_follows_each_spend_and_an_export_never_overwrites_a_file() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    app.click("activity").await?;
    app.shows("entry", "Storyboard: the end").await?;
    world.services.spend(&user, 70, "Sketch of a gull").await?;
    app.shows("entry", "Sketch of a gull").await?;
    app.shows("entry", "−70").await?;

    app.click("export").await?;
    let all = saved(&app.text("exported").await?)?;
    let everything = rows(&all)?;
    app.find("filter-kind").await?.select_by_value("spent").await?;
    app.click("export").await?;
    app.shows("exported", " (2).csv").await?;
    let spends = rows(&saved(&app.text("exported").await?)?)?;
    assert!(spends.iter().all(|row| row.contains(",spend,")) && spends.len() < everything.len());
    assert!(spends[0].contains("Sketch of a gull"));
    assert_eq!(rows(&all)?, everything, "the first file is unchanged");

    app.click("show-in-folder").await?;
    let folder = Path::new(&all).parent().context("a file is in a folder")?;
    assert_eq!(Path::new(&world.desktop.opened_url().await?), folder);
    app.stop().await
}

/// The path in the panel's line about the saved file.
fn saved(line: &str) -> Result<String> {
    let path = line.strip_prefix("Saved as ").and_then(|rest| rest.split(" · ").next());
    Ok(path.with_context(|| format!("no path in “{line}”"))?.to_owned())
}

#[tokio::test]
async fn a_checkout_opened_on_another_computer_is_listed_under_purchases_and_can_be_paid_from_there()
-> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    app.click("purchases").await?;
    app.shows("purchase-status", "left").await?;

    let order = json!({"pack_id": "medium", "quantity": 1});
    let open = user.api.post_once("/v1/purchases", &order, "from another computer").await?;
    app.shows("purchase-status", "Waiting for payment").await?;
    app.click("reopen-purchase").await?;
    let checkout = world.desktop.opened_url().await?;
    assert_eq!(Some(checkout.as_str()), open["checkout_url"].as_str());

    world.pay(&checkout).await?;
    app.shows("purchase-status", "all left").await?;
    app.click("open-receipt").await?;
    let receipt = world.desktop.opened_url().await?;
    assert!(receipt.starts_with(world.services.sandbox_url()), "{receipt}");
    app.stop().await
}

#[tokio::test]
async fn a_deleted_account_is_removed_from_the_service_from_stripe_and_from_this_computer() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let bank = world.balance_of(PREMIUM.1).await?["rollover"]["available"].as_u64().unwrap();
    let plans = world.services.subscriptions_of(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("delete-account").await?;
    app.shows("lost-rollover", &grouped(bank)).await?;
    app.shows("lost-plan", "Premium").await?;
    app.fill("delete-word", "DELETE").await?;
    app.click("delete-confirm").await?;

    app.shows("account-deleted", "Its tokens are gone for good").await?;
    app.find("sign-in").await?;
    let found = world.services.platform()?.get(&format!("/v1/accounts?email={}", PREMIUM.1)).await?;
    assert_eq!(found["accounts"], json!([]));
    eventually("the plan is cancelled at Stripe", async || {
        for plan in &plans {
            let id = plan["id"].as_str().context("a subscription has an id")?;
            if world.services.subscription(id).await?["status"] != "canceled" {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await?;
    assert!(world.refresh_token().await.is_err(), "the keyring has no token");
    app.stop().await?;

    let app = world.app().await?;
    app.find("sign-in").await?;
    assert!(!app.has("spendable").await?, "the cache has no balance");
    app.stop().await
}
