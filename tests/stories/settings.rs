//! Settings take effect and survive a restart.

use crate::support::World;
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::eventually;

#[tokio::test]
async fn settings_take_effect_at_once_and_survive_a_restart() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let tray = world.tray().await?;
    app.click("settings").await?;
    app.click("language-german").await?;
    app.shows("sign-out", "Abmelden").await?;
    tray.shows("Rollover-Bank").await?;
    app.click("appearance-dark").await?;
    eventually("the panel is dark", async || {
        let paper =
            app.client.execute("return getComputedStyle(document.body).backgroundColor", vec![]).await?;
        Ok((paper == "rgb(19, 18, 23)").then_some(()))
    })
    .await?;

    let entry = world.desktop.home().join("config/autostart/tokenwell.desktop");
    assert!(!entry.exists(), "off by default");
    app.click("start-at-login").await?;
    eventually("the desktop starts the app at login", async || Ok(entry.exists().then_some(()))).await?;
    assert!(std::fs::read_to_string(&entry)?.contains(env!("CARGO_BIN_EXE_tokenwell")));

    world.desktop.resize_window("Tokenwell", (520, 760)).await?;
    app.fill("new-threshold", "1000000").await?;
    app.click("add-threshold").await?;
    app.shows("threshold", "1.000.000").await?;
    world.close_panel().await?;
    app.stop().await?;

    let app = world.app().await?;
    let size = "return [innerWidth, innerHeight].join()";
    eventually("the panel has the size that it was closed with", async || {
        Ok((app.client.execute(size, vec![]).await? == "520,760").then_some(()))
    })
    .await?;
    app.click("settings").await?;
    app.shows("sign-out", "Abmelden").await?;
    app.shows("threshold", "1.000.000").await?;
    for set in ["language-german", "appearance-dark", "start-at-login"] {
        let state = app.find(set).await?.attr("data-state").await?;
        assert_eq!(state.as_deref(), Some("checked"), "{set}");
    }
    app.click("start-at-login").await?;
    eventually("the desktop does not start the app at login", async || Ok((!entry.exists()).then_some(())))
        .await?;
    app.stop().await
}

#[tokio::test]
async fn the_diagnostics_file_contains_the_logs_and_nothing_that_identifies_the_user() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let secret = world.refresh_token().await?;
    app.click("settings").await?;
    app.click("save-diagnostics").await?;
    let message = app.text("diagnostics-saved").await?;
    let file = message.strip_prefix("Saved to ").unwrap_or(&message);
    assert!(file.starts_with(world.desktop.home().to_str().unwrap()), "{message}");
    let text = std::fs::read_to_string(file)?;
    for part in ["\"session\": \"signed_in\"", "\"connection\": \"online\"", "Logs:\n", "tokenwell_app"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    for private in [PREMIUM.0, PREMIUM.1, &secret, "eyJ", world.desktop.home().to_str().unwrap()] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    app.stop().await
}
