//! The main job by keyboard alone: no pointer touches the panel.

use crate::support::{App, GOOD_CARD, World, grouped};
use anyhow::{Result, bail};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;
use tokenwell_stage::demo::PREMIUM;

/// More than any page of the panel has to go through.
const MOST_TABS: usize = 40;

async fn press(app: &App, key: Key) -> Result<()> {
    let key = char::from(key);
    let stroke = KeyActions::new("keyboard".to_owned())
        .then(KeyAction::Down { value: key })
        .then(KeyAction::Up { value: key });
    Ok(app.client.perform_actions(stroke).await?)
}

/// The `data-testid` of what has the focus.
async fn focused(app: &App) -> Result<String> {
    let ask = "return document.activeElement?.dataset.testid ?? ''";
    Ok(app.client.execute(ask, vec![]).await?.as_str().unwrap_or_default().to_owned())
}

/// Goes on by Tab until `id` has the focus, and is seen to have it.
async fn tab_to(app: &App, id: &str) -> Result<()> {
    app.find(id).await?;
    let mut passed = Vec::new();
    for _ in 0..MOST_TABS {
        press(app, Key::Tab).await?;
        let here = focused(app).await?;
        if here == id {
            let visible = "const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement); \
                           return document.activeElement.matches(':focus-visible') && \
                           (outlineStyle !== 'none' || boxShadow !== 'none')";
            assert_eq!(app.client.execute(visible, vec![]).await?, true, "the focus on `{id}` is visible");
            return Ok(());
        }
        passed.push(here);
    }
    bail!("Tab does not lead to `{id}`; it went by {passed:?}")
}

#[tokio::test]
async fn tokens_are_bought_by_keyboard_alone_from_sign_in_to_paid() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = tokio::try_join!(world.app(), world.browser())?;
    tab_to(&app, "sign-in").await?;
    press(&app, Key::Enter).await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, PREMIUM.1).await?;
    app.find("spendable").await?;
    let before = world.balance_of(PREMIUM.1).await?;

    tab_to(&app, "balance-chip").await?;
    app.shows("breakdown-fast", &grouped(before["fast"]["available"].as_u64().unwrap())).await?;
    tab_to(&app, "breakdown-add-tokens").await?;
    press(&app, Key::Enter).await?;

    tab_to(&app, "pack-small").await?;
    press(&app, Key::Down).await?;
    assert_eq!(focused(&app).await?, "pack-medium");
    tab_to(&app, "quantity").await?;
    press(&app, Key::Up).await?;
    app.shows("total", "$48.00").await?;
    tab_to(&app, "buy-now").await?;
    press(&app, Key::Enter).await?;

    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.find("paid").await?;
    tab_to(&app, "done").await?;
    press(&app, Key::Enter).await?;
    app.shows("spendable", &grouped(before["spendable"].as_u64().unwrap() + 30_000)).await?;
    app.stop().await
}
