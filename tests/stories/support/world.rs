//! Everything that a story happens in.

use super::{App, Browser, LoginManager, Notifications, Tray};
use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Stdio;
use tempfile::TempDir;
use tokenwell_stage::{Desktop, DesktopOptions, Program, Services, ServicesOptions, demo};
use tokio::process::Command;

/// The services with the demo accounts, and a desktop.
pub struct World {
    pub services: Services,
    pub desktop: Desktop,
    _folder: TempDir,
}

impl World {
    /// Puts it up, light and complete.
    pub async fn new() -> Result<Self> {
        Self::with(&DesktopOptions::default()).await
    }

    /// Puts it up with a desktop of one's own wishes.
    pub async fn with(options: &DesktopOptions) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ports = ServicesOptions::default();
        let (services, desktop) =
            tokio::try_join!(demo::start(folder.path(), &ports), Desktop::start(options))?;
        Ok(Self { services, desktop, _folder: folder })
    }

    /// Starts the app.
    pub async fn app(&self) -> Result<App> {
        App::start(&self.desktop, &self.services.service_url()).await
    }

    /// Starts the app as a login would: in the tray, its panel closed. A panel that is closed again goes at once.
    pub fn app_in_the_tray(&self) -> Result<Program> {
        self.app_in_the_tray_warm_for(0)
    }

    /// The same; a panel that is closed again stays warm for this long.
    pub fn app_in_the_tray_warm_for(&self, seconds: u32) -> Result<Program> {
        let mut command = self.desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
        command.args(["--service", &self.services.service_url()]);
        command.args(["--panel-warm-s", &seconds.to_string()]);
        Program::start(command, &self.desktop.home().join("app.log"))
    }

    /// The refresh token, as the keyring holds it.
    pub async fn refresh_token(&self) -> Result<String> {
        let mut lookup = self.desktop.run(Command::new("secret-tool"));
        lookup.args(["lookup", "service", "app.tokenwell.desktop"]);
        let token = String::from_utf8(lookup.output().await?.stdout)?;
        anyhow::ensure!(token.len() > 16, "the keyring has no refresh token");
        Ok(token)
    }

    /// The user names of the keyring's entries, in no order that means anything.
    pub async fn keyring_entries(&self) -> Result<Vec<String>> {
        let mut search = self.desktop.run(Command::new("secret-tool"));
        search.args(["search", "--all", "service", "app.tokenwell.desktop"]);
        // What it finds is on one stream, and the attributes of that on the other.
        let output = search.output().await?;
        let found = [output.stdout, output.stderr].map(String::from_utf8);
        let lines = found.iter().flatten().flat_map(|text| text.lines());
        let users = lines.filter_map(|line| line.strip_prefix("attribute.username = "));
        Ok(users.map(str::to_owned).collect())
    }

    /// Keeps the only refresh token where versions that knew one account kept it.
    pub async fn move_refresh_token_to_its_old_place(&self) -> Result<()> {
        let token = self.refresh_token().await?;
        let mut clear = self.desktop.run(Command::new("secret-tool"));
        anyhow::ensure!(clear.args(["clear", "service", "app.tokenwell.desktop"]).status().await?.success());
        let place = format!("{}/", self.services.service_url().trim_end_matches('/'));
        let mut store = self.desktop.run(Command::new("secret-tool"));
        store.args(["store", "--label", "Tokenwell", "service", "app.tokenwell.desktop", "username", &place]);
        store.stdin(Stdio::piped());
        let log = self.desktop.home().join("secret-tool.log");
        let stored = Program::start_with_input(store, &log, token.as_bytes()).await?.wait().await?;
        anyhow::ensure!(stored.success());
        Ok(())
    }

    /// Closes the panel, as the cross in its title bar does.
    pub async fn close_panel(&self) -> Result<()> {
        let mut close = self.desktop.run(Command::new("wmctrl"));
        close.args(["-F", "-c", "Tokenwell"]);
        anyhow::ensure!(close.status().await?.success(), "there is no panel to close");
        self.desktop.wait_for_window("Tokenwell", false).await
    }

    /// Catches the desktop's notifications.
    pub async fn notifications(&self) -> Result<Notifications> {
        Notifications::of(&self.desktop).await
    }

    /// Takes the place of the system's login manager, which tells of sleep.
    pub async fn login_manager(&self) -> Result<LoginManager> {
        LoginManager::of(&self.desktop).await
    }

    /// Asks for more than can be spent, as the platform would; it has to be refused.
    pub async fn spend_too_much(&self, email: &str, amount: u64) -> Result<()> {
        let platform = self.services.platform()?;
        let found = platform.get(&format!("/v1/accounts?email={email}")).await?;
        let id = found["accounts"][0]["id"].as_str().context("an account has an id")?;
        let body = json!({"amount": amount, "reason": "Too much"});
        let key = format!("too-much-{}", jiff::Timestamp::now());
        let path = format!("/v1/accounts/{id}/spends");
        let (status, answer) = platform.send(Method::POST, &path, Some(&body), Some(&key)).await?;
        anyhow::ensure!(status.as_u16() == 402, "not refused: {status} {answer}");
        Ok(())
    }

    /// Opens the system browser.
    pub async fn browser(&self) -> Result<Browser> {
        Browser::open(&self.desktop).await
    }

    /// Joins the tray.
    pub async fn tray(&self) -> Result<Tray> {
        Tray::of(&self.desktop).await
    }

    /// What the service says of a user's balance.
    pub async fn balance_of(&self, email: &str) -> Result<Value> {
        let platform = self.services.platform()?;
        let found = platform.get(&format!("/v1/accounts?email={email}")).await?;
        let id =
            found["accounts"][0]["id"].as_str().with_context(|| format!("no account of {email}: {found}"))?;
        platform.get(&format!("/v1/accounts/{id}/balance")).await
    }

    /// What a user can spend now.
    pub async fn spendable_of(&self, email: &str) -> Result<u64> {
        self.balance_of(email).await?["spendable"].as_u64().context("spendable is a number")
    }

    /// Signs in to one more account, by the menu of accounts.
    pub async fn add_account(&mut self, app: &App, browser: &Browser, email: &str) -> Result<()> {
        app.click("accounts").await?;
        app.click("add-account").await?;
        app.find("adding").await?;
        app.click("sign-in").await?;
        let url = self.desktop.opened_url().await?;
        browser.sign_in_as(&url, email).await
    }

    /// Starts the app and signs in through the browser; the panel shows the balance at the end.
    pub async fn signed_in_as(&mut self, email: &str) -> Result<(App, Browser)> {
        let (app, browser) = tokio::try_join!(self.app(), self.browser())?;
        app.click("sign-in").await?;
        let url = self.desktop.opened_url().await?;
        browser.sign_in_as(&url, email).await?;
        app.find("spendable").await?;
        Ok((app, browser))
    }
}

/// A figure as the panel writes it in English: `34,120`.
pub fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
