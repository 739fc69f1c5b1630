//! Failures around the app: crashes, a service that is down or has an untrusted certificate, a cache that is damaged or
//! cannot be written, no keyring.

use crate::support::{App, World, grouped};
use anyhow::Result;
use std::net::{TcpListener, TcpStream};
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{Desktop, DesktopOptions, Program, eventually};
use tokio::process::Command;

#[tokio::test]
async fn a_purchase_survives_a_crash_of_the_app() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
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

    world.pay(&checkout).await?;
    let app = world.app().await?;
    app.find("paid").await?;
    app.click("hide").await?;
    app.shows("spendable", &grouped(before + 15_000)).await?;
    assert_eq!(world.spendable_of(PREMIUM.1).await?, before + 15_000, "once");
    app.stop().await
}

#[tokio::test]
async fn during_an_outage_the_last_balance_stays_visible_and_it_is_refreshed_afterwards() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    world.services.stop_service().await?;
    app.shows("age", "Offline").await?;
    app.shows("spendable", &grouped(before)).await?;

    world.services.start_service(false).await?;
    let user = world.services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
    world.services.spend(&user, 300, "While you were away").await?;
    app.shows("spendable", &grouped(before - 300)).await?;
    assert!(!app.has("age").await?, "a current balance has no age");
    app.stop().await
}

#[tokio::test]
async fn a_damaged_cache_is_set_aside_and_reported_once() -> Result<()> {
    let mut world = World::new().await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let spendable = grouped(world.spendable_of(PREMIUM.1).await?);
    app.stop().await?;
    let cache = world.desktop.home().join("data/app.tokenwell.desktop/cache.sqlite3");
    // SQLite would repair the damage from its write-ahead log.
    for log in ["sqlite3-wal", "sqlite3-shm"] {
        let _ = std::fs::remove_file(cache.with_extension(log));
    }
    std::fs::write(&cache, "bytes of a failing disk ".repeat(200))?;

    let app = world.app().await?;
    app.shows("notices", "The data saved on this computer was damaged").await?;
    assert!(cache.with_extension("sqlite3.damaged").exists());
    app.click("sign-in").await?;
    world.answer_sign_in_page(PREMIUM.1).await?;
    app.shows("spendable", &spendable).await?;
    app.stop().await?;

    let app = world.app().await?;
    app.shows("spendable", &spendable).await?;
    assert!(!app.has("notices").await?, "reported once");
    app.stop().await
}

#[tokio::test]
async fn without_a_keyring_the_sign_in_lasts_until_the_app_quits_and_a_notice_is_shown() -> Result<()> {
    let mut world = World::with(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.shows("notices", "you stay signed in only until Tokenwell quits").await?;
    app.stop().await?;

    let app = world.app().await?;
    app.find("sign-in").await?;
    app.stop().await
}

#[tokio::test]
async fn when_nothing_can_be_saved_a_notice_is_shown_and_no_purchase_starts() -> Result<()> {
    let mut world = World::new().await?;
    // A file instead of the folder prevents even an administrator from writing into it.
    std::fs::write(world.desktop.home().join("data/app.tokenwell.desktop"), "")?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    app.shows(
        "notices",
        "Tokenwell cannot save data on this computer. Check free disk space and permissions.",
    )
    .await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.shows("spendable", &grouped(before)).await?;

    // A purchase that a crash would lose is not started.
    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    app.shows("refused", "nothing was sent").await?;
    app.stop().await
}

/// A TLS server with an untrusted certificate, and its address.
async fn untrusted_server(desktop: &Desktop) -> Result<(Program, String)> {
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
    let server = Program::start(serve, &desktop.home().join("untrusted-server.log"))?;
    eventually("the server listens", async || {
        Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
    })
    .await?;
    Ok((server, format!("https://localhost:{port}")))
}

#[tokio::test]
async fn nothing_is_sent_to_a_service_with_an_untrusted_certificate_and_the_panel_reports_it() -> Result<()> {
    let desktop = Desktop::start(&DesktopOptions { keyring: false, ..Default::default() }).await?;
    let (_server, address) = untrusted_server(&desktop).await?;
    let app = App::start(&desktop, &address).await?;
    app.click("sign-in").await?;
    app.shows("sign-in-problem", "The service’s certificate is not valid.").await?;
    app.shows("sign-in-problem", "nothing was sent").await?;
    app.stop().await
}
