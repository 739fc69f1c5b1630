//! Chromium, as the user's system browser.

use super::driver::{self, wait_for};
use anyhow::{Context as _, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use reqwest::{Method, Url};
use serde_json::json;
use tokenwell_stage::{Desktop, Program, eventually};

/// Stripe's test card that always succeeds.
pub const GOOD_CARD: &str = "4242424242424242";
/// Stripe's test card that is always declined.
pub const DECLINED_CARD: &str = "4000000000000002";

/// A browser window.
pub struct Browser {
    pub client: Client,
    _driver: Program,
}

impl Browser {
    /// Opens a window with an empty profile.
    pub async fn open(desktop: &Desktop) -> Result<Self> {
        let profile = tempfile::tempdir_in(desktop.home())?.keep();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1100,1000",
            &format!("--user-data-dir={}", profile.display()),
        ];
        let options =
            json!({"goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}});
        let capabilities = serde_json::from_value(options)?;
        // Chromium ends its session when the system bus announces sleep, which some stories do.
        let awake = [("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")];
        let (client, driver) = driver::open(desktop, "chromedriver", &awake, capabilities).await?;
        Ok(Self { client, _driver: driver })
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Clicks the element that matches a CSS selector, once it is there.
    pub async fn click(&self, css: &str) -> Result<()> {
        wait_for(&self.client, Locator::Css(css)).await?.click().await?;
        Ok(())
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = wait_for(&self.client, Locator::Css(css)).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Waits until the page shows `text` somewhere.
    pub async fn sees(&self, text: &str) -> Result<()> {
        eventually(&format!("the browser shows “{text}”"), async || {
            let body = self.client.find(Locator::Css("body")).await?.text().await?;
            Ok(body.contains(text).then_some(()))
        })
        .await
    }

    /// Picks an account on the issuer's sign-in page.
    pub async fn sign_in_as(&self, url: &str, email: &str) -> Result<()> {
        self.go(url).await?;
        let button = format!("//button[contains(., '{email}')]");
        wait_for(&self.client, Locator::XPath(&button)).await?.click().await?;
        Ok(())
    }

    /// Pays by card on the hosted checkout page.
    pub async fn pay_by_card(&self, number: &str) -> Result<()> {
        self.click("#pay-card").await?;
        self.fill("#card-number", number).await?;
        self.click("#pay").await
    }

    /// The `tokenwell:` link on the service's return page.
    pub async fn link_back(&self) -> Result<String> {
        let link = wait_for(&self.client, Locator::Css("a[href^='tokenwell:']")).await?;
        link.attr("href").await?.context("the link has no address")
    }

    /// What the browser has had to say of pages since the last call: violations of their policies, errors, lost files.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let entries = self.client.issue_cmd(TakeLog).await?;
        let entries = entries.as_array().context("the log is no list")?;
        Ok(entries.iter().map(|entry| entry["message"].to_string()).collect())
    }

    /// Closes the window and the browser.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// Takes the entries of the browser's log.
#[derive(Debug)]
struct TakeLog;

impl WebDriverCompatibleCommand for TakeLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
