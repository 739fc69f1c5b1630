//! Buying, choosing a plan and switching accounts by keyboard alone: no pointer touches the panel.

use crate::support::{App, Browser, GOOD_CARD, World, grouped};
use anyhow::{Context as _, Result, bail};
use fantoccini::key::Key;
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::eventually;

/// More Tab stops than any page of the panel has.
const TABS_MAX: usize = 40;

/// The `data-testid` of the focused element.
async fn focused(app: &App) -> Result<String> {
    let script = "return document.activeElement?.dataset.testid ?? ''";
    Ok(app.client.execute(script, vec![]).await?.as_str().unwrap_or_default().to_owned())
}

/// Presses Tab until `id` has the focus, and checks that the focus is visible.
async fn tab_to(app: &App, id: &str) -> Result<()> {
    app.find(id).await?;
    let mut passed = Vec::new();
    for _ in 0..TABS_MAX {
        app.press(Key::Tab).await?;
        let current = focused(app).await?;
        if current == id {
            let visible = "const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement); \
                           return document.activeElement.matches(':focus-visible') && \
                           (outlineStyle !== 'none' || boxShadow !== 'none')";
            assert_eq!(app.client.execute(visible, vec![]).await?, true, "the focus on `{id}` is visible");
            return Ok(());
        }
        passed.push(current);
    }
    bail!("Tab does not reach `{id}`; it passed {passed:?}")
}

/// Tabs to an element and presses Enter.
async fn press_enter_on(app: &App, id: &str) -> Result<()> {
    tab_to(app, id).await?;
    app.press(Key::Enter).await
}

async fn signed_in_as(world: &mut World, email: &str) -> Result<(App, Browser)> {
    let (app, browser) = tokio::try_join!(world.app(), world.browser())?;
    press_enter_on(&app, "sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, email).await?;
    app.find("spendable").await?;
    Ok((app, browser))
}

#[tokio::test]
async fn tokens_are_bought_by_keyboard_alone_from_sign_in_to_paid() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = signed_in_as(&mut world, PREMIUM.1).await?;
    let before = world.balance_of(PREMIUM.1).await?;

    tab_to(&app, "profile-balance").await?;
    app.shows("breakdown-fast", &grouped(before["fast"]["available"].as_u64().unwrap())).await?;
    press_enter_on(&app, "breakdown-add-tokens").await?;

    assert_eq!(focused(&app).await?, "pack-medium", "the middle pack is chosen and has the focus");
    app.press(Key::Down).await?;
    assert_eq!(focused(&app).await?, "pack-large");
    app.press(Key::Up).await?;
    tab_to(&app, "quantity").await?;
    app.press(Key::Up).await?;
    app.shows("total", "$48.00").await?;
    press_enter_on(&app, "buy-now").await?;

    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.find("paid").await?;
    press_enter_on(&app, "hide").await?;
    app.shows("spendable", &grouped(before["spendable"].as_u64().unwrap() + 30_000)).await?;
    app.stop().await
}

#[tokio::test]
async fn a_purchase_started_in_the_settings_is_reopened_and_cancelled_by_keyboard_alone() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = signed_in_as(&mut world, PREMIUM.1).await?;
    for step in ["settings", "subscription-and-billing", "settings-add-tokens", "buy-now"] {
        press_enter_on(&app, step).await?;
    }
    let checkout = world.desktop.opened_url().await?;
    press_enter_on(&app, "reopen-checkout").await?;
    assert_eq!(world.desktop.opened_url().await?, checkout);
    press_enter_on(&app, "cancel-purchase").await?;
    app.shows("purchase-ended", "cancelled").await?;
    browser.go(&checkout).await?;
    browser.sees("no longer open").await?;

    app.press(Key::Escape).await?;
    app.find("renewal").await?;
    for page in ["settings", "home"] {
        press_enter_on(&app, "back").await.with_context(|| format!("back to {page}"))?;
    }
    app.find("forecast").await?;
    app.stop().await
}

#[tokio::test]
async fn a_free_account_subscribes_and_a_lapsed_one_resubscribes_by_keyboard_alone() -> Result<()> {
    for (email, button, spendable) in [(FREE.1, "add-tokens", "25,000"), (LAPSED.1, "resubscribe", "13,500")]
    {
        let mut world = World::new().await?;
        let (app, browser) = signed_in_as(&mut world, email).await?;
        press_enter_on(&app, button).await?;
        app.find("upgrade-prompt").await?;
        if email == FREE.1 {
            assert_eq!(focused(&app).await?, "plan-essential");
            app.press(Key::Down).await?;
            assert_eq!(focused(&app).await?, "plan-premium");
        }
        press_enter_on(&app, "subscribe").await?;
        browser.go(&world.desktop.opened_url().await?).await?;
        browser.pay_by_card(GOOD_CARD).await?;
        app.shows("spendable", spendable).await?;
        app.stop().await?;
    }
    Ok(())
}

/// Waits until the focused item of the account menu contains `text`.
async fn menu_focus_is_on(app: &App, text: &str) -> Result<()> {
    eventually(&format!("the menu's focus is on “{text}”"), async || {
        let current = app.client.execute("return document.activeElement.textContent", vec![]).await?;
        Ok(current.as_str().is_some_and(|current| current.contains(text)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn accounts_are_added_and_switched_by_keyboard_alone() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = signed_in_as(&mut world, PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    tab_to(&app, "accounts").await?;
    app.press(Key::Enter).await?;
    menu_focus_is_on(&app, PREMIUM.0).await?;
    app.press(Key::Up).await?;
    menu_focus_is_on(&app, "Add account…").await?;
    app.press(Key::Enter).await?;

    tab_to(&app, "cancel-sign-in").await?;
    app.press(Key::Enter).await?;
    eventually("the focus is back on the account menu", async || {
        Ok((focused(&app).await? == "accounts").then_some(()))
    })
    .await?;
    app.press(Key::Enter).await?;
    menu_focus_is_on(&app, PREMIUM.0).await?;
    app.press(Key::End).await?;
    menu_focus_is_on(&app, "Add account…").await?;
    app.press(Key::Enter).await?;
    tab_to(&app, "sign-in").await?;
    app.press(Key::Enter).await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, FREE.1).await?;
    app.shows("spendable", "150").await?;

    tab_to(&app, "accounts").await?;
    app.press(Key::Enter).await?;
    // The current account comes first.
    menu_focus_is_on(&app, FREE.0).await?;
    app.press(Key::Down).await?;
    menu_focus_is_on(&app, PREMIUM.0).await?;
    app.press(Key::Enter).await?;
    app.shows("spendable", &spendable).await?;
    app.stop().await
}
