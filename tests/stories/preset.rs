//! What whoever manages a computer sets for its users, and links that propose a service.

use crate::support::{App, World};
use anyhow::{Result, ensure};
use fantoccini::Locator;
use futures_util::FutureExt as _;
use std::path::{Path, PathBuf};
use tokenwell_stage::Desktop;
use tokenwell_stage::demo::PREMIUM;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Installs the app in a folder of its own, with a preset next to it.
fn installed(desktop: &Desktop, preset: &str) -> Result<PathBuf> {
    let folder = desktop.home().join("installed");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("tokenwell.json"), preset)?;
    let (built, program) = (Path::new(env!("CARGO_BIN_EXE_tokenwell")), folder.join("tokenwell"));
    if std::fs::hard_link(built, &program).is_err() {
        std::fs::copy(built, &program)?;
    }
    Ok(program)
}

fn host(address: &str) -> &str {
    address.split("://").last().unwrap_or(address).trim_end_matches('/')
}

#[tokio::test]
async fn a_preset_names_the_service_and_shows_what_it_locks() -> Result<()> {
    let mut world = World::new().await?;
    let service = world.services.service_url();
    let preset = format!(
        r#"{{ "service": "{service}", "name": "Example Studio", "locked": {{ "service": true, "appearance": "dark" }} }}"#
    );
    let program = installed(&world.desktop, &preset)?;
    // What the command line says does not count against a locked service.
    let arguments = ["--service", "https://tokens.other.example", "--panel"];
    let app = App::start_program(&world.desktop, &program, &arguments).await?;
    app.shows("service-name", "Example Studio").await?;
    app.shows("service-known", host(&service)).await?;
    assert!(!app.has("change-service").await?);
    app.click("sign-in").await?;
    world.answer_sign_in_page(PREMIUM.1).await?;
    app.find("spendable").await?;

    app.click("settings").await?;
    let light = app.find("appearance-light").await?;
    assert!(light.attr("disabled").await?.is_some(), "it can be chosen");
    assert_eq!(app.find("appearance-dark").await?.attr("aria-checked").await?.as_deref(), Some("true"));
    assert_eq!(app.find("language-german").await?.attr("disabled").await?, None);
    let page = app.client.find(Locator::Css("main")).await?.text().await?;
    assert!(page.contains("Example Studio has set this."), "{page}");
    app.stop().await
}

#[tokio::test]
async fn a_bad_preset_stops_the_app_with_its_file_and_line() -> Result<()> {
    let world = World::new().await?;
    for (preset, words) in [
        (
            "{\n  \"service\": \"https://tokens.example.com\",\n  \"lock\": true\n}",
            ["unknown field `lock`", "line 3"],
        ),
        ("{ \"service\": \"http://tokens.example.com\" }", ["`service` must start with https://", ""]),
    ] {
        let program = installed(&world.desktop, preset)?;
        let mut app = world.desktop.run(Command::new(&program));
        let ended = app.kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        let file = program.with_file_name("tokenwell.json").display().to_string();
        assert!([&*file, words[0], words[1]].iter().all(|words| said.contains(words)), "{said}");
        std::fs::remove_dir_all(program.parent().unwrap_or(&program))?;
    }
    Ok(())
}

/// Whether a file below a folder contains a text.
fn is_stored(folder: &Path, text: &str) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if is_stored(&path, text)? {
                return Ok(true);
            }
        } else if path.is_file() {
            let content = std::fs::read(&path)?;
            if content.windows(text.len()).any(|part| part == text.as_bytes()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[tokio::test]
async fn a_link_proposes_a_service_which_is_neither_contacted_nor_stored_before_the_user_signs_in()
-> Result<()> {
    let world = World::new().await?;
    let app = world.app().await?;
    app.find("sign-in").await?;
    let proposed = TcpListener::bind("127.0.0.1:0").await?;
    let address = proposed.local_addr()?.to_string();
    let link = format!("tokenwell://connect?service=http%3A%2F%2F{}", address.replace(':', "%3A"));
    let mut again = world.desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
    ensure!(again.arg(&link).kill_on_drop(true).status().await?.success());

    app.shows("service-known", &address).await?;
    assert!(proposed.accept().now_or_never().is_none(), "the proposed service was contacted");
    assert!(!is_stored(&world.desktop.home().join("data"), &address)?, "it was stored");
    app.click("sign-in").await?;
    proposed.accept().await?;
    app.stop().await
}
