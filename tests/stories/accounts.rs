//! Accounts that cannot buy (free and lapsed), and several accounts on one computer.

use crate::support::{GOOD_CARD, World, grouped};
use anyhow::Result;
use fantoccini::key::Key;
use reqwest::Method;
use serde_json::json;
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{DesktopOptions, eventually};

#[tokio::test]
async fn a_free_account_is_offered_a_plan_instead_of_packs_and_the_service_refuses_its_purchases()
-> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.click("add-tokens").await?;
    app.find("upgrade-prompt").await?;
    assert!(!app.has("buy-now").await?);

    let user = world.services.user(FREE.0, FREE.1, "free").await?;
    let order = json!({"pack_id": "small", "quantity": 1});
    let (status, problem) = user.api.send(Method::POST, "/v1/purchases", Some(&order), Some("order")).await?;
    assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("subscription_required")));

    app.click("plan-essential").await?;
    app.click("subscribe").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.shows("spendable", "8,500").await?;
    app.stop().await
}

#[tokio::test]
async fn a_lapsed_account_sees_its_locked_tokens_and_unlocks_them_by_resubscribing() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(LAPSED.1).await?;
    app.shows("spendable", "150").await?;
    app.shows("top-up", "5,000").await?;
    app.shows("locked", "locked until you resubscribe").await?;
    world.tray().await?.shows("locked").await?;

    app.click("resubscribe").await?;
    app.find("upgrade-prompt").await?;
    app.click("subscribe").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.shows("spendable", "13,500").await?;
    app.stop().await
}

#[tokio::test]
async fn somebody_whose_customer_was_deleted_at_stripe_loses_the_plan_and_buys_it_again() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let top_up = world.balance_of(PREMIUM.1).await?["top_up"]["available"].as_u64().unwrap();
    world.services.delete_customer(PREMIUM.1).await?;
    app.shows("locked", "locked until you resubscribe").await?;
    app.shows("top-up", &grouped(top_up)).await?;

    app.click("resubscribe").await?;
    app.click("plan-essential").await?;
    app.click("subscribe").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.shows("spendable", &grouped(8_500 + top_up)).await?;

    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.find("paid").await?;
    app.stop().await
}

#[tokio::test]
async fn a_purchase_paid_while_another_account_is_shown_is_shown_as_paid_after_switching_back() -> Result<()>
{
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let tray = world.tray().await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;
    app.press(Key::Escape).await?;
    app.find("purchase-strip").await?;

    world.add_account(&app, FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.is_signed_in_as(FREE.0).await?;
    assert!(!app.has("purchase-strip").await?, "one account's purchase is not shown on another account");
    tray.tooltip_contains(&format!("{}\n150 tokens", FREE.0)).await?;

    world.pay(&checkout).await?;
    eventually("the tokens are in the account that bought them", async || {
        Ok((world.spendable_of(PREMIUM.1).await? == before + 15_000).then_some(()))
    })
    .await?;
    assert_eq!((app.text("spendable").await?.as_str(), app.has("paid").await?), ("150", false));

    app.switch_to(PREMIUM.0).await?;
    app.find("paid").await?;
    app.click("hide").await?;
    app.shows("spendable", &grouped(before + 15_000)).await?;
    tray.tooltip_contains(&format!("{}\n{} tokens", PREMIUM.0, grouped(before + 15_000))).await?;

    tray.click(FREE.0).await?;
    app.shows("spendable", "150").await?;
    app.stop().await
}

#[tokio::test]
async fn signing_out_of_one_account_keeps_the_other_signed_in_even_after_a_restart() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    app.click("accounts").await?;
    app.click("add-account").await?;
    app.find("adding").await?;
    app.click("sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.click("accounts").await?;
    app.click("add-account").await?;
    app.click("cancel-sign-in").await?;
    app.shows("spendable", "150").await?;
    let entries = world.keyring_entries().await?;
    assert_eq!(entries.len(), 2, "each account has an entry: {entries:?}");

    app.click("settings").await?;
    app.click("sign-out").await?;
    app.shows("spendable", &spendable).await?;
    app.is_signed_in_as(PREMIUM.0).await?;
    eventually("only the other account's entry is in the keyring", async || {
        let left = world.keyring_entries().await?;
        Ok((left.len() == 1 && entries.contains(&left[0])).then_some(()))
    })
    .await?;
    app.stop().await?;

    let app = world.app().await?;
    app.shows("spendable", &spendable).await?;
    let tray = world.tray().await?;
    tray.is_current().await?;
    app.click("accounts").await?;
    app.find("add-account").await?;
    let accounts =
        app.client.execute("return document.querySelectorAll('[data-testid=account]').length", vec![]);
    assert_eq!(accounts.await?, 1, "the account that signed out is not listed");
    app.stop().await
}

#[tokio::test]
async fn without_a_keyring_every_account_stays_signed_in_until_the_app_quits() -> Result<()> {
    let mut world = World::with(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    world.add_account(&app, FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.shows("notices", "you stay signed in only until Tokenwell quits").await?;
    let tray = world.tray().await?;
    for (name, line) in [(PREMIUM.0, "Rollover Bank"), (FREE.0, "Fast 150 of 150")] {
        app.switch_to(name).await?;
        tray.shows(line).await?;
        tray.is_current().await?;
        app.shows("notices", "you stay signed in only until Tokenwell quits").await?;
    }
    app.stop().await
}
