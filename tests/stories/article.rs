//! Sentences of the help article (`docs/article.txt`) that only the whole app can prove. Each test is named after its
//! sentence. Sentences about the panel's content are in `ui/src/test/article.test.ts`.

use crate::support::{App, World, grouped};
use anyhow::Result;
use fantoccini::actions::{InputSource as _, MouseActions, PointerAction};
use tokenwell_stage::demo::{LAPSED, PREMIUM};

/// Moves the pointer over an element.
async fn hover(app: &App, id: &str) -> Result<()> {
    let element = app.find(id).await?;
    let over = PointerAction::MoveToElement { element, duration: None, x: 0., y: 0. };
    let mouse = MouseActions::new("mouse".to_owned()).then(over);
    Ok(app.client.perform_actions(mouse).await?)
}

#[tokio::test]
async fn hover_over_the_token_count_anywhere_on_the_platform_for_a_breakdown_of_your_remaining_tokens_including()
-> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let balance = world.balance_of(PREMIUM.1).await?;
    hover(&app, "profile-balance").await?;
    for (bucket, hook) in [("fast", "fast"), ("rollover", "rollover"), ("top_up", "top-up")] {
        let tokens = grouped(balance[bucket]["available"].as_u64().unwrap());
        app.shows(&format!("breakdown-{hook}"), &tokens).await?;
    }
    app.click("breakdown-add-tokens").await?;
    app.find("add-tokens-dialog").await?;
    app.stop().await
}

#[tokio::test]
async fn once_you_resubscribe_your_top_up_tokens_will_be_available_again() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(LAPSED.1).await?;
    app.shows("top-up", "5,000").await?;
    app.shows("locked", "locked until you resubscribe").await?;
    app.click("settings").await?;
    app.click("subscription-and-billing").await?;
    app.click("choose-plan").await?;
    app.click("subscribe").await?;
    let checkout = world.desktop.opened_url().await?;
    world.pay(&checkout).await?;
    app.click("what-if-cancel").await?;
    app.shows("cancelling", "5,000").await?;
    app.click("back").await?;
    app.click("back").await?;
    app.shows("spendable", "13,500").await?;
    assert!(!app.has("locked").await?);
    app.stop().await
}
