//! The tray icon: what it shows its host in each state, hosts that end and start again, and the tray while the panel is
//! closed.

use crate::support::{App, Tray, World, grouped, wait_for_webviews, webviews};
use anyhow::Result;
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{Desktop, DesktopOptions, Program, eventually};
use tokio::process::Command;

/// What a host shows of the icon.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    menu: Vec<String>,
    tooltip: String,
    picture: Vec<u8>,
}

async fn shown(tray: &Tray) -> Result<Shown> {
    let (width, height, picture) = tray.picture().await?;
    assert_eq!(
        (width, height, picture.len()),
        (48, 48, 48 * 48 * 4),
        "the icon has one picture, which hosts scale down"
    );
    let menu = tray.lines().await?.into_iter().map(|line| line.label).collect();
    Ok(Shown { menu, tooltip: tray.tooltip().await?, picture })
}

/// What the host shows of the present state. Checks that a click on the icon opens the panel, and that a restarted host
/// shows the same.
async fn checked(world: &mut World, tray: &Tray) -> Result<Shown> {
    let before = shown(tray).await?;
    world.close_panel().await?;
    tray.activate().await?;
    world.desktop.wait_for_window("Tokenwell", true).await?;
    world.desktop.kill_tray_host().await?;
    world.desktop.start_tray_host().await?;
    assert_eq!(shown(tray).await?, before);
    Ok(before)
}

/// Whether each line of the menu starts with the given text; amounts and times differ from run to run.
fn starts(menu: &[String], lines: &[&str]) -> bool {
    menu.len() == lines.len() && menu.iter().zip(lines).all(|(line, start)| line.starts_with(start))
}

const CHOICES: [&str; 5] = ["Add Tokens…", "Open Tokenwell", "Refresh", "Settings…", "Quit"];

async fn change_account(world: &mut World, app: &App, email: &str) -> Result<()> {
    app.click("settings").await?;
    app.click("sign-out").await?;
    app.click("sign-in").await?;
    world.answer_sign_in_page(email).await?;
    app.find("spendable").await?;
    Ok(())
}

#[tokio::test]
async fn icon_tooltip_and_menu_differ_for_each_state() -> Result<()> {
    let mut world = World::new().await?;
    let tray = world.tray().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;

    tray.tooltip_contains(&format!("{} tokens\nRollover Bank ", grouped(spendable))).await?;
    tray.is_current().await?;
    let premium = checked(&mut world, &tray).await?;
    let buckets = ["Rollover Bank ", "Fast ", "Top-up ", "Next spent from Rollover Bank", "Up to date"];
    assert!(starts(&premium.menu, &[&buckets[..], &CHOICES].concat()), "{:?}", premium.menu);
    let lines = tray.lines().await?;
    assert!(lines.iter().all(|line| line.enabled == CHOICES.contains(&line.label.as_str())), "{lines:?}");
    let keys: Vec<_> = lines.iter().filter_map(|line| line.keys.as_deref()).collect();
    assert_eq!(keys, ["Ctrl+N", "Ctrl+R", "Ctrl+,"], "of Add Tokens, Refresh and Settings");
    let revision = tray.menu_revision().await?;

    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, spendable - 900, "A film").await?;
    tray.tooltip_contains("900 tokens, running low").await?;
    let low = checked(&mut world, &tray).await?;
    let buckets = ["Rollover Bank 0 of ", "Fast 0 of ", "Top-up 900", "Next spent from Top-up", "Up to date"];
    assert!(starts(&low.menu, &[&buckets[..], &CHOICES].concat()), "{:?}", low.menu);

    world.services.stop_service().await?;
    tray.tooltip_contains("Offline · last updated ").await?;
    let stale = checked(&mut world, &tray).await?;
    assert!(stale.tooltip.starts_with("900 tokens, running low\nOffline"), "{}", stale.tooltip);
    let lines = [&buckets[..4], &["Offline · last updated "], &CHOICES].concat();
    assert!(starts(&stale.menu, &lines), "{:?}", stale.menu);
    world.services.start_service(false).await?;
    app.click("settings").await?;
    tray.click("Refresh").await?;
    tray.is_current().await?;
    assert_eq!(tray.menu_revision().await?, revision, "no figure closes a menu that is open");
    app.click("sign-out").await?;
    tray.tooltip_contains("Signed out").await?;
    let signed_out = checked(&mut world, &tray).await?;
    assert_eq!(signed_out.menu, ["Signed out", "Sign in…", "Quit"]);

    app.click("sign-in").await?;
    world.answer_sign_in_page(FREE.1).await?;
    tray.is_current().await?;
    let free = checked(&mut world, &tray).await?;
    assert!(free.tooltip.starts_with("150 tokens\nFast 150\nTop-up 0\nResets "), "{}", free.tooltip);
    let buckets = ["Fast 150 of 150 · resets ", "Top-up 0", "Next spent from Fast", "Up to date"];
    assert!(starts(&free.menu, &[&buckets[..], &CHOICES].concat()), "{:?}", free.menu);

    change_account(&mut world, &app, LAPSED.1).await?;
    tray.tooltip_contains("Top-up 5,000 locked").await?;
    let lapsed = checked(&mut world, &tray).await?;
    assert!(lapsed.menu[1].contains("5,000 locked until you have an active plan"), "{:?}", lapsed.menu);

    let pictures = [premium, low, stale, signed_out, free, lapsed].map(|shown| shown.picture);
    for (index, picture) in pictures.iter().enumerate() {
        assert!(
            !pictures[..index].contains(picture),
            "the icon of state {index} is the same as of an earlier one"
        );
    }
    app.stop().await
}

#[tokio::test]
async fn while_the_panel_is_closed_there_is_no_webview_and_the_tray_follows_the_balance() -> Result<()> {
    let mut world = World::new().await?;
    world.signed_in_as(PREMIUM.1).await?.stop().await?;

    let mut app = world.app_in_the_tray()?;
    let tray = world.tray().await?;
    let before = world.balance_of(PREMIUM.1).await?["rollover"]["available"].as_u64().unwrap();
    tray.shows(&format!("Rollover Bank {}", grouped(before))).await?;
    assert_eq!(webviews(&app).await?, 0);

    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 70, "Sketch").await?;
    tray.shows(&format!("Rollover Bank {}", grouped(before - 70))).await?;
    assert_eq!(webviews(&app).await?, 0);

    tray.is_current().await?;
    tray.click("Add Tokens").await?;
    wait_for_webviews(&app, 1).await?;
    world.close_panel().await?;
    wait_for_webviews(&app, 0).await?;
    tray.shows(&format!("Rollover Bank {}", grouped(before - 70))).await?;

    tray.click("Quit").await?;
    assert!(app.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn the_icon_opens_the_panel_and_comes_back_when_its_host_restarts() -> Result<()> {
    let mut world = World::new().await?;
    let tray = world.tray().await?;
    let app = world.app_in_the_tray()?;
    tray.shows("Sign in…").await?;
    wait_for_webviews(&app, 1).await?;
    world.close_panel().await?;
    wait_for_webviews(&app, 0).await?;

    tray.activate().await?;
    wait_for_webviews(&app, 1).await?;
    world.close_panel().await?;
    wait_for_webviews(&app, 0).await?;

    world.desktop.kill_tray_host().await?;
    world.desktop.start_tray_host().await?;
    tray.tooltip_contains("Signed out").await?;
    tray.activate().await?;
    wait_for_webviews(&app, 1).await?;
    Ok(())
}

#[tokio::test]
async fn without_a_tray_host_the_app_is_a_window_until_one_appears() -> Result<()> {
    let options = DesktopOptions { tray_host: false, keyring: false, ..Default::default() };
    let mut desktop = Desktop::start(&options).await?;
    let mut command = desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
    command.args(["--panel-warm-s", "0"]);
    let app = Program::start(command, &desktop.home().join("app.log"))?;
    wait_for_webviews(&app, 1).await?;

    desktop.start_tray_host().await?;
    let tray = Tray::of(&desktop).await?;
    tray.tooltip_contains("Signed out").await?;
    eventually("the panel can be closed", async || {
        let mut close = desktop.run(Command::new("wmctrl"));
        Ok(close.args(["-F", "-c", "Tokenwell"]).status().await?.success().then_some(()))
    })
    .await?;
    wait_for_webviews(&app, 0).await?;
    tray.activate().await?;
    wait_for_webviews(&app, 1).await
}
