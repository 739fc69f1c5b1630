//! The desktop without a screen has what a desktop has.
#![cfg(target_os = "linux")]

use anyhow::Result;
use tokenwell_stage::{Desktop, DesktopOptions};
use tokio::process::Command;

#[tokio::test]
async fn what_is_handed_to_the_system_browser_arrives_whole() -> Result<()> {
    let mut desktop = Desktop::start(&DesktopOptions::default()).await?;
    let url = "https://checkout.example/c/pay/cs_1?a=b&c=%20d#fragment";
    let mut open = desktop.run(Command::new("xdg-open"));
    assert!(open.arg(url).status().await?.success());
    assert_eq!(desktop.opened_url().await?, url);
    Ok(())
}

#[tokio::test]
async fn the_keyring_keeps_a_secret() -> Result<()> {
    let desktop = Desktop::start(&DesktopOptions::default()).await?;
    let mut store = desktop.run(Command::new("sh"));
    store.args(["-c", "printf kept | secret-tool store --label=t a b && secret-tool lookup a b"]);
    assert_eq!(store.output().await?.stdout, b"kept");
    Ok(())
}
