//! Every screen of the main job, photographed to `target/screenshots/`: in light and dark, in German, from right to left,
//! each in two densities, and with large text; nothing is cut off anywhere. Some are the pictures of `docs/gallery.md`:
//! `UPDATE=1 cargo test -p tokenwell --test stories gallery` takes them anew.

use crate::support::{App, GOOD_CARD, World};
use anyhow::Result;
use fantoccini::key::Key;
use std::path::{Path, PathBuf};
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{DesktopOptions, Theme, eventually};
use tokio::process::Command;

/// The screens: name, title, and a sentence for the page.
const SCREENS: [(&str, &str, &str); 15] = [
    (
        "welcome",
        "First start",
        "One page says what this is, asks for the service's address, and signs in through your browser.",
    ),
    (
        "home",
        "Home",
        "The well with its three layers in the order they are spent, what can be spent now, the last 30 days and the forecast.",
    ),
    (
        "breakdown",
        "Breakdown",
        "Pointing at, focusing or tapping a balance opens its buckets, and the way to more.",
    ),
    (
        "add-tokens",
        "Add Tokens",
        "Packs with their price per 1,000, the quantity, the total, and what the balance will be.",
    ),
    (
        "waiting",
        "Waiting for payment",
        "The checkout is open in your browser; closing this window, or that one, loses nothing.",
    ),
    ("paid", "Paid", "The new balance and the receipt."),
    ("activity", "Activity", "Every entry of the ledger, filtered and exported as a file."),
    ("purchases", "Purchases", "Every purchase with its state, what is left of it, and its receipt."),
    ("settings", "Settings", "Alerts, start at login, appearance, language, diagnostics, and the account."),
    (
        "billing",
        "Subscription and Billing",
        "The plan, when it renews, and what becomes of each bucket when it ends.",
    ),
    ("delete-account", "Deleting the account", "What is lost for good, and the word that confirms it."),
    (
        "accounts",
        "Accounts",
        "Several accounts are kept; one is shown, and switched here or in the tray's menu.",
    ),
    ("upgrade", "Upgrade", "On the free plan the same button leads to the plans."),
    ("locked", "Lapsed", "Without a plan, top-up tokens stay in sight, locked, with the way to unlock them."),
    ("offline", "Offline", "The last figures stay, with their age; never a zero, never blank."),
];

/// What the page shows in dark as well.
const IN_DARK: [&str; 4] = ["home", "add-tokens", "waiting", "locked"];

/// What a picture of the page may take in the repository.
const BYTES_MAX: u64 = 60_000;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pictures of a screen that are on the page.
fn pictures(screen: &str) -> Vec<String> {
    let themes = ["light", "dark"].into_iter().filter(|theme| *theme == "light" || IN_DARK.contains(&screen));
    themes.map(|theme| format!("images/{screen}-{theme}.png")).collect()
}

fn page() -> String {
    let head = "# Gallery\n\nEvery screen of the panel. The pictures are taken by the stories that hold the screens\n\
                (`tests/stories/gallery.rs`), of the real app with the demo accounts.\n";
    let screens = SCREENS.iter().map(|(screen, title, sentence)| {
        let pictures = pictures(screen);
        let shown =
            pictures.iter().map(|file| format!("<img src=\"{file}\" width=\"360\" alt=\"{title}\">\n"));
        format!("\n## {title}\n{sentence}\n\n{}", shown.collect::<Vec<_>>().concat())
    });
    std::iter::once(head.to_owned()).chain(screens).collect::<Vec<_>>().concat()
}

#[test]
fn every_screen_is_on_the_gallery_page_with_pictures_that_are_there() {
    let file = docs().join("gallery.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap() == page(),
        "docs/gallery.md has drifted: `UPDATE=1 cargo test -p tokenwell --test stories gallery` writes it anew"
    );
    for picture in SCREENS.iter().flat_map(|(screen, ..)| pictures(screen)) {
        let bytes = docs().join(&picture).metadata().map(|file| file.len()).unwrap_or_default();
        assert!((1..=BYTES_MAX).contains(&bytes), "{picture} has {bytes} bytes");
    }
}

/// The screens as one kind of desktop shows them.
struct Gallery {
    options: DesktopOptions,
    suffix: &'static str,
    /// What the panel's window is made before it is looked at, if it is not left as it opens.
    window: Option<(u32, u32)>,
    /// Texts that are cut off, with their screens.
    cut_off: Vec<String>,
}

impl Gallery {
    /// Photographs a screen and looks whether something is cut off.
    async fn look(&mut self, world: &World, app: &App, screen: &str) -> Result<()> {
        anyhow::ensure!(SCREENS.iter().any(|(known, ..)| *known == screen), "`{screen}` is not on the page");
        if let Some(size) = self.window {
            world.desktop.resize_window("Tokenwell", size).await?;
            let across = format!("return innerWidth === {}", size.0 * 100 / self.options.text_percent);
            eventually("the window is that wide", async || {
                Ok((app.client.execute(&across, vec![]).await? == true).then_some(()))
            })
            .await?;
        }
        let density = if self.options.scale == 2 { "@2x" } else { "" };
        let photograph =
            app.photograph(&world.desktop, &format!("{screen}-{}{density}", self.suffix)).await?;
        let picture = format!("images/{screen}-{}.png", self.suffix);
        if self.options.scale == 2
            && pictures(screen).contains(&picture)
            && std::env::var_os("UPDATE").is_some()
        {
            let mut convert = Command::new("convert");
            convert.arg(&photograph).args(["-strip", "-dither", "None", "-colors", "128"]);
            convert.arg(format!("PNG8:{}", docs().join(picture).display()));
            anyhow::ensure!(convert.status().await?.success(), "no picture of {screen}");
        }
        let cut_off = app.cut_off().await?.into_iter();
        self.cut_off.extend(cut_off.map(|text| format!("{screen}: {text}")));
        Ok(())
    }

    async fn look_at_everything(&mut self) -> Result<()> {
        let mut world = World::with(&self.options).await?;

        let app = world.app().await?;
        app.find("sign-in").await?;
        self.look(&world, &app, "welcome").await?;
        app.stop().await?;

        let (app, browser) = world.signed_in_as(PREMIUM.1).await?;
        app.find("forecast").await?;
        self.look(&world, &app, "home").await?;
        app.click("balance-chip").await?;
        app.find("breakdown").await?;
        self.look(&world, &app, "breakdown").await?;
        app.click("balance-chip").await?;
        app.click("add-tokens").await?;
        app.click("pack-medium").await?;
        self.look(&world, &app, "add-tokens").await?;
        app.click("buy-now").await?;
        let checkout = world.desktop.opened_url().await?;
        app.find("waiting").await?;
        self.look(&world, &app, "waiting").await?;
        browser.go(&checkout).await?;
        browser.pay_by_card(GOOD_CARD).await?;
        app.find("paid").await?;
        self.look(&world, &app, "paid").await?;
        app.click("done").await?;
        for (page, hook) in [("activity", "entry"), ("purchases", "purchase")] {
            app.click(page).await?;
            app.find(hook).await?;
            self.look(&world, &app, page).await?;
            app.click("back").await?;
        }
        app.click("settings").await?;
        self.look(&world, &app, "settings").await?;
        app.click("subscription-and-billing").await?;
        app.find("cancelling").await?;
        self.look(&world, &app, "billing").await?;
        app.click("back").await?;
        app.click("delete-account").await?;
        app.find("lost").await?;
        self.look(&world, &app, "delete-account").await?;
        app.click("back").await?;
        world.add_account(&app, &browser, FREE.1).await?;
        app.is_signed_in_as(FREE.0).await?;
        app.find("spendable").await?;
        app.click("accounts").await?;
        app.find("add-account").await?;
        self.look(&world, &app, "accounts").await?;
        app.press(Key::Escape).await?;
        app.click("add-tokens").await?;
        app.find("upgrade-prompt").await?;
        self.look(&world, &app, "upgrade").await?;
        app.stop().await?;

        let mut world = World::with(&self.options).await?;
        let (app, _browser) = world.signed_in_as(LAPSED.1).await?;
        app.find("locked").await?;
        self.look(&world, &app, "locked").await?;
        app.stop().await?;
        world.services.stop_service().await?;
        let app = world.app().await?;
        app.shows("age", "Offline").await?;
        self.look(&world, &app, "offline").await?;
        app.stop().await
    }
}

async fn look_at_everything(options: DesktopOptions, suffix: &'static str) -> Result<()> {
    look_through(Gallery { options, suffix, window: None, cut_off: vec![] }).await
}

async fn look_through(mut gallery: Gallery) -> Result<()> {
    gallery.look_at_everything().await?;
    assert_eq!(gallery.cut_off, [""; 0], "cut off in {}", gallery.suffix);
    Ok(())
}

fn light() -> DesktopOptions {
    DesktopOptions::default()
}

fn dark() -> DesktopOptions {
    DesktopOptions { theme: Theme::Dark, ..light() }
}

fn german() -> DesktopOptions {
    DesktopOptions { locale: "de_DE.UTF-8", ..light() }
}

fn right_to_left() -> DesktopOptions {
    DesktopOptions { locale: "ar_XB.UTF-8", ..light() }
}

fn dense(options: &DesktopOptions) -> DesktopOptions {
    DesktopOptions { scale: 2, ..options.clone() }
}

#[tokio::test]
async fn every_screen_in_light() -> Result<()> {
    look_at_everything(light(), "light").await
}

#[tokio::test]
async fn every_screen_in_dark() -> Result<()> {
    look_at_everything(dark(), "dark").await
}

#[tokio::test]
async fn every_screen_in_german() -> Result<()> {
    look_at_everything(german(), "german").await
}

#[tokio::test]
async fn every_screen_from_right_to_left() -> Result<()> {
    look_at_everything(right_to_left(), "right-to-left").await
}

#[tokio::test]
async fn every_screen_in_light_on_a_dense_screen() -> Result<()> {
    look_at_everything(dense(&light()), "light").await
}

#[tokio::test]
async fn every_screen_in_dark_on_a_dense_screen() -> Result<()> {
    look_at_everything(dense(&dark()), "dark").await
}

#[tokio::test]
async fn every_screen_in_german_on_a_dense_screen() -> Result<()> {
    look_at_everything(dense(&german()), "german").await
}

#[tokio::test]
async fn every_screen_from_right_to_left_on_a_dense_screen() -> Result<()> {
    look_at_everything(dense(&right_to_left()), "right-to-left").await
}

/// The web view enlarges the whole page with the desktop's text. 640 pixels are 320 of the page then, which is as narrow
/// as WCAG asks a page to work (1.4.10).
#[tokio::test]
async fn every_screen_with_text_at_200_percent() -> Result<()> {
    let options = DesktopOptions { text_percent: 200, ..light() };
    look_through(Gallery { options, suffix: "large-text", window: Some((640, 800)), cut_off: vec![] }).await
}
