//! Starting the app while it runs: there is one app per user, and links open pages in it.

use crate::support::{GOOD_CARD, World, wait_for_webviews, webviews};
use anyhow::{Context as _, Result};
use std::process::Output;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{Desktop, DesktopOptions, Program, eventually};
use tokio::process::Command;

/// Starts the app a second time and waits until the second one has ended.
async fn start_again(desktop: &Desktop, link: Option<&str>) -> Result<Output> {
    let mut command = desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
    Ok(command.args(link).kill_on_drop(true).output().await?)
}

/// Registers the app with the desktop by the entry that the packages install.
fn install(desktop: &Desktop) -> Result<()> {
    let exec = concat!("Exec=", env!("CARGO_BIN_EXE_tokenwell"), " ");
    let entry = include_str!("../../packaging/linux/tokenwell.desktop").replace("Exec=tokenwell ", exec);
    assert!(entry.contains(exec), "the entry starts the app:\n{entry}");
    let applications = desktop.home().join("data/applications");
    std::fs::create_dir_all(&applications)?;
    std::fs::write(applications.join("tokenwell.desktop"), entry)?;
    let default = "[Default Applications]\nx-scheme-handler/tokenwell=tokenwell.desktop\n";
    std::fs::write(desktop.home().join("config/mimeapps.list"), default)?;
    Ok(())
}

/// Opens a link as the desktop does when a browser asks it to.
async fn follow(desktop: &Desktop, link: &str) -> Result<()> {
    let opened = desktop.run(Command::new("gio")).args(["open", link]).output().await?;
    anyhow::ensure!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    Ok(())
}

#[tokio::test]
async fn a_second_start_opens_the_panel_of_the_first_and_exits() -> Result<()> {
    let world = World::new().await?;
    let first = world.app_in_the_tray()?;
    let tray = world.tray().await?;
    tray.shows("Sign in").await?;
    // Before anybody has signed in, the app opens its welcome page by itself.
    wait_for_webviews(&first, 1).await?;
    world.close_panel().await?;
    wait_for_webviews(&first, 0).await?;

    let second = start_again(&world.desktop, None).await?;
    assert!(second.status.success(), "{second:?}");
    wait_for_webviews(&first, 1).await?;
    Ok(())
}

/// A property of a window as `xprop` prints it, without the property's name.
async fn property(desktop: &Desktop, window: [&str; 2], name: &str) -> Result<String> {
    let output = desktop.run(Command::new("xprop")).args(window).arg(name).output().await?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_once([':', '=']).map(|(_, value)| value.trim().to_owned()).unwrap_or_default())
}

#[tokio::test]
async fn a_second_start_hands_its_token_for_the_focus_to_the_first() -> Result<()> {
    let world = World::new().await?;
    let _first = world.app_in_the_tray()?;
    world.desktop.wait_for_window("Tokenwell", true).await?;
    let leader = property(&world.desktop, ["-name", "Tokenwell"], "WM_CLIENT_LEADER").await?;
    let leader = leader.strip_prefix("window id # ").context("the panel's window has a leader")?;

    let mut second = world.desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
    let second = second.env("DESKTOP_STARTUP_ID", "a token of the story").kill_on_drop(true).output().await?;
    assert!(second.status.success(), "{second:?}");
    eventually("the first app uses the token", async || {
        let token = property(&world.desktop, ["-id", leader], "_NET_STARTUP_ID").await?;
        Ok((token == "\"a token of the story\"").then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_link_from_the_browser_opens_its_page_in_the_running_app() -> Result<()> {
    let mut world = World::new().await?;
    install(&world.desktop)?;
    let (app, browser) = world.signed_in_with_browser(PREMIUM.1).await?;

    let stray = start_again(&world.desktop, Some("tokenwell://add-tokens?pack=large&quantity=20")).await?;
    assert!(stray.status.success());
    follow(&world.desktop, "tokenwell://add-tokens").await?;
    app.find("add-tokens-dialog").await?;
    assert_eq!(app.text("buy-now").await?, "Buy Now", "a link does not fill in the dialog");

    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    follow(&world.desktop, &browser.link_back().await?).await?;
    app.find("paid").await?;
    app.stop().await
}

#[tokio::test]
async fn without_a_session_bus_a_second_start_reports_that_the_app_is_already_running() -> Result<()> {
    let desktop =
        Desktop::start(&DesktopOptions { tray_host: false, keyring: false, ..Default::default() }).await?;
    let without_bus = || {
        let mut command = desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
        command
    };
    let first = Program::start(without_bus(), &desktop.home().join("app.log"))?;
    wait_for_webviews(&first, 1).await?;
    let second = without_bus().kill_on_drop(true).output().await?;
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8(second.stderr)?;
    assert!(message.contains("already running"), "{message}");
    assert_eq!(webviews(&first).await?, 1);
    first.kill().await?;
    let third = Program::start(without_bus(), &desktop.home().join("app.log"))?;
    wait_for_webviews(&third, 1).await.context("the lock of an app that has ended is free")?;
    third.stop().await.map(drop)
}
