//! Every screen of the main job, photographed to `target/screenshots/`: in light and dark, in German, and written from
//! right to left.

use crate::support::{GOOD_CARD, World};
use anyhow::Result;
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{DesktopOptions, Theme};

async fn photograph_everything(options: DesktopOptions, suffix: &str) -> Result<()> {
    let mut world = World::with(&options).await?;
    let name = |screen: &str| format!("{screen}-{suffix}");

    let app = world.app().await?;
    app.find("sign-in").await?;
    app.photograph(&world.desktop, &name("welcome")).await?;
    app.stop().await?;

    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    app.find("forecast").await?;
    app.photograph(&world.desktop, &name("home")).await?;
    app.click("balance-chip").await?;
    app.find("breakdown").await?;
    app.photograph(&world.desktop, &name("breakdown")).await?;
    app.click("balance-chip").await?;
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.photograph(&world.desktop, &name("add-tokens")).await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;
    app.photograph(&world.desktop, &name("waiting")).await?;
    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.find("paid").await?;
    app.photograph(&world.desktop, &name("paid")).await?;
    app.click("done").await?;
    for (page, hook) in [("activity", "entry"), ("purchases", "purchase")] {
        app.click(page).await?;
        app.find(hook).await?;
        app.photograph(&world.desktop, &name(page)).await?;
        app.click("back").await?;
    }
    app.click("settings").await?;
    app.photograph(&world.desktop, &name("settings")).await?;
    app.click("subscription-and-billing").await?;
    app.find("cancelling").await?;
    app.photograph(&world.desktop, &name("billing")).await?;
    app.click("back").await?;
    app.click("delete-account").await?;
    app.find("lost").await?;
    app.photograph(&world.desktop, &name("delete-account")).await?;
    app.click("back").await?;
    app.click("sign-out").await?;
    app.find("sign-in").await?;
    app.stop().await?;

    let (app, _browser) = world.signed_in_as(FREE.1).await?;
    app.click("add-tokens").await?;
    app.find("upgrade-prompt").await?;
    app.photograph(&world.desktop, &name("upgrade")).await?;
    app.stop().await?;

    let mut world = World::with(&options).await?;
    let (app, _browser) = world.signed_in_as(LAPSED.1).await?;
    app.find("locked").await?;
    app.photograph(&world.desktop, &name("locked")).await?;
    app.stop().await?;
    world.services.stop_service().await?;
    let app = world.app().await?;
    app.shows("age", "Offline").await?;
    app.photograph(&world.desktop, &name("offline")).await?;
    app.stop().await
}

#[tokio::test]
async fn every_screen_in_light() -> Result<()> {
    photograph_everything(DesktopOptions::default(), "light").await
}

#[tokio::test]
async fn every_screen_in_dark() -> Result<()> {
    photograph_everything(DesktopOptions { theme: Theme::Dark, ..Default::default() }, "dark").await
}

#[tokio::test]
async fn every_screen_in_german() -> Result<()> {
    photograph_everything(DesktopOptions { locale: "de_DE.UTF-8", ..Default::default() }, "german").await
}

#[tokio::test]
async fn every_screen_from_right_to_left() -> Result<()> {
    photograph_everything(DesktopOptions { locale: "ar_XB.UTF-8", ..Default::default() }, "right-to-left")
        .await
}
