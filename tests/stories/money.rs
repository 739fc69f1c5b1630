//! What a purchase costs and what becomes of the money: tax, discounts, refunds, currencies, and the end of a plan.

use crate::support::{App, GOOD_CARD, World, grouped};
use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokenwell_stage::demo::PREMIUM;

const BUILT_IN: &str = include_str!("../../crates/ledger/src/catalogue.toml");

/// Restarts the service with this catalogue.
async fn sell(world: &mut World, catalogue: &str) -> Result<()> {
    let file = world.desktop.home().join("catalogue.toml");
    std::fs::write(&file, catalogue)?;
    let file = file.to_str().context("the path is text")?;
    world.services.restart_service_with(&["--catalogue", file]).await
}

/// Chooses two packs in the dialog.
async fn choose_two(app: &App, pack: &str) -> Result<()> {
    app.click("add-tokens").await?;
    app.click(&format!("pack-{pack}")).await?;
    app.fill("quantity", "2").await
}

#[tokio::test]
async fn tax_and_a_promotion_code_are_shown_before_and_after_the_payment() -> Result<()> {
    let mut world = World::new().await?;
    let taxed = BUILT_IN
        .replace("tax = \"none\"", "tax = \"stripe\"")
        .replace("promotion_codes = false", "promotion_codes = true");
    sell(&mut world, &taxed).await?;
    world.services.sandbox()?.put("/sandbox/tax", &json!({"basis_points": 1900})).await?;
    let coupon = [("id", "quarter"), ("percent_off", "25"), ("duration", "once")];
    world.services.at_stripe("/v1/coupons", &coupon).await?;
    let code = [("promotion[type]", "coupon"), ("promotion[coupon]", "quarter"), ("code", "QUARTER")];
    world.services.at_stripe("/v1/promotion_codes", &code).await?;

    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    choose_two(&app, "medium").await?;
    app.shows("add-tokens-dialog", "Subtotal, before tax").await?;
    app.shows("total", "$48.00").await?;
    app.click("buy-now").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.sees("$57.12").await?;
    browser.fill("#promotion-code", "QUARTER").await?;
    browser.click("#apply-code").await?;
    browser.sees("$42.84").await?;
    browser.pay_by_card(GOOD_CARD).await?;

    app.shows("discount", "−$12.00").await?;
    app.shows("tax", "$6.84").await?;
    app.shows("charged", "$42.84").await?;
    app.click("hide").await?;
    // The page below it moves when the strip is gone.
    app.is_gone("paid").await?;
    app.click("purchases").await?;
    app.shows("purchase-amount", "$42.84").await?;
    app.shows("purchase-charge", "Price $48.00 · discount −$12.00 · tax $6.84").await?;
    app.stop().await
}

#[tokio::test]
async fn without_tax_nobody_speaks_of_it() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    choose_two(&app, "medium").await?;
    app.shows("total", "$48.00").await?;
    assert!(!app.text("add-tokens-dialog").await?.to_lowercase().contains("tax"));
    app.stop().await
}

#[tokio::test]
async fn a_charged_buyer_without_tokens_reads_what_happens_next_and_sees_the_refund() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let mut notifications = world.notifications().await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    choose_two(&app, "medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    let paid = world.overcharge(&checkout).await?;

    app.shows("purchase-refund-due", "You get your money back").await?;
    app.shows("charged", "$53.00").await?;
    app.shows("refund-due", "do not pay for this order again").await?;
    app.shows("refund-due", "help@example.com").await?;
    let notification = notifications.next().await?;
    assert!(notification.body.contains("Do not pay again"), "{notification:?}");
    app.click("hide").await?;
    app.is_gone("purchase-refund-due").await?;
    app.shows("spendable", &grouped(before)).await?;
    app.click("purchases").await?;
    app.shows("purchase-status", "your money comes back").await?;
    app.shows("purchase-amount", "$53.00").await?;

    let intent = paid["payment_intent"].as_str().context("it was charged")?;
    world.services.at_stripe("/v1/refunds", &[("payment_intent", intent)]).await?;
    app.shows("purchase-status", "Refunded").await?;
    app.stop().await
}

#[tokio::test]
async fn a_plan_that_stripe_ends_at_a_date_shows_that_date() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.click("settings").await?;
    app.click("subscription-and-billing").await?;
    app.shows("renewal", "Renews ").await?;
    let subscription = &world.services.subscriptions_of(PREMIUM.1).await?[0];
    let path = format!("/sandbox/subscriptions/{}", subscription["id"].as_str().context("an id")?);
    let end = Timestamp::now() + SignedDuration::from_hours(5 * 24);
    world.services.sandbox()?.post(&path, &json!({"cancel_at": end})).await?;
    app.shows("renewal", "does not renew").await?;
    let day = end.to_zoned(jiff::tz::TimeZone::system()).day().to_string();
    app.shows("renewal", &day).await?;
    app.shows("cancelling", "When your plan ends").await?;
    app.stop().await
}

#[tokio::test]
async fn forints_and_kronur_cost_in_the_app_what_stripe_charges() -> Result<()> {
    let mut world = World::new().await?;
    let price = |amount: u32, currency: &str| {
        format!("price = {{ amount = {amount}, currency = \"{currency}\", tax_included = false }}")
    };
    let catalogue = BUILT_IN
        .replace(&price(0, "usd").replace("amount = 0", "amount = 900"), &price(349_000, "huf"))
        .replace(&price(0, "usd").replace("amount = 0", "amount = 2_400"), &price(129_000, "isk"));
    sell(&mut world, &catalogue).await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    for (pack, one, two, at_stripe) in [
        ("small", "HUF 3,490", "HUF 6,980.00", "6,980.00 HUF"),
        ("medium", "ISK 1,290", "ISK 2,580", "2,580.00 ISK"),
    ] {
        choose_two(&app, pack).await?;
        app.shows(&format!("pack-{pack}"), one).await?;
        app.shows("total", two).await?;
        app.click("buy-now").await?;
        browser.go(&world.desktop.opened_url().await?).await?;
        browser.sees(at_stripe).await?;
        browser.pay_by_card(GOOD_CARD).await?;
        app.shows("charged", two).await?;
        app.click("hide").await?;
    }
    app.stop().await
}
