//! The pages behind Home: what they show is what the service and Stripe hold.

use crate::support::{GOOD_CARD, World, grouped};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::path::Path;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

#[tokio::test]
async fn a_plan_cancelled_on_the_billing_page_says_so_in_the_app_and_so_does_its_resumption() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let balance = world.balance_of(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("subscription-and-billing").await?;
    app.shows("renewal", "Renews on").await?;
    for bucket in ["rollover", "fast", "top_up"] {
        let figure = grouped(balance[bucket]["available"].as_u64().unwrap());
        app.shows("cancelling", &figure).await?;
    }

    app.click("manage-subscription").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    app.find("portal-open").await?;
    browser.click("#cancel-plan").await?;
    app.shows("renewal", "does not renew").await?;
    app.shows("cancelling", "When your plan ends").await?;
    assert_eq!(world.balance_of(PREMIUM.1).await?["spendable"], balance["spendable"], "all stays usable");

    browser.click("#resume").await?;
    app.shows("renewal", "Renews on").await?;
    app.stop().await
}

/// The lines of a file below its first.
fn rows(file: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file)?;
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some("id,at,kind,bucket,amount,balance_after,reason,reference"));
    Ok(lines.collect())
}

#[tokio::test]
async fn the_activity_follows_what_happens_and_is_saved_as_a_file_that_is_never_written_over() -> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
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
    assert_eq!(rows(&all)?, everything, "the first file is as it was");

    app.click("show-in-folder").await?;
    let folder = Path::new(&all).parent().context("a file is in a folder")?;
    assert_eq!(Path::new(&world.desktop.opened_url().await?), folder);
    app.stop().await
}

/// The path in what the panel says.
fn saved(line: &str) -> Result<String> {
    let path = line.strip_prefix("Saved as ").and_then(|rest| rest.split(" · ").next());
    Ok(path.with_context(|| format!("no path in “{line}”"))?.to_owned())
}

#[tokio::test]
async fn a_checkout_opened_elsewhere_is_found_under_purchases_and_paid_from_there() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    app.click("purchases").await?;
    app.shows("purchase-status", "Paid").await?;

    let order = json!({"pack_id": "medium", "quantity": 1});
    let open = user.api.post_once("/v1/purchases", &order, "from another computer").await?;
    app.shows("purchase-status", "Waiting for payment").await?;
    app.click("reopen-purchase").await?;
    let checkout = world.desktop.opened_url().await?;
    assert_eq!(Some(checkout.as_str()), open["checkout_url"].as_str());

    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.shows("purchase-status", "Paid").await?;
    app.shows("purchase-left", "15,000 of 15,000 left").await?;
    app.click("open-receipt").await?;
    let receipt = world.desktop.opened_url().await?;
    assert!(receipt.starts_with(world.services.sandbox_url()), "{receipt}");
    app.stop().await
}

#[tokio::test]
async fn a_deleted_account_is_gone_at_the_service_at_stripe_and_on_this_computer() -> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    let bank = world.balance_of(PREMIUM.1).await?["rollover"]["available"].as_u64().unwrap();
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
        let subscriptions = world.services.subscriptions_of(PREMIUM.1).await?;
        Ok(subscriptions.iter().all(|subscription| subscription["status"] == "canceled").then_some(()))
    })
    .await?;
    assert!(world.refresh_token().await.is_err(), "the keyring keeps nothing");
    app.stop().await?;

    let app = world.app().await?;
    app.find("sign-in").await?;
    assert!(!app.has("spendable").await?, "the cache keeps nothing");
    app.stop().await
}
