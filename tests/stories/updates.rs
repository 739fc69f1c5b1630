//! An app that is too old for its service, and how its user gets a newer one.

use crate::support::{App, World};
use anyhow::Result;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tokenwell_stage::demo::PREMIUM;

/// Starts the app as one that dpkg owns: the list of the package's files names the program.
fn of_a_package(folder: &Path) -> Result<PathBuf> {
    let program = std::fs::canonicalize(env!("CARGO_BIN_EXE_tokenwell"))?;
    let (dpkg, starter) = (folder.join("dpkg"), folder.join("start-of-a-package"));
    std::fs::create_dir_all(dpkg.join("info"))?;
    std::fs::write(dpkg.join("info/tokenwell.list"), format!("/.\n{}\n", program.display()))?;
    let script =
        format!("#!/bin/sh\nDPKG_ADMINDIR='{}' exec '{}' \"$@\"\n", dpkg.display(), program.display());
    std::fs::write(&starter, script)?;
    std::fs::set_permissions(&starter, std::fs::Permissions::from_mode(0o755))?;
    Ok(starter)
}

#[tokio::test]
async fn an_app_that_is_too_old_shows_the_command_of_its_package_manager_or_the_page_of_releases()
-> Result<()> {
    let mut world = World::new().await?;
    world.services.restart_service_with(&["--min-app-version", "999.0.0"]).await?;
    let program = of_a_package(world.desktop.home())?;
    let service = world.services.service_url();
    let app = App::start_program(&world.desktop, &program, &["--service", &service, "--panel"]).await?;
    app.click("sign-in").await?;
    world.answer_sign_in_page(PREMIUM.1).await?;
    app.shows("notices", "This version of Tokenwell is too old for the service.").await?;
    app.shows("update-command", "sudo apt update && sudo apt install --only-upgrade tokenwell").await?;
    app.click("open-downloads").await?;
    assert_eq!(world.desktop.opened_url().await?, "https://github.com/tokenwell/tokenwell/releases");
    app.stop().await?;

    let app = world.app().await?;
    app.shows("update", "Get the newest version where you got this one").await?;
    assert!(!app.has("update-command").await?, "no package manager knows this copy");
    app.click("open-downloads").await?;
    assert_eq!(world.desktop.opened_url().await?, "https://github.com/tokenwell/tokenwell/releases");
    app.stop().await
}
