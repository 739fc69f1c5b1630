//! `cargo xtask run`: starts the sandbox, the service and the app with the demo accounts.

use crate::command::{announce, cargo, run as run_command};
use crate::setup;
use anyhow::Result;
use clap::Args;
use std::path::Path;
use tokenwell_stage::{Program, Services, ServicesOptions, binary, demo};
use tokio::process::Command;

#[derive(Args)]
pub struct Options {
    /// Deletes the demo accounts of the last run and makes new ones.
    #[arg(long)]
    fresh: bool,
    /// The service's port.
    #[arg(long, default_value_t = 8787)]
    service_port: u16,
    /// The sandbox's port.
    #[arg(long, default_value_t = 8788)]
    sandbox_port: u16,
}

pub fn run(options: &Options) -> Result<()> {
    setup::debian_packages(setup::TO_BUILD)?;
    if !has_screen() {
        setup::debian_packages(setup::TO_SHOW)?;
    }
    setup::panel()?;
    announce("Building the app, the service and the sandbox");
    run_command(&mut cargo(&[
        "build",
        "--package=tokenwell",
        "--package=tokenwell-server",
        "--package=tokenwell-sandbox",
    ]))?;
    tokio::runtime::Runtime::new()?.block_on(show(options))
}

fn has_screen() -> bool {
    !cfg!(target_os = "linux")
        || std::env::var_os("DISPLAY").is_some()
        || std::env::var_os("WAYLAND_DISPLAY").is_some()
}

async fn show(options: &Options) -> Result<()> {
    let folder = setup::root().join("target/run");
    if options.fresh && folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    announce("Starting the sandbox and the service; the demo accounts take a moment the first time");
    let ports = ServicesOptions {
        service_port: options.service_port,
        sandbox_port: options.sandbox_port,
        ..ServicesOptions::default()
    };
    let services = tokio::select! {
        started = demo::start(&folder, &ports) => started?,
        _ = tokio::signal::ctrl_c() => return Ok(()),
    };
    let shown = show_app(&services, &folder).await;
    announce("Stopping the service and the sandbox");
    services.stop().await?;
    shown
}

async fn show_app(services: &Services, folder: &Path) -> Result<()> {
    let mut app = Command::new(binary("tokenwell")?);
    app.args(["--service", &services.service_url(), "--panel"]);
    let log = folder.join("app.log");
    let screen = screen::Screen::start(folder).await?;
    let mut app = Program::start(screen.run(app), &log)?;
    announce(&format!(
        "The service is at {}, its log is {}/service.log",
        services.service_url(),
        folder.display()
    ));
    announce(&format!(
        "The sandbox is at {0}; the studio that spends tokens is at {0}/studio",
        services.sandbox_url()
    ));
    announce("Sign in as Ada (premium), Noor (free) or Lara (lapsed). Ctrl-C stops everything");
    screen.print_where_to_look().await?;
    tokio::select! {
        ended = app.wait() => {
            announce(&format!("The app has ended ({}); its log is {}", ended?, log.display()));
        }
        _ = tokio::signal::ctrl_c() => {
            announce("Stopping the app");
            app.stop().await?;
        }
    }
    Ok(())
}

/// The screen that the app appears on: the user's own, or a virtual one if there is none.
#[cfg(target_os = "linux")]
mod screen {
    use super::has_screen;
    use crate::command::announce;
    use anyhow::Result;
    use std::path::{Path, PathBuf};
    use tokenwell_stage::{Browser, Desktop, DesktopOptions, Program};
    use tokio::process::Command;

    pub struct Screen {
        virtual_screen: Option<(Program, Desktop)>,
        picture: PathBuf,
    }

    impl Screen {
        pub async fn start(folder: &Path) -> Result<Self> {
            let picture = folder.join("screen.png");
            if has_screen() {
                return Ok(Self { virtual_screen: None, picture });
            }
            let desktop =
                Desktop::start(&DesktopOptions { browser: Browser::System, ..Default::default() }).await?;
            let browser = desktop.home().join("bin/xdg-open");
            write_browser(&browser)?;
            let mut vnc = desktop.run(Command::new("x11vnc"));
            vnc.args(["-localhost", "-forever", "-shared", "-nopw", "-quiet", "-rfbport", "5900"]);
            vnc.stdout(std::process::Stdio::null());
            let vnc = Program::start(vnc, &folder.join("vnc.log"))?;
            Ok(Self { virtual_screen: Some((vnc, desktop)), picture })
        }

        pub fn run(&self, command: Command) -> Command {
            match &self.virtual_screen {
                Some((_, desktop)) => desktop.run(command),
                None => command,
            }
        }

        pub async fn print_where_to_look(&self) -> Result<()> {
            let Some((_, desktop)) = &self.virtual_screen else { return Ok(()) };
            announce(
                "This machine has no display, so the app runs on a virtual one: open 127.0.0.1:5900 in a VNC viewer",
            );
            tokio::time::sleep(std::time::Duration::from_secs(4)).await;
            desktop.screenshot(&self.picture).await?;
            announce(&format!("A picture of this screen: {}", self.picture.display()));
            Ok(())
        }
    }

    /// A browser that also starts as root, as in a container, and stores its files in this desktop's home.
    fn write_browser(path: &Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let script = "#!/bin/sh\n[ \"$(id -u)\" = 0 ] && root=--no-sandbox\nexec chromium $root --no-first-run \
                      --disable-background-networking --disable-sync \"$1\" >/dev/null 2>&1 &\n";
        std::fs::write(path, script)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod screen {
    use anyhow::Result;
    use std::path::Path;
    use tokio::process::Command;

    pub struct Screen;

    impl Screen {
        #[expect(clippy::unused_async, reason = "the same shape as on Linux")]
        pub async fn start(_: &Path) -> Result<Self> {
            Ok(Self)
        }

        pub fn run(&self, command: Command) -> Command {
            command
        }

        #[expect(clippy::unused_async, reason = "the same shape as on Linux")]
        pub async fn print_where_to_look(&self) -> Result<()> {
            Ok(())
        }
    }
}
