//! The surroundings of the measured programs: services, a desktop whose tray icons are watched, and a user who is signed in.

use super::compared::Compared;
use super::tray_host::{Icon, TrayHost};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{
    Desktop, DesktopOptions, Program, Services, ServicesOptions, User, demo, pick_account,
};
use tokio::process::Command;

/// The folder of the app's release build, and of what `cargo xtask bench` prepares for the comparison.
const RELEASE: &str = "target/release";
const PREPARED: &str = "target/bench/prepared";

/// The app without anything.
pub fn empty() -> Compared {
    Compared::empty(Path::new(RELEASE))
}

/// The tray app with Qt.
pub fn pyside() -> Compared {
    Compared::pyside(&Path::new(PREPARED).join("python/bin/python"))
}

/// The program that prints the balance.
pub fn glance() -> PathBuf {
    Path::new(RELEASE).join("tokenwell-glance")
}

/// The files that users install, by the names of their rows.
pub fn installed() -> [(&'static str, PathBuf); 2] {
    [("app binary", Path::new(RELEASE).join("tokenwell")), ("glance binary", glance())]
}

pub struct World {
    pub desktop: Desktop,
    /// The balance that the tray shows.
    pub spendable: u64,
    host: TrayHost,
    services: Services,
    user: User,
    folder: PathBuf,
    _page: Program,
    page: String,
}

/// A program whose icon is in the tray.
pub struct Running {
    pub program: Program,
    pub icon: Icon,
}

impl World {
    /// Starts everything, and signs in.
    pub async fn start(folder: &Path) -> Result<Self> {
        let services = demo::start(folder, &ServicesOptions::default()).await?;
        let options = DesktopOptions { tray_host: false, ..DesktopOptions::default() };
        let desktop = Desktop::start(&options).await?;
        let host = TrayHost::of(&desktop).await?;
        let user = services.user(PREMIUM.0, PREMIUM.1, "premium").await?;
        let balance = user.api.get("/v1/balance").await?;
        let spendable = balance["spendable"].as_u64().context("`spendable` is a number")?;
        let (server, page) = serve_page(&desktop, folder).await?;
        let folder = folder.to_owned();
        let mut world = Self { desktop, spendable, host, services, user, folder, _page: server, page };
        world.sign_in().await?;
        Ok(world)
    }

    async fn sign_in(&mut self) -> Result<()> {
        let running = self.run(&self.app(0)).await?;
        running.icon.choose("Sign in…").await?;
        pick_account(&self.desktop.opened_url().await?, PREMIUM.1).await?;
        running.icon.tooltip_has(self.spendable).await?;
        running.program.stop().await?;
        Ok(())
    }

    /// Starts a program and waits for its icon.
    pub async fn run(&mut self, program: &Compared) -> Result<Running> {
        let program = program.start(&self.desktop)?;
        Ok(Running { program, icon: self.host.icon().await? })
    }

    pub fn app(&self, warm_s: u32) -> Compared {
        Compared::app(Path::new(RELEASE), &self.services.service_url(), warm_s)
    }

    /// The browser, with a new profile.
    pub fn chromium(&self) -> Result<Compared> {
        let profile = tempfile::tempdir_in(&self.folder)?.keep();
        Ok(Compared::chromium(&self.page, &profile))
    }

    /// Closes the panel with the close button of its window.
    pub async fn close_panel(&self) -> Result<()> {
        let mut close = self.desktop.run(Command::new("wmctrl"));
        close.args(["-F", "-c", "Tokenwell"]);
        anyhow::ensure!(close.status().await.context("`wmctrl` is needed")?.success(), "no panel is open");
        self.desktop.wait_for_window("Tokenwell", false).await
    }

    /// Spends one token and waits until the icon shows it. The app is then signed in and connected to the service. An app that
    /// is killed before could have used its refresh token without having stored the next one.
    pub async fn connected(&mut self, icon: &Icon) -> Result<()> {
        let left = self.spendable - 1;
        tokio::try_join!(self.spend_one(), icon.tooltip_has(left))?;
        self.spendable = left;
        Ok(())
    }

    /// Spends one token, as the platform does.
    pub async fn spend_one(&self) -> Result<()> {
        self.services.spend(&self.user, 1, "Sketch").await.map(drop)
    }
}

/// Serves the panel's page to the browser.
async fn serve_page(desktop: &Desktop, folder: &Path) -> Result<(Program, String)> {
    let mut server = desktop.run(Command::new(Path::new(PREPARED).join("python/bin/python")));
    server.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory"]);
    server.arg(Path::new(PREPARED).join("page")).arg("0");
    let (server, line) = Program::start_and_read_line(server, &folder.join("page.log")).await?;
    let port = line.split_whitespace().skip_while(|word| *word != "port").nth(1);
    let port = port.with_context(|| format!("the page's server printed `{line}`"))?;
    Ok((server, format!("http://127.0.0.1:{port}/gallery.html?state=full")))
}
