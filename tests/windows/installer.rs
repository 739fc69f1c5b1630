//! The installer without a window, as administrators run it.

use crate::support::{App, World, stored, tray};
use anyhow::{Context as _, Result, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use tokenwell_stage::eventually;
use tokio::process::Command;

const UNINSTALL: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Tokenwell";
const LINKS: &str = r"HKCU\Software\Classes\tokenwell";
const AT_LOGIN: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";
/// Where WebView2 enters its version.
const WEB_VIEW: &str = r"HKCU\Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn the_app_is_installed_started_replaced_while_it_runs_and_removed_without_leftovers() -> Result<()> {
    let world = World::new().await?;
    let folder = installed()?;
    registry(&["add", WEB_VIEW, "/v", "pv", "/d", "131.0.2903.86", "/f"]).await?;
    assert_eq!(install().await?, "", "nothing is missing");
    let mut files = names(&folder)?;
    files.sort();
    let expected =
        "LICENSE-APACHE LICENSE-MIT WebView2Loader.dll tokenwell-glance.exe tokenwell.exe uninstall.exe";
    assert_eq!(files.join(" "), expected);

    let program = folder.join("tokenwell.exe");
    let app = App::start_program(&program, &world.app_log(), &[]).await?;
    let registered = registry(&["query", &format!(r"{LINKS}\shell\open\command"), "/ve"]).await?;
    assert!(registered.contains(&format!(r#""{}" "%1""#, program.display())), "{registered}");
    ensure!(Command::new(&program).arg("tokenwell://elsewhere").status().await?.success());
    app.prints("a link that is not one of Tokenwell's was ignored").await?;

    assert_eq!(install().await?, "");
    drop(app);
    tray::icon_is_shown(false).await?;
    let app = App::start_program(&program, &world.app_log(), &[]).await?;
    app.quit().await?;

    registry(&["add", AT_LOGIN, "/v", "Tokenwell", "/d", "tokenwell.exe", "/f"]).await?;
    uninstall(&[]).await?;
    ensure!(registry(&["query", LINKS]).await.is_err(), "links would start it");
    ensure!(registry(&["query", AT_LOGIN, "/v", "Tokenwell"]).await.is_err(), "it would start at login");
    let menu = dirs::data_dir().context("no folder for data")?.join(r"Microsoft\Windows\Start Menu\Programs");
    ensure!(!names(&menu)?.iter().any(|name| name.contains("Tokenwell")), "the start menu has it");
    ensure!(stored()?.join("cache.sqlite3").exists(), "the user's data stays");
    Ok(())
}

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn without_a_web_view_the_installer_says_what_is_missing_and_installs_the_app() -> Result<()> {
    let world = World::new().await?;
    let _ = registry(&["delete", WEB_VIEW, "/f"]).await;
    let printed = install().await?;
    assert!(
        printed.contains("needs Microsoft's WebView2 Runtime, which could not be installed"),
        "{printed}"
    );
    let app = App::start_program(&installed()?.join("tokenwell.exe"), &world.app_log(), &[]).await?;
    app.quit().await?;
    uninstall(&["/DATA"]).await?;
    ensure!(!stored()?.exists(), "the user wanted the data to go, too");
    Ok(())
}

fn installed() -> Result<PathBuf> {
    Ok(dirs::data_local_dir().context("no folder for local data")?.join(r"Programs\Tokenwell"))
}

/// Runs the installer without a window, and returns what it has printed.
async fn install() -> Result<String> {
    let installer = env::var("TOKENWELL_INSTALLER").context("TOKENWELL_INSTALLER names the installer")?;
    let output = Command::new(installer).arg("/S").output().await?;
    ensure!(output.status.success(), "the installer ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Removes the app. The program that does it copies itself elsewhere and goes on there.
async fn uninstall(arguments: &[&str]) -> Result<()> {
    let folder = installed()?;
    let status = Command::new(folder.join("uninstall.exe")).arg("/S").args(arguments).status().await?;
    ensure!(status.success(), "the removal ended with {status}");
    eventually("the app is not listed any more", async || {
        Ok(registry(&["query", UNINSTALL]).await.is_err().then_some(()))
    })
    .await?;
    ensure!(!folder.exists(), "{} is left", folder.display());
    Ok(())
}

async fn registry(arguments: &[&str]) -> Result<String> {
    let output = Command::new("reg").args(arguments).output().await?;
    ensure!(output.status.success(), "reg {arguments:?}: {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
