//! The surroundings of a story: the services with the demo accounts, and a desktop.

use super::{App, Browser, LoginManager, Notifications, Tray, demo_accounts};
use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tokenwell_stage::{Desktop, DesktopOptions, Program, Services, pick_account};
use tokio::process::Command;

/// The services with the demo accounts, and a desktop for the app.
pub struct World {
    // Fields are dropped in this order: the services release the template's port before it is passed on.
    pub services: Services,
    pub desktop: Desktop,
    _template: demo_accounts::TemplateInUse,
    folder: TempDir,
}

impl World {
    /// Starts the services and a light desktop with a keyring and a tray.
    pub async fn new() -> Result<Self> {
        Self::with(&DesktopOptions::default()).await
    }

    /// Starts the services and the desktop that `options` describe.
    pub async fn with(options: &DesktopOptions) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ((services, template), desktop) =
            tokio::try_join!(demo_accounts::start(folder.path()), Desktop::start(options))?;
        Ok(Self { services, desktop, _template: template, folder })
    }

    /// The folder with the data and logs of the services.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the app with its panel open.
    pub async fn app(&self) -> Result<App> {
        App::start(&self.desktop, &self.services.service_url()).await
    }

    /// Starts the app while the service accepts requests but does not answer.
    pub async fn app_while_the_service_does_not_answer(&self) -> Result<App> {
        self.signal_service("-STOP").await?;
        self.app().await
    }

    /// Lets the service answer again.
    pub async fn let_the_service_answer(&self) -> Result<()> {
        self.signal_service("-CONT").await
    }

    async fn signal_service(&self, signal: &str) -> Result<()> {
        let service = self.services.service_id().context("the service does not run")?;
        let sent = Command::new("kill").args([signal, &service.to_string()]).status().await?;
        ensure!(sent.success(), "the service got no {signal}");
        Ok(())
    }

    /// Starts the app as a login does: in the tray, with the panel closed. The panel's window is removed as soon as the
    /// panel is closed.
    pub fn app_in_the_tray(&self) -> Result<Program> {
        self.app_in_the_tray_warm_for(0)
    }

    /// Starts the app in the tray; a closed panel stays warm for so many seconds.
    pub fn app_in_the_tray_warm_for(&self, seconds: u32) -> Result<Program> {
        let mut command = self.desktop.run(Command::new(env!("CARGO_BIN_EXE_tokenwell")));
        command.args(["--service", &self.services.service_url()]);
        command.args(["--panel-warm-s", &seconds.to_string()]);
        Program::start(command, &self.desktop.home().join("app.log"))
    }

    /// Opens a browser window.
    pub async fn browser(&self) -> Result<Browser> {
        Browser::open(&self.desktop).await
    }

    /// Joins the desktop's session bus as the reader of the tray.
    pub async fn tray(&self) -> Result<Tray> {
        Tray::of(&self.desktop).await
    }

    /// Catches the desktop's notifications.
    pub async fn notifications(&self) -> Result<Notifications> {
        Notifications::of(&self.desktop).await
    }

    /// Stands in for the system's login manager, which announces sleep.
    pub async fn login_manager(&self) -> Result<LoginManager> {
        LoginManager::of(&self.desktop).await
    }

    /// Starts the app and signs in. The sign-in page is submitted without a browser. Stories about signing in use
    /// [`World::signed_in_with_browser`].
    pub async fn signed_in_as(&mut self, email: &str) -> Result<App> {
        let app = self.app().await?;
        app.click("sign-in").await?;
        self.answer_sign_in_page(email).await?;
        app.find("spendable").await?;
        Ok(app)
    }

    /// Starts the app and a browser, and signs in through the browser.
    pub async fn signed_in_with_browser(&mut self, email: &str) -> Result<(App, Browser)> {
        let (app, browser) = tokio::try_join!(self.app(), self.browser())?;
        app.click("sign-in").await?;
        browser.sign_in_as(&self.desktop.opened_url().await?, email).await?;
        app.find("spendable").await?;
        Ok((app, browser))
    }

    /// Signs in to one more account from the account menu, without a browser.
    pub async fn add_account(&mut self, app: &App, email: &str) -> Result<()> {
        app.click("accounts").await?;
        app.click("add-account").await?;
        app.find("adding").await?;
        app.click("sign-in").await?;
        self.answer_sign_in_page(email).await.map(drop)
    }

    /// Picks an account on the sign-in page that the app opened. Returns the app's address that the browser then shows.
    pub async fn answer_sign_in_page(&mut self, email: &str) -> Result<reqwest::Url> {
        pick_account(&self.desktop.opened_url().await?, email).await
    }

    /// Pays a checkout by card at the sandbox, without a browser.
    pub async fn pay(&self, checkout_url: &str) -> Result<()> {
        let session = checkout_url.rsplit('/').next().unwrap_or_default();
        let card = json!({"method": "card", "card": super::GOOD_CARD});
        self.services.sandbox()?.post(&format!("/sandbox/checkout/{session}/pay"), &card).await?;
        self.services.is_paid_at_stripe(checkout_url).await
    }

    /// Pays a checkout to which Stripe adds costs of shipping. Returns the session.
    pub async fn overcharge(&self, checkout_url: &str) -> Result<Value> {
        let session = checkout_url.rsplit('/').next().unwrap_or_default();
        let pay = format!("/sandbox/checkout/{session}/pay");
        self.services.sandbox()?.post(&pay, &json!({"shipping": 500})).await
    }

    /// Closes the panel with the close button of its window.
    pub async fn close_panel(&self) -> Result<()> {
        let mut close = self.desktop.run(Command::new("wmctrl"));
        close.args(["-F", "-c", "Tokenwell"]);
        ensure!(close.status().await?.success(), "there is no panel to close");
        self.desktop.wait_for_window("Tokenwell", false).await
    }

    /// The refresh token in the keyring.
    pub async fn refresh_token(&self) -> Result<String> {
        let service = self.services.service_url();
        let entries = self.keyring_entries().await?;
        let user = entries.iter().find(|user| user.starts_with(&service));
        let user = user.context("the keyring has no refresh token")?;
        let mut lookup = self.desktop.run(Command::new("secret-tool"));
        lookup.args(["lookup", "service", "app.tokenwell.desktop", "username", user]);
        let entry = lookup.output().await?.stdout;
        ensure!(!entry.is_empty(), "the keyring has no refresh token");
        let entry: Value = serde_json::from_slice(&entry).context("the entry of the keyring is JSON")?;
        let token = entry["refresh_token"].as_str().context("the entry has a refresh token")?;
        ensure!(token.len() > 16, "the refresh token is short");
        Ok(token.to_owned())
    }

    /// The user names of the keyring's entries, in any order.
    pub async fn keyring_entries(&self) -> Result<Vec<String>> {
        let mut search = self.desktop.run(Command::new("secret-tool"));
        search.args(["search", "--all", "service", "app.tokenwell.desktop"]);
        // `secret-tool` prints the secrets to one stream and their attributes to the other.
        let output = search.output().await?;
        let found = [output.stdout, output.stderr].map(String::from_utf8);
        let lines = found.iter().flatten().flat_map(|text| text.lines());
        let users = lines.filter_map(|line| line.strip_prefix("attribute.username = "));
        Ok(users.map(str::to_owned).collect())
    }

    /// The balance of the account with this e-mail address, as the service reports it to the platform.
    pub async fn balance_of(&self, email: &str) -> Result<Value> {
        let account = self.account_id(email).await?;
        self.services.platform()?.get(&format!("/v1/accounts/{account}/balance")).await
    }

    /// How many tokens the account with this e-mail address can spend now.
    pub async fn spendable_of(&self, email: &str) -> Result<u64> {
        self.balance_of(email).await?["spendable"].as_u64().context("`spendable` is a number")
    }

    /// Spends the tokens of a user until so many are left.
    pub async fn spend_all_but(&self, (name, email): (&str, &str), left: u64) -> Result<()> {
        let user = self.services.user(name, email, "premium").await?;
        let spendable = self.spendable_of(email).await?;
        self.services.spend(&user, spendable - left, "Film, final cut").await.map(drop)
    }

    /// Makes the platform request more than can be spent, which the service has to refuse.
    pub async fn spend_too_much(&self, email: &str, amount: u64) -> Result<()> {
        let account = self.account_id(email).await?;
        let body = json!({"amount": amount, "reason": "Too much"});
        let key = format!("too-much-{}", jiff::Timestamp::now());
        let path = format!("/v1/accounts/{account}/spends");
        let platform = self.services.platform()?;
        let (status, response) = platform.send(Method::POST, &path, Some(&body), Some(&key)).await?;
        ensure!(status.as_u16() == 402, "not refused: {status} {response}");
        Ok(())
    }

    async fn account_id(&self, email: &str) -> Result<String> {
        let found = self.services.platform()?.get(&format!("/v1/accounts?email={email}")).await?;
        let id = found["accounts"][0]["id"].as_str();
        Ok(id.with_context(|| format!("no account of {email}: {found}"))?.to_owned())
    }
}

/// A number as the panel writes it in English: `34,120`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
