//! A complete desktop without a screen: X server, session bus, unlocked keyring, window manager, a panel that hosts tray
//! icons, and its own home folder. Linux only; the other systems always have a desktop.

use crate::wait::DEADLINE;
use crate::{Program, eventually};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::process::Command;

const TRAY_HOST: &str = "org.kde.StatusNotifierWatcher";
/// The title of the keyring's window that requests its password.
const KEYRING_PROMPT: &str = "Unlock Login Keyring";
const KEYRING_PASSWORD: &str = "a password for an empty keyring";

/// The options of a desktop.
#[derive(Debug, Clone)]
pub struct DesktopOptions {
    /// Width and height of the screen, in pixels of the usual density.
    pub size: (u32, u32),
    /// The number of screen pixels, in each direction, for one of those pixels.
    pub scale: u32,
    /// The size of text that the user has set, in percent of the default.
    pub text_percent: u32,
    /// Whether there is an unlocked keyring.
    pub keyring: bool,
    /// Whether there is a panel that hosts tray icons.
    pub tray_host: bool,
    /// The GTK theme, which web pages see as `prefers-color-scheme`.
    pub theme: Theme,
    /// Whether programs animate. Web pages see it as `prefers-reduced-motion`.
    pub motion: bool,
    /// What happens when a program opens an address.
    pub browser: Browser,
    /// The locale of every program on the desktop.
    pub locale: &'static str,
}

/// The colours of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are enough")]
pub enum Theme {
    Light,
    Dark,
}

/// What happens when a program opens an address in the system browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// The address is recorded for [`Desktop::opened_url`].
    Caught,
    /// The machine's own `xdg-open` opens it.
    System,
}

impl Default for DesktopOptions {
    fn default() -> Self {
        Self {
            size: (1280, 900),
            scale: 1,
            text_percent: 100,
            keyring: true,
            tray_host: true,
            theme: Theme::Light,
            motion: false,
            browser: Browser::Caught,
            locale: "en_US.UTF-8",
        }
    }
}

/// A running desktop. When it is dropped, its programs end and its home folder is removed.
#[derive(Debug)]
pub struct Desktop {
    // Fields are dropped in this order: programs that need the bus first, then the bus, then the X server.
    panel: Option<Program>,
    _window_manager: Program,
    _keyring: Option<Program>,
    _bus: Program,
    _system_bus: Program,
    _x_server: Program,
    opened: Option<BufReader<pipe::Receiver>>,
    environment: Vec<(&'static str, OsString)>,
    bus_address: String,
    system_bus_address: String,
    enlarges: bool,
    home: TempDir,
}

impl Desktop {
    /// Starts the desktop and waits until every program is ready.
    pub async fn start(options: &DesktopOptions) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("tokenwell-desktop-").tempdir()?;
        let root = home.path();
        let log = root.join("desktop.log");
        let mut environment = homes(root, options)?;

        let (width, height) = options.size;
        let mut x_server = Command::new("Xvfb");
        x_server
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-dpi", "96", "-screen", "0"])
            .arg(format!("{}x{}x24", width * options.scale, height * options.scale));
        let (x_server, display) = Program::start_and_read_line(x_server, &log).await?;
        environment.push(("DISPLAY", format!(":{display}").into()));

        if options.text_percent != 100 {
            enlarge_text(&environment, options.text_percent).await?;
        }

        let opened = match options.browser {
            Browser::Caught => Some(catch_urls(root)?),
            Browser::System => None,
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(root.join("bin")).chain(std::env::split_paths(&path));
        environment.push(("PATH", std::env::join_paths(folders)?));

        // The desktop has its own system bus without services, so that the machine's state does not affect tests.
        let (system_bus, system_bus_address) = start_bus(&environment, &log).await?;
        environment.push(("DBUS_SYSTEM_BUS_ADDRESS", system_bus_address.clone().into()));
        let (bus, bus_address) = start_bus(&environment, &log).await?;
        environment.push(("DBUS_SESSION_BUS_ADDRESS", bus_address.clone().into()));

        let keyring =
            if options.keyring { Some(start_unlocked_keyring(&environment, &log).await?) } else { None };
        let window_manager = Program::start(within(Command::new("openbox"), &environment), &log)?;
        let mut desktop = Self {
            panel: None,
            _window_manager: window_manager,
            _keyring: keyring,
            _bus: bus,
            _system_bus: system_bus,
            _x_server: x_server,
            opened,
            environment,
            bus_address,
            system_bus_address,
            enlarges: options.text_percent != 100,
            home,
        };
        if options.keyring {
            desktop.wait_for_name("org.freedesktop.secrets", true).await?;
        }
        if options.tray_host {
            desktop.start_tray_host().await?;
        }
        Ok(desktop)
    }

    /// Starts the panel that hosts tray icons, and waits until it is ready.
    pub async fn start_tray_host(&mut self) -> Result<()> {
        let mut panel = self.run(Command::new("xfce4-panel"));
        panel.arg("--disable-wm-check");
        self.panel = Some(Program::start(panel, &self.home().join("desktop.log"))?);
        self.wait_for_name(TRAY_HOST, true).await
    }

    /// Kills the panel that hosts tray icons, like a crash.
    pub async fn kill_tray_host(&mut self) -> Result<()> {
        self.panel.take().context("there is no tray host")?.kill().await?;
        self.wait_for_name(TRAY_HOST, false).await
    }

    /// Closes the window that requests the keyring's password, without a password.
    pub async fn dismiss_keyring_prompt(&self) -> Result<()> {
        self.press_in_window(KEYRING_PROMPT, "Escape").await?;
        self.wait_for_window(KEYRING_PROMPT, false).await
    }

    /// Presses a key in the window with this name, once it is shown.
    async fn press_in_window(&self, name: &str, key: &str) -> Result<()> {
        self.wait_for_window(name, true).await?;
        let mut press = self.run(Command::new("xdotool"));
        press.args(["search", "--onlyvisible", "--name", &format!("^{name}$"), "windowfocus", "--sync"]);
        press.args(["key", key]).status().await.context("`xdotool` is needed")?;
        Ok(())
    }

    /// Presses keys, such as `ctrl+alt+k`, whichever window has the focus.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let mut press = self.run(Command::new("xdotool"));
        if !press.args(["key", keys]).status().await.context("`xdotool` is needed")?.success() {
            bail!("{keys} cannot be pressed");
        }
        Ok(())
    }

    /// Locks the keyring. Programs that use it wait until its password is typed.
    pub async fn lock_keyring(&self) -> Result<()> {
        let mut lock = self.run(Command::new("gdbus"));
        lock.args(["call", "--session", "-d", "org.freedesktop.secrets", "-o", "/org/freedesktop/secrets"])
            .args(["-m", "org.freedesktop.Secret.Service.Lock"])
            .arg("['/org/freedesktop/secrets/collection/login']");
        let output = lock.output().await.context("`gdbus` is needed")?;
        if !output.status.success() {
            bail!("the keyring cannot be locked: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Waits until the keyring shows the window that requests its password.
    pub async fn wait_for_keyring_prompt(&self) -> Result<()> {
        self.wait_for_window(KEYRING_PROMPT, true).await
    }

    /// Types the keyring's password into that window.
    pub async fn unlock_keyring(&self) -> Result<()> {
        self.wait_for_keyring_prompt().await?;
        let mut keys = self.run(Command::new("xdotool"));
        keys.args(["search", "--onlyvisible", "--name", KEYRING_PROMPT, "windowfocus", "--sync"]).args([
            "type",
            "--delay",
            "1",
            KEYRING_PASSWORD,
        ]);
        keys.status().await.context("`xdotool` is needed")?;
        self.run(Command::new("xdotool")).args(["key", "Return"]).status().await?;
        self.wait_for_window(KEYRING_PROMPT, false).await
    }

    /// Moves the pointer into the lower corner of the screen that is away from the tray, so that it lights nothing.
    pub async fn park_pointer(&self) -> Result<()> {
        let mut away = self.run(Command::new("xdotool"));
        away.args(["mousemove", "0", "9999"]).status().await.context("`xdotool` is needed")?;
        Ok(())
    }

    /// Prepares `command` to run on this desktop, with its home folder.
    pub fn run(&self, command: Command) -> Command {
        within(command, &self.environment)
    }

    /// The variables that [`Desktop::run`] sets.
    pub fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }

    /// The address of the session bus.
    pub fn bus_address(&self) -> &str {
        &self.bus_address
    }

    /// Whether web views enlarge their pages, because the user has set larger text.
    pub fn enlarges(&self) -> bool {
        self.enlarges
    }

    /// The address of the system bus, which is this desktop's own.
    pub fn system_bus_address(&self) -> &str {
        &self.system_bus_address
    }

    /// The home folder: configuration, data, caches and logs of every program on the desktop.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Waits for the next address that a program opens in the system browser.
    pub async fn opened_url(&mut self) -> Result<String> {
        let opened = self.opened.as_mut().context("this desktop does not catch addresses")?;
        let mut line = String::new();
        let read = opened.read_line(&mut line);
        tokio::time::timeout(DEADLINE, read)
            .await
            .with_context(|| format!("no address was opened in the system browser for {DEADLINE:?}"))??;
        Ok(line.trim_end().to_owned())
    }

    /// Saves a screenshot to a PNG file.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        self.import("root", file).await
    }

    /// Saves a screenshot of the window with this name to a PNG file.
    pub async fn screenshot_of_window(&self, name: &str, file: &Path) -> Result<()> {
        let window = self.window(name).await?.with_context(|| format!("no window is called {name}"))?;
        self.import(&window, file).await
    }

    /// Waits until a window with this name is shown, or until none is.
    pub async fn wait_for_window(&self, name: &str, shown: bool) -> Result<()> {
        eventually(&format!("a window called {name}: {shown}"), async || {
            Ok((self.window(name).await?.is_some() == shown).then_some(()))
        })
        .await
    }

    /// The id of the window on the screen with this name.
    async fn window(&self, name: &str) -> Result<Option<String>> {
        let mut search = self.run(Command::new("xdotool"));
        search.args(["search", "--onlyvisible", "--name", &format!("^{name}$")]);
        let found = String::from_utf8(search.output().await.context("`xdotool` is needed")?.stdout)?;
        Ok(found.lines().last().map(str::to_owned))
    }

    /// Resizes the window with this name, as dragging its corner does.
    pub async fn resize_window(&self, name: &str, (width, height): (u32, u32)) -> Result<()> {
        let mut resize = self.run(Command::new("wmctrl"));
        resize.args(["-F", "-r", name, "-e", &format!("0,-1,-1,{width},{height}")]);
        if !resize.status().await.context("`wmctrl` is needed")?.success() {
            bail!("no window is called {name}");
        }
        Ok(())
    }

    async fn import(&self, window: &str, file: &Path) -> Result<()> {
        let mut import = self.run(Command::new("import"));
        import.args(["-window", window]).arg(file);
        let status = import.status().await.context("`import` of ImageMagick is needed for screenshots")?;
        if !status.success() {
            bail!("no screenshot: import ended with {status}");
        }
        Ok(())
    }

    /// Waits until a name on the bus is taken, or until it is free.
    async fn wait_for_name(&self, name: &str, taken: bool) -> Result<()> {
        eventually(&format!("{name} on the bus: {taken}"), async || {
            let mut query = self.run(Command::new("gdbus"));
            query
                .args(["call", "--session", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus"])
                .args(["-m", "org.freedesktop.DBus.NameHasOwner", name]);
            let output = query.output().await.context("`gdbus` is needed")?;
            Ok((output.stdout.starts_with(b"(true") == taken).then_some(()))
        })
        .await
    }
}

fn within(mut command: Command, environment: &[(&'static str, OsString)]) -> Command {
    for outside in
        ["DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "WAYLAND_DISPLAY", "XAUTHORITY", "DISPLAY"]
    {
        command.env_remove(outside);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

/// Starts a message bus without access rules. Returns it and its address.
async fn start_bus(environment: &[(&'static str, OsString)], log: &Path) -> Result<(Program, String)> {
    let mut bus = within(Command::new("dbus-daemon"), environment);
    bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
    Program::start_and_read_line(bus, log).await
}

/// Sets the dots per inch of text, by which desktops set its size.
async fn enlarge_text(environment: &[(&'static str, OsString)], percent: u32) -> Result<()> {
    let mut set = within(Command::new("xprop"), environment);
    set.args(["-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER"]);
    set.arg(format!("Xft.dpi: {}", 96 * percent / 100));
    if !set.status().await.context("`xprop` is needed")?.success() {
        bail!("the size of text cannot be set");
    }
    Ok(())
}

/// Creates the home folder. Returns the environment variables that make programs use only it.
fn homes(root: &Path, options: &DesktopOptions) -> Result<Vec<(&'static str, OsString)>> {
    let folder = |name: &str| -> Result<PathBuf> {
        let path = root.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    };
    let config = folder("config")?;
    let xfconf = config.join("xfce4/xfconf/xfce-perchannel-xml");
    std::fs::create_dir_all(&xfconf)?;
    std::fs::write(xfconf.join("xfce4-panel.xml"), include_str!("xfce4-panel.xml"))?;
    let gtk = config.join("gtk-3.0");
    std::fs::create_dir_all(&gtk)?;
    let mut settings = String::from("[Settings]\n");
    writeln!(settings, "gtk-enable-animations={}", options.motion)?;
    writeln!(settings, "gtk-application-prefer-dark-theme={}", options.theme == Theme::Dark)?;
    std::fs::write(gtk.join("settings.ini"), settings)?;
    let runtime = folder("run")?;
    std::fs::set_permissions(&runtime, Permissions::from_mode(0o700))?;
    Ok(vec![
        ("HOME", folder("home")?.into()),
        ("XDG_CONFIG_HOME", config.into()),
        ("XDG_DATA_HOME", folder("data")?.into()),
        ("XDG_CACHE_HOME", folder("cache")?.into()),
        ("XDG_STATE_HOME", folder("state")?.into()),
        ("XDG_RUNTIME_DIR", runtime.into()),
        ("XDG_CURRENT_DESKTOP", "XFCE".into()),
        ("LANG", options.locale.into()),
        ("LC_ALL", options.locale.into()),
        ("GDK_SCALE", options.scale.to_string().into()),
        ("GTK_A11Y", "none".into()),
        ("NO_AT_BRIDGE", "1".into()),
        // There is no GPU, and the renderer for one uses 60 MiB.
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
    ])
}

/// Puts an `xdg-open` before the real one in the path. It writes the addresses to a pipe.
fn catch_urls(root: &Path) -> Result<BufReader<pipe::Receiver>> {
    let bin = root.join("bin");
    std::fs::create_dir_all(&bin)?;
    let fifo = root.join("opened-urls");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU)?;
    let script = bin.join("xdg-open");
    std::fs::write(&script, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >'{}'\n", fifo.display()))?;
    std::fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    // Opened for reading and writing, so that the pipe does not end between two writers.
    let receiver = pipe::OpenOptions::new().read_write(true).open_receiver(&fifo)?;
    Ok(BufReader::new(receiver))
}

async fn start_unlocked_keyring(environment: &[(&'static str, OsString)], log: &Path) -> Result<Program> {
    let mut command = within(Command::new("gnome-keyring-daemon"), environment);
    command
        .args(["--foreground", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    Program::start_with_input(command, log, KEYRING_PASSWORD.as_bytes()).await
}
