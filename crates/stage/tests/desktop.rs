//! Tests of the desktop without a screen.
#![cfg(target_os = "linux")]

use anyhow::Result;
use tokenwell_stage::{Desktop, DesktopOptions};
use tokio::process::Command;

#[tokio::test]
async fn an_address_opened_in_the_system_browser_is_recorded_unchanged() -> Result<()> {
    let mut desktop = Desktop::start(&DesktopOptions::default()).await?;
    let url = "https://checkout.example/c/pay/cs_1?a=b&c=%20d#fragment";
    let mut open = desktop.run(Command::new("xdg-open"));
    assert!(open.arg(url).status().await?.success());
    assert_eq!(desktop.opened_url().await?, url);
    Ok(())
}

#[tokio::test]
async fn the_keyring_stores_a_secret() -> Result<()> {
    let desktop = Desktop::start(&DesktopOptions::default()).await?;
    let mut store = desktop.run(Command::new("sh"));
    store.args(["-c", "printf stored | secret-tool store --label=t a b && secret-tool lookup a b"]);
    assert_eq!(store.output().await?.stdout, b"stored");
    Ok(())
}
