//! Every screen of the panel: no text is cut off, in English, in German, from right to left, and with large text.
//!
//! `TOKENWELL_GALLERY=1` also looks at the dark theme and at dense screens, and photographs every screen to
//! `target/screenshots/`. `UPDATE=1 cargo test -p tokenwell --test stories gallery` does the same and renews the pictures
//! and the text of `docs/gallery.md`.

use crate::support::{App, World};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use std::path::{Path, PathBuf};
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{DesktopOptions, Theme, eventually};
use tokio::process::Command;

/// Every screen: its name, and its title and sentence on the gallery page.
const SCREENS: [(&str, &str, &str); 16] = [
    (
        "welcome",
        "First start",
        "The first lesson: what each layer of the well is. Signing in happens in your browser.",
    ),
    (
        "home",
        "Home",
        "The well is full with what is here and what was used since the last reset; its layers drain from the top in spend order.",
    ),
    (
        "breakdown",
        "Breakdown",
        "Pointing at, focusing or tapping a balance opens its buckets and Add Tokens.",
    ),
    (
        "add-tokens",
        "Add Tokens",
        "The well shows what the chosen pack adds, beside the packs with their price per 1,000 and what they save.",
    ),
    (
        "waiting",
        "Waiting for payment",
        "The tokens on their way lie in the well as a pale layer. Hiding this, or closing the panel or the browser, loses nothing.",
    ),
    ("paid", "Paid", "The tokens have arrived in the well, and the receipt is one click away."),
    (
        "refund-due",
        "Refund due",
        "Charged, but not what the order costs: what happens next, and whom to contact.",
    ),
    ("activity", "Activity", "Every entry of the ledger, with filters and export to a file."),
    ("purchases", "Purchases", "Every purchase with its state, what is left of it, and its receipt."),
    ("settings", "Settings", "Alerts, start at login, appearance, language, diagnostics, and the account."),
    (
        "billing",
        "Subscription and Billing",
        "The plan, its price, when it renews, and what happens to each bucket when it is cancelled.",
    ),
    ("delete-account", "Deleting the account", "What is lost for good, and the word that confirms it."),
    (
        "accounts",
        "Accounts",
        "Several accounts can be signed in. You switch between them here or in the tray's menu.",
    ),
    ("upgrade", "Upgrade", "On the free plan, Add Tokens leads to the plans."),
    (
        "locked",
        "Lapsed",
        "Without a plan, top-up tokens stay visible but locked, with the way to unlock them.",
    ),
    ("offline", "Offline", "The last balance stays visible with its age."),
];

/// The screens that the gallery page shows in dark too.
const IN_DARK: [&str; 4] = ["home", "add-tokens", "waiting", "locked"];

/// The largest size of a picture in the repository.
const BYTES_MAX: u64 = 60_000;

fn updates_docs() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn takes_pictures() -> bool {
    updates_docs() || std::env::var_os("TOKENWELL_GALLERY").is_some()
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pictures of a screen on the gallery page.
fn pictures(screen: &str) -> Vec<String> {
    let themes = ["light", "dark"].into_iter().filter(|theme| *theme == "light" || IN_DARK.contains(&screen));
    themes.map(|theme| format!("images/{screen}-{theme}.png")).collect()
}

fn page() -> String {
    let head = "# Gallery\n\nEvery screen of the panel. The stories that check the screens (`tests/stories/gallery.rs`) take \
                these pictures of\nthe real app with the demo accounts.\n";
    let screens = SCREENS.iter().map(|(screen, title, sentence)| {
        let pictures = pictures(screen);
        let shown =
            pictures.iter().map(|file| format!("<img src=\"{file}\" width=\"360\" alt=\"{title}\">\n"));
        format!("\n## {title}\n{sentence}\n\n{}", shown.collect::<Vec<_>>().concat())
    });
    std::iter::once(head.to_owned()).chain(screens).collect::<Vec<_>>().concat()
}

#[test]
fn the_gallery_page_shows_every_screen_and_its_pictures_exist() {
    let file = docs().join("gallery.md");
    if updates_docs() {
        std::fs::write(&file, page()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap() == page(),
        "docs/gallery.md is out of date: `UPDATE=1 cargo test -p tokenwell --test stories gallery` renews it"
    );
    for picture in SCREENS.iter().flat_map(|(screen, ..)| pictures(screen)) {
        let bytes = docs().join(&picture).metadata().map(|file| file.len()).unwrap_or_default();
        assert!((1..=BYTES_MAX).contains(&bytes), "{picture} has {bytes} bytes");
    }
}

/// A kind of desktop to check the screens on.
struct Variant {
    /// The name in the pictures' file names.
    name: &'static str,
    options: DesktopOptions,
    /// The size of the panel's window, if it is not the size that it opens with.
    window: Option<(u32, u32)>,
}

fn light() -> Variant {
    Variant { name: "light", options: DesktopOptions::default(), window: None }
}

fn dark() -> Variant {
    let options = DesktopOptions { theme: Theme::Dark, ..Default::default() };
    Variant { name: "dark", options, window: None }
}

fn german() -> Variant {
    let options = DesktopOptions { locale: "de_DE.UTF-8", ..Default::default() };
    Variant { name: "german", options, window: None }
}

fn right_to_left() -> Variant {
    let options = DesktopOptions { locale: "ar_XB.UTF-8", ..Default::default() };
    Variant { name: "right-to-left", options, window: None }
}

/// The web view enlarges the whole page with the desktop's text: 640 pixels are 320 pixels of the page, which is the
/// narrowest width at which WCAG asks a page to work (1.4.10).
fn large_text() -> Variant {
    let options = DesktopOptions { text_percent: 200, ..Default::default() };
    Variant { name: "large-text", options, window: Some((640, 800)) }
}

/// The same on a screen with twice as many pixels in each direction.
fn dense(mut variant: Variant) -> Variant {
    variant.options.scale = 2;
    variant
}

/// Walks through every screen on one kind of desktop.
struct Walk {
    variant: Variant,
    world: World,
    /// The texts that are cut off, each with its screen.
    cut_off: Vec<String>,
}

impl Walk {
    async fn through_every_screen(variant: Variant) -> Result<()> {
        let world = World::with(&variant.options).await?;
        let mut walk = Self { variant, world, cut_off: vec![] };
        let app = walk.world.app().await?;
        walk.through_sign_in(&app).await?;
        walk.through_a_purchase(&app).await?;
        walk.through_the_pages(&app).await?;
        walk.through_other_accounts(&app).await?;
        app.stop().await?;

        walk.world.services.stop_service().await?;
        let app = walk.world.app().await?;
        app.shows("age", "Offline").await?;
        walk.check_screen(&app, "offline").await?;
        app.stop().await?;
        assert_eq!(walk.cut_off, [""; 0], "cut off in {}", walk.variant.name);
        Ok(())
    }

    async fn through_sign_in(&mut self, app: &App) -> Result<()> {
        app.find("sign-in").await?;
        self.check_screen(app, "welcome").await?;
        app.click("sign-in").await?;
        self.world.answer_sign_in_page(PREMIUM.1).await?;
        app.find("forecast").await?;
        self.check_screen(app, "home").await
    }

    async fn through_a_purchase(&mut self, app: &App) -> Result<()> {
        app.click("profile-balance").await?;
        app.find("breakdown").await?;
        self.check_screen(app, "breakdown").await?;
        app.click("profile-balance").await?;
        app.click("add-tokens").await?;
        app.click("pack-medium").await?;
        self.check_screen(app, "add-tokens").await?;
        app.click("buy-now").await?;
        let checkout = self.world.desktop.opened_url().await?;
        app.find("waiting").await?;
        self.check_screen(app, "waiting").await?;
        self.world.pay(&checkout).await?;
        app.find("paid").await?;
        self.check_screen(app, "paid").await?;
        app.click("done").await?;
        app.click("add-tokens").await?;
        app.click("buy-now").await?;
        let checkout = self.world.desktop.opened_url().await?;
        self.world.overcharge(&checkout).await?;
        app.find("purchase-refund-due").await?;
        self.check_screen(app, "refund-due").await?;
        app.click("close-refund-due").await
    }

    async fn through_the_pages(&mut self, app: &App) -> Result<()> {
        for (page, item) in [("activity", "entry"), ("purchases", "purchase")] {
            app.click(page).await?;
            app.find(item).await?;
            self.check_screen(app, page).await?;
            app.click("back").await?;
        }
        app.click("settings").await?;
        self.check_screen(app, "settings").await?;
        app.click("subscription-and-billing").await?;
        app.click("what-if-cancel").await?;
        self.check_screen(app, "billing").await?;
        app.click("back").await?;
        app.click("delete-account").await?;
        app.find("lost").await?;
        self.check_screen(app, "delete-account").await?;
        app.click("back").await?;
        app.click("back").await
    }

    async fn through_other_accounts(&mut self, app: &App) -> Result<()> {
        self.world.add_account(app, FREE.1).await?;
        app.is_signed_in_as(FREE.0).await?;
        app.find("spendable").await?;
        app.click("accounts").await?;
        app.find("add-account").await?;
        self.check_screen(app, "accounts").await?;
        app.press(Key::Escape).await?;
        app.click("add-tokens").await?;
        app.find("upgrade-prompt").await?;
        self.check_screen(app, "upgrade").await?;
        app.press(Key::Escape).await?;
        self.world.add_account(app, LAPSED.1).await?;
        app.is_signed_in_as(LAPSED.0).await?;
        app.find("locked").await?;
        self.check_screen(app, "locked").await
    }

    /// Notes the texts of a screen that are cut off, and photographs it if pictures are taken.
    async fn check_screen(&mut self, app: &App, screen: &str) -> Result<()> {
        ensure!(SCREENS.iter().any(|(known, ..)| *known == screen), "`{screen}` is not on the gallery page");
        if let Some(size) = self.variant.window {
            self.world.desktop.resize_window("Tokenwell", size).await?;
            let across =
                format!("return innerWidth === {}", size.0 * 100 / self.variant.options.text_percent);
            eventually("the window has its size", async || {
                Ok((app.client.execute(&across, vec![]).await? == true).then_some(()))
            })
            .await?;
        }
        app.point_at_nothing().await?;
        app.has_settled().await?;
        let cut_off = app.cut_off().await?.into_iter();
        self.cut_off.extend(cut_off.map(|text| format!("{screen}: {text}")));
        if takes_pictures() { self.photograph(app, screen).await } else { Ok(()) }
    }

    async fn photograph(&self, app: &App, screen: &str) -> Result<()> {
        let Variant { name, options, .. } = &self.variant;
        let is_dense = options.scale == 2;
        let density = if is_dense { "@2x" } else { "" };
        let photograph = app.photograph(&self.world.desktop, &format!("{screen}-{name}{density}")).await?;
        let picture = format!("images/{screen}-{name}.png");
        if updates_docs() && is_dense && pictures(screen).contains(&picture) {
            let mut convert = Command::new("convert");
            convert.arg(&photograph).args(["-strip", "-dither", "None", "-colors", "128"]);
            convert.arg(format!("PNG8:{}", docs().join(picture).display()));
            ensure!(convert.status().await?.success(), "no picture of {screen}");
        }
        Ok(())
    }
}

/// Walks through every screen on one kind of desktop, and on others that differ from it only in colours or density where
/// pictures are taken.
async fn no_text_is_cut_off<const N: usize>(variant: Variant, for_pictures: [Variant; N]) -> Result<()> {
    Walk::through_every_screen(variant).await?;
    if takes_pictures() {
        for variant in for_pictures {
            Walk::through_every_screen(variant).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_text_is_cut_off_in_english() -> Result<()> {
    no_text_is_cut_off(light(), [dark(), dense(light()), dense(dark())]).await
}

#[tokio::test]
async fn no_text_is_cut_off_in_german() -> Result<()> {
    no_text_is_cut_off(german(), [dense(german())]).await
}

#[tokio::test]
async fn no_text_is_cut_off_from_right_to_left() -> Result<()> {
    no_text_is_cut_off(right_to_left(), [dense(right_to_left())]).await
}

#[tokio::test]
async fn no_text_is_cut_off_with_text_at_200_percent() -> Result<()> {
    no_text_is_cut_off(large_text(), []).await
}
