//! Starting the app: for the first time, and while it runs.

use crate::support::{World, stored};
use anyhow::{Context as _, Result};
use std::fs;
use tokio::process::Command;

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn the_first_start_prints_nothing_but_its_log_and_stores_its_data_in_the_users_local_folder()
-> Result<()> {
    let world = World::new().await?;
    let app = world.app().await?;
    app.prints("starts").await?;
    let stored = stored()?;
    assert!(stored.ends_with(r"AppData\Local\app.tokenwell.desktop"), "{}", stored.display());
    assert!(stored.join("cache.sqlite3").is_file());
    let logs: Vec<_> = fs::read_dir(stored.join("logs"))?.collect::<Result<_, _>>()?;
    let [log] = &logs[..] else { panic!("there is one log: {logs:?}") };
    let version = format!("version {} starts", env!("CARGO_PKG_VERSION"));
    assert!(fs::read_to_string(log.path())?.contains(&version));
    app.quit().await?;
    let printed = fs::read_to_string(world.app_log())?;
    let is_logged = |line: &str| line.contains(" tokenwell_app");
    assert!(printed.lines().all(is_logged), "nothing but the log is printed: {printed}");
    Ok(())
}

#[tokio::test]
#[ignore = "deletes the app's data of this user; `cargo xtask windows` runs it"]
async fn a_second_start_hands_its_link_to_the_app_that_runs_and_ends() -> Result<()> {
    let world = World::new().await?;
    let app = world.app().await?;
    let start = async |link: &str| -> Result<()> {
        let status = Command::new(env!("CARGO_BIN_EXE_tokenwell")).arg(link).status().await?;
        status.success().then_some(()).with_context(|| format!("{link}: {status}"))
    };
    start("tokenwell://add-tokens").await?;
    start("tokenwell://elsewhere").await?;
    app.prints("a link that is not one of Tokenwell's was ignored").await?;
    assert_eq!(app.printed()?.matches("was ignored").count(), 1);
    app.quit().await
}
