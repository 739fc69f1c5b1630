//! The app, driven through its own webview as a user would drive it.

use super::driver::{self, wait_for};
use anyhow::{Context as _, Result};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::json;
use std::path::{Path, PathBuf};
use tokenwell_stage::{Desktop, Program, eventually};
use tokio::process::Command;

/// The running app with its panel open.
pub struct App {
    pub client: Client,
    driver: Program,
    enlarged: bool,
}

impl App {
    /// Starts the built app with its panel open.
    pub async fn start(desktop: &Desktop, service: &str) -> Result<Self> {
        let program = Path::new(env!("CARGO_BIN_EXE_tokenwell"));
        Self::start_program(desktop, program, &["--service", service, "--panel"]).await
    }

    /// Starts a copy of the built app, which has to open its panel.
    pub async fn start_program(desktop: &Desktop, program: &Path, arguments: &[&str]) -> Result<Self> {
        let options = json!({ "webkitgtk:browserOptions": { "binary": program, "args": arguments } });
        let automation = [("TAURI_WEBVIEW_AUTOMATION", "true")];
        let capabilities = serde_json::from_value(options)?;
        let (client, driver) = driver::open(desktop, "WebKitWebDriver", &automation, capabilities).await?;
        Ok(Self { client, driver, enlarged: desktop.enlarges() })
    }

    /// Waits for an element by its `data-testid`.
    pub async fn find(&self, id: &str) -> Result<Element> {
        let css = format!("[data-testid='{id}']");
        wait_for(&self.client, Locator::Css(&css)).await.with_context(|| format!("no `{id}` in the panel"))
    }

    /// Clicks an element by its `data-testid`, once it can be clicked.
    pub async fn click(&self, id: &str) -> Result<()> {
        eventually(&format!("`{id}` can be clicked"), async || {
            let element = self.find(id).await?;
            // Scrolls to the element first, as a user would.
            let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
            self.client.execute(scroll, vec![serde_json::to_value(&element)?]).await?;
            self.click_on(&element).await.map(Some)
        })
        .await
    }

    async fn click_on(&self, element: &Element) -> Result<()> {
        if self.enlarged {
            // On an enlarged page the driver clicks beside the element.
            let click = "arguments[0].click()";
            self.client.execute(click, vec![serde_json::to_value(element)?]).await?;
            return Ok(());
        }
        Ok(element.click().await?)
    }

    /// Presses a key.
    pub async fn press(&self, key: Key) -> Result<()> {
        let key = char::from(key);
        let stroke = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        Ok(self.client.perform_actions(stroke).await?)
    }

    /// Moves the pointer to the corner of the panel, so that no button is lit.
    pub async fn point_at_nothing(&self) -> Result<()> {
        let to = |x, y| PointerAction::MoveTo { duration: None, x, y };
        // The driver does not know that clicks have moved it, and leaves out a move to where it was moved before.
        let away = MouseActions::new("mouse".to_owned()).then(to(2.0, 2.0)).then(to(0.0, 0.0));
        Ok(self.client.perform_actions(away).await?)
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, id: &str, text: &str) -> Result<()> {
        let field = self.find(id).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// The text of an element, once it is there.
    pub async fn text(&self, id: &str) -> Result<String> {
        Ok(self.find(id).await?.text().await?)
    }

    /// Waits until an element shows `text`.
    pub async fn shows(&self, id: &str, text: &str) -> Result<()> {
        let mut last = String::new();
        let result = eventually(&format!("`{id}` shows “{text}”"), async || {
            last = self.text(id).await?;
            Ok(last.contains(text).then_some(()))
        })
        .await;
        result.with_context(|| format!("it showed “{last}” at the end"))
    }

    /// Waits until nothing is left to spend.
    pub async fn is_empty(&self) -> Result<()> {
        let script = "const zero = new Intl.NumberFormat(document.documentElement.lang).format(0); \
                      return document.querySelector('[data-testid=spendable]')?.textContent === zero";
        eventually("there is nothing to spend", async || {
            Ok((self.client.execute(script, vec![]).await? == true).then_some(()))
        })
        .await
    }

    /// Waits until the profile shows this name. A script reads the page, because the driver reports no text for a
    /// truncated name.
    pub async fn is_signed_in_as(&self, name: &str) -> Result<()> {
        let script = "return document.querySelector('[data-testid=profile]')?.textContent ?? ''";
        eventually(&format!("the profile shows {name}"), async || {
            let profile = self.client.execute(script, vec![]).await?;
            Ok(profile.as_str().is_some_and(|profile| profile.contains(name)).then_some(()))
        })
        .await
    }

    /// Switches to an account in the account menu.
    pub async fn switch_to(&self, name: &str) -> Result<()> {
        self.click("accounts").await?;
        self.find("account-menu").await?;
        let line = format!("//*[@data-testid='account'][contains(., '{name}')]");
        self.click_on(&wait_for(&self.client, Locator::XPath(&line)).await?).await
    }

    /// Whether an element is there now.
    pub async fn has(&self, id: &str) -> Result<bool> {
        let css = format!("[data-testid='{id}']");
        Ok(!self.client.find_all(Locator::Css(&css)).await?.is_empty())
    }

    /// Waits until an element is gone.
    pub async fn is_gone(&self, id: &str) -> Result<()> {
        eventually(&format!("no `{id}` in the panel"), async || Ok((!self.has(id).await?).then_some(())))
            .await
    }

    /// Waits until fonts are loaded and every animation that ends has ended.
    pub async fn has_settled(&self) -> Result<()> {
        eventually("the panel has settled", async || Ok(self.is_at_rest().await?.then_some(()))).await
    }

    /// Whether fonts are loaded and every animation that ends has ended.
    pub async fn is_at_rest(&self) -> Result<bool> {
        let at_rest = "return document.fonts.status === 'loaded' && document.getAnimations().every(a => \
                       a.playState !== 'running' || a.effect.getComputedTiming().endTime === Infinity)";
        Ok(self.client.execute(at_rest, vec![]).await? == true)
    }

    /// Takes a picture of the panel's window and writes it to `target/screenshots/{name}.png`.
    pub async fn photograph(&self, desktop: &Desktop, name: &str) -> Result<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.png"));
        desktop.screenshot_of_window("Tokenwell", &file).await?;
        Ok(file)
    }

    /// Texts that are partly invisible: cut off by a box, or beyond the sides of the panel.
    pub async fn cut_off(&self) -> Result<Vec<String>> {
        let found = self.client.execute(include_str!("cut_off.js"), vec![]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Ends the app as a logout does, and waits for its end. Closing the panel would not end it.
    pub async fn stop(self) -> Result<()> {
        self.end("-TERM").await
    }

    /// Kills the app, as a crash or a power cut does.
    pub async fn crash(self) -> Result<()> {
        self.end("-KILL").await
    }

    async fn end(self, signal: &str) -> Result<()> {
        let driver = self.driver.id().context("the driver has ended")?.to_string();
        let children = ["--parent", &driver, "--full", "tokenwell --service"];
        let ended = Command::new("pkill").arg(signal).args(children).status().await?;
        anyhow::ensure!(ended.success(), "the app has ended before");
        eventually("the app has ended", async || {
            let found = Command::new("pgrep").args(children).status().await?;
            Ok((!found.success()).then_some(()))
        })
        .await?;
        self.driver.stop().await?;
        Ok(())
    }
}
