//! Every screen of the panel: no text is cut off, in English, in German, from right to left, and with large text.
//!
//! `TOKENWELL_GALLERY=1` also looks at the dark theme and at dense screens, and photographs every screen to
//! `target/screenshots/`. `UPDATE=1 cargo test -p tokenwell --test stories gallery` does the same and renews the pictures
//! and the text of `docs/gallery.md`.

mod moving_picture;
mod page;
mod tray_icons;

use crate::support::{App, World};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use page::{SCREENS, docs, pictures, takes_pictures, updates_docs};
use tokenwell_stage::demo::{FREE, LAPSED, PREMIUM};
use tokenwell_stage::{DesktopOptions, Theme, eventually};
use tokio::process::Command;

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
        app.switch_to(PREMIUM.0).await?;
        app.is_signed_in_as(PREMIUM.0).await?;
        walk.through_the_last_tokens(&app).await?;
        walk.through_outages(app).await?;
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
        app.click("hide").await?;
        app.click("add-tokens").await?;
        app.click("buy-now").await?;
        self.world.desktop.opened_url().await?;
        app.click("cancel-purchase").await?;
        app.find("purchase-ended").await?;
        self.check_screen(app, "cancelled").await?;
        app.click("try-again").await?;
        app.click("buy-now").await?;
        let checkout = self.world.desktop.opened_url().await?;
        self.world.overcharge(&checkout).await?;
        app.find("purchase-refund-due").await?;
        self.check_screen(app, "refund-due").await?;
        app.click("hide").await?;
        // The page below it moves when the strip is gone.
        app.is_gone("purchase-refund-due").await
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

    async fn through_the_last_tokens(&mut self, app: &App) -> Result<()> {
        app.find("forecast").await?;
        self.world.spend_all_but(PREMIUM, 1_840).await?;
        app.find("low").await?;
        self.check_screen(app, "low").await?;
        self.world.spend_all_but(PREMIUM, 0).await?;
        app.is_empty().await?;
        self.check_screen(app, "empty").await?;
        app.switch_to(LAPSED.0).await?;
        app.is_signed_in_as(LAPSED.0).await?;
        app.find("locked").await.map(drop)
    }

    async fn through_outages(&mut self, app: App) -> Result<()> {
        app.stop().await?;
        let app = self.world.app_while_the_service_does_not_answer().await?;
        app.find("age").await?;
        self.check_screen(&app, "stale").await?;
        app.stop().await?;
        self.world.let_the_service_answer().await?;
        self.world.services.stop_service().await?;
        let app = self.world.app().await?;
        app.find("age-refresh").await?;
        self.check_screen(&app, "offline").await?;
        app.stop().await
    }

    /// Notes the texts of a screen that are cut off, and photographs it if pictures are taken.
    async fn check_screen(&mut self, app: &App, screen: &str) -> Result<()> {
        ensure!(SCREENS.iter().any(|(known, ..)| *known == screen), "`{screen}` is not on the gallery page");
        if let Some(size) = self.variant.window {
            let scale = self.variant.options.scale;
            self.world.desktop.resize_window("Tokenwell", (size.0 * scale, size.1 * scale)).await?;
            let across =
                format!("return innerWidth === {}", size.0 * 100 / self.variant.options.text_percent);
            eventually("the window has its size", async || {
                Ok((app.client.execute(&across, vec![]).await? == true).then_some(()))
            })
            .await?;
        }
        self.world.desktop.park_pointer().await?;
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
    no_text_is_cut_off(large_text(), [dense(large_text())]).await
}
