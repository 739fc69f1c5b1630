//! The Debian packages in a Debian without anything else: installed, used, upgraded and removed. `cargo xtask package --test`
//! prepares them and runs these stories.

use crate::support::{App, CleanRoot, Edition, GOOD_CARD, World, grouped};
use anyhow::Result;
use tokenwell_stage::demo::PREMIUM;

#[tokio::test]
#[ignore = "needs packages and root: cargo xtask package --test"]
async fn the_installed_app_signs_in_buys_is_upgraded_and_leaves_nothing_behind_in_the_system() -> Result<()> {
    let root = CleanRoot::prepared()?;
    let dependencies = root.dependencies_of("tokenwell").await?;
    assert!(dependencies.contains("libwebkit2gtk-4.1-0 "), "{dependencies}");
    assert!(!dependencies.contains("appindicator"), "the app does not use it: {dependencies}");
    root.install_dependencies_of("tokenwell").await?;
    let before = root.files().await?;
    root.install("tokenwell", Edition::Built).await?;
    for program in ["tokenwell", "tokenwell-glance"] {
        let version = root.run(&[program, "--version"]).await?;
        assert_eq!(version, format!("{program} {}", env!("CARGO_PKG_VERSION")));
    }

    let mut world = World::new().await?;
    let program = root.starter("/usr/bin/tokenwell", world.desktop.home())?;
    let service = world.services.service_url();
    let app = App::start_program(&world.desktop, &program, &["--service", &service, "--panel"]).await?;
    let browser = world.browser().await?;
    app.click("sign-in").await?;
    browser.sign_in_as(&world.desktop.opened_url().await?, PREMIUM.1).await?;
    app.find("spendable").await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;
    app.shows("spendable", &grouped(spendable)).await?;

    app.click("add-tokens").await?;
    app.click("pack-medium").await?;
    app.click("buy-now").await?;
    browser.go(&world.desktop.opened_url().await?).await?;
    browser.pay_by_card(GOOD_CARD).await?;
    app.find("paid").await?;
    app.click("done").await?;
    let spendable = world.spendable_of(PREMIUM.1).await?;
    app.shows("spendable", &grouped(spendable)).await?;
    app.stop().await?;

    root.install("tokenwell", Edition::Next).await?;
    assert_eq!(root.version_of("tokenwell").await?, "9999.0.0");
    let glance = world.desktop.run(root.command(&["tokenwell-glance"])).output().await?;
    let glance = String::from_utf8_lossy(&glance.stdout).into_owned();
    assert!(glance.contains(&grouped(spendable)), "{glance}");
    let app = App::start_program(&world.desktop, &program, &["--service", &service, "--panel"]).await?;
    app.is_signed_in_as(PREMIUM.0).await?;
    app.shows("spendable", &grouped(spendable)).await?;
    app.stop().await?;

    root.run(&["dpkg", "--purge", "tokenwell"]).await?;
    let after = root.files().await?;
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "the system is not as it was: {left:?}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs packages and root: cargo xtask package --test"]
async fn the_installed_service_has_its_user_and_folders_and_a_removal_keeps_its_database() -> Result<()> {
    let root = CleanRoot::prepared()?;
    root.install_dependencies_of("tokenwell-server").await?;
    let before = root.files().await?;
    root.install("tokenwell-server", Edition::Built).await?;
    root.run(&["systemd-analyze", "verify", "/usr/lib/systemd/system/tokenwell-server.service"]).await?;
    let folders = root.run(&["stat", "--format=%A %U", "/etc/tokenwell", "/var/lib/tokenwell"]).await?;
    assert_eq!(folders, "drwx------ root\ndrwx------ tokenwell");

    let settings = root.run(&["cat", "/usr/share/doc/tokenwell-server/examples/server.env"]).await?;
    let database = settings.lines().find_map(|line| line.strip_prefix("TOKENWELL_DATABASE=")).unwrap();
    let as_its_user = ["setpriv", "--reuid=tokenwell", "--regid=tokenwell", "--clear-groups"];
    let migrate = ["tokenwell-server", "migrate", "--database", database];
    root.run(&[&as_its_user[..], &migrate].concat()).await?;
    let file = database.strip_prefix("sqlite:/").unwrap();
    assert!(root.has(file), "{file} is there");

    root.run(&["systemctl", "enable", "tokenwell-server"]).await?;
    let enabled = "etc/systemd/system/multi-user.target.wants/tokenwell-server.service";
    root.install("tokenwell-server", Edition::Next).await?;
    assert_eq!(root.version_of("tokenwell-server").await?, "9999.0.0");
    assert!(root.run(&["readlink", &format!("/{enabled}")]).await.is_ok(), "an upgrade leaves it enabled");

    root.run(&["dpkg", "--remove", "tokenwell-server"]).await?;
    assert!(root.has("etc/tokenwell"), "a removal keeps the settings");
    root.run(&["dpkg", "--purge", "tokenwell-server"]).await?;
    let after = root.files().await?;
    // The user stays, as Debian's packages leave theirs.
    let of_the_user = |file: &String| file.starts_with("etc/") && file.ends_with('-');
    let left: Vec<_> = after.symmetric_difference(&before).filter(|file| !of_the_user(file)).collect();
    assert_eq!(left, ["var/lib/tokenwell", file], "only the database is left");
    Ok(())
}
