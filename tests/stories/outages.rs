//! What goes wrong around the app: crashes, a service that is away or cannot prove who it is, a damaged cache and one that
//! cannot be written, no keyring.

use crate::support::{App, GOOD_CARD, World, grouped};
use anyhow::Result;
use std::net::{TcpListener, TcpStream};
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{Desktop, DesktopOptions, Program, eventually};
use tokio::process::Command;

#[tokio::test]
async fn a_purchase_survives_a_crash_of_the_app() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    let checkout = world.desktop.opened_url().await?;
    app.find("waiting").await?;
    app.crash().await?;

    let app = world.app().await?;
    app.find("waiting").await?;
    app.click("reopen-checkout").await?;
    assert_eq!(world.desktop.opened_url().await?, checkout, "the same checkout, not a second one");
    app.crash().await?;

    browser.go(&checkout).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    world.services.is_paid_at_stripe(&checkout).await?;
    let app = world.app().await?;
    app.find("paid").await?;
    app.click("done").await?;
    app.shows("spendable", &grouped(before + 15_000)).await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before + 15_000, "once");
    app.stop().await
}

#[tokio::test]
async fn while_the_service_is_away_the_last_figures_stay_and_it_is_caught_up_with_afterwards() -> Result<()> {
    let mut world = World::new().await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    app.shows("spendable", &grouped(before)).await?;

    world.services.start_service(false).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "While you were away").await?;
    app.shows("spendable", &grouped(before - 300)).await?;
    assert!(!app.has("age").await?, "current figures have no age");
    app.stop().await
}

#[tokio::test]
async fn a_damaged_cache_is_set_aside_and_told_once() -> Result<()> {
    let mut world = World::new().await?;
    let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    app.stop().await?;
    let cache = world.desktop.home().join("data/app.tokenwell.desktop/cache.sqlite3");
    // Its log would make up for the damage.
    for log in ["sqlite3-wal", "sqlite3-shm"] {
        let _ = std::fs::remove_file(cache.with_extension(log));
    }
    std::fs::write(&cache, "what a failing disk leaves behind ".repeat(200))?;

    let app = world.app().await?;
    app.shows("notices", "The data saved on this computer was damaged").await?;
    assert!(cache.with_extension("sqlite3.damaged").exists());
    app.click("sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, PREMIUM.1).await?;
    app.shows("spendable", &spendable).await?;
    app.stop().await?;

    let app = world.app().await?;
    app.shows("spendable", &spendable).await?;
    assert!(!app.has("notices").await?, "told once");
    app.stop().await
}

#[tokio::test]
async fn without_a_keyring_one_is_signed_in_for_this_session_only_and_told_so() -> Result<()> {
    let mut world = World::with(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    app.shows("notices", "you stay signed in only until Tokenwell quits").await?;
    app.stop().await?;

    let app = world.app().await?;
    app.find("sign-in").await?;
    app.stop().await
}

#[tokio::test]
async fn where_nothing_can_be_saved_the_app_says_so_and_works() -> Result<()> {
    let mut world = World::new().await?;
    // A file where the folder should be: not even an administrator can write into that.
    std::fs::write(world.desktop.home().join("data/app.tokenwell.desktop"), "")?;
    let (app, _browser) = world.signed_in_as(PREMIUM.1).await?;
    app.shows(
        "notices",
        "Tokenwell cannot save data on this computer. Check free disk space and permissions.",
    )
    .await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.shows("spendable", &grouped(before)).await?;

    // A purchase that a crash would lose is not begun.
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    app.shows("refused", "nothing was sent").await?;
    app.stop().await
}

/// Something that answers at an address, with a certificate that nobody trusts.
async fn stranger(desktop: &Desktop) -> Result<(Program, String)> {
    let (key, certificate) = (desktop.home().join("key.pem"), desktop.home().join("certificate.pem"));
    let mut make = Command::new("openssl");
    make.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ])
    .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
    .arg("-keyout")
    .arg(&key)
    .arg("-out")
    .arg(&certificate);
    anyhow::ensure!(make.output().await?.status.success(), "no certificate");
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut serve = Command::new("openssl");
    serve.args(["s_server", "-www", "-quiet", "-accept", &port.to_string()]);
    serve.arg("-key").arg(&key).arg("-cert").arg(&certificate);
    let server = Program::start(serve, &desktop.home().join("stranger.log"))?;
    eventually("the stranger listens", async || {
        Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
    })
    .await?;
    Ok((server, format!("https://localhost:{port}")))
}

#[tokio::test]
async fn a_service_that_cannot_prove_who_it_is_is_sent_nothing_and_that_is_said() -> Result<()> {
    let desktop = Desktop::start(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let (_server, address) = stranger(&desktop).await?;
    let app = App::start(&desktop, &address).await?;
    app.click("sign-in").await?;
    app.shows("sign-in-problem", "The service’s certificate is not valid.").await?;
    app.shows("sign-in-problem", "nothing was sent").await?;
    app.stop().await
}
