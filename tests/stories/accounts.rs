//! Accounts that cannot buy: the free one and the lapsed one.

use crate::support::{GOOD_CARD, World};
use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tokenwell_stage::demo::{FREE, LAPSED};

#[tokio::test]
async fn a_free_account_is_offered_a_plan_and_its_forced_purchase_is_refused() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(FREE.1).await?;
    app.shows("spendable", "150").await?;
    app.click("add-tokens").await?;
    app.find("upgrade-prompt").await?;
    assert!(!app.has("buy-now").await?);

    let user = world.services.user(FREE.0, FREE.1, "free").await?;
    let forced = json!({"pack_id": "small", "quantity": 1});
    let (status, problem) =
        user.api.send(Method::POST, "/v1/purchases", Some(&forced), Some("forced")).await?;
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
    let (app, browser) = world.signed_in_as(LAPSED.1).await?;
    app.shows("spendable", "150").await?;
    app.shows("locked", "5,000").await?;
    world.tray().await?.shows("locked").await?;

    app.click("resubscribe").await?;
    app.find("upgrade-prompt").await?;
    app.click("subscribe").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.shows("spendable", "13,500").await?;
    app.stop().await
}
