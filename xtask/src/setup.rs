//! What a fresh machine lacks: Debian packages, npm packages, the built panel.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// To build the app.
pub const TO_BUILD: &[&str] = &["build-essential", "libwebkit2gtk-4.1-dev", "pkg-config"];
/// To run it without a screen, and to look at it there.
pub const TO_SHOW: &[&str] = &[
    "chromium",
    "dbus-x11",
    "fonts-dejavu-core",
    "gnome-keyring",
    "imagemagick",
    "libglib2.0-bin",
    "openbox",
    "x11vnc",
    "xdg-utils",
    "xfce4-panel",
    "xvfb",
];
/// To test it, besides: the drivers of the two browsers, and the service's other database, as one server, behind a pooler
/// and as a cluster.
pub const TO_DRIVE: &[&str] = &[
    "chromium-driver",
    "etcd-server",
    "libsecret-tools",
    "openssl",
    "patroni",
    "pgbouncer",
    "postgresql",
    "procps",
    "webkit2gtk-driver",
    "wmctrl",
    "x11-utils",
    "xdotool",
];

/// The repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Says what is done now.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
pub fn say(what: &str) {
    println!("── {what}");
}

/// Runs a command to its end, its output shown; fails if it fails.
pub fn must(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// A `cargo` command.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // What cargo told this program of itself would look like a change to build scripts that watch it (ring's does).
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// An `npm` command in a folder.
pub fn npm(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join(folder)).args(arguments);
    command
}

/// Installs the Debian packages that are missing, where that is possible; says what to install where it is not.
pub fn debian_packages(packages: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !Path::new("/usr/bin/apt-get").exists() {
        say(&format!("This is not Debian; what is needed is what Debian calls: {list}"));
        return Ok(());
    }
    say(&format!("Installing {list}"));
    apt_get(&["update", "-qq"], &list)?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(missing);
    apt_get(&install, &list)
}

fn is_installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

/// Some packages bring servers along. Tests start servers of their own, so the installation starts none: Debian asks a
/// policy whether it may, which is put there for as long as it takes, unless the machine has one.
const APT_GET: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
apt-get "$@"
"#;

fn apt_get(arguments: &[&str], list: &str) -> Result<()> {
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut command = if is_root {
        Command::new("sh")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    };
    command
        .args(["-c", APT_GET, "apt-get"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::process::Stdio::null());
    must(&mut command).with_context(|| {
        format!("please install these packages yourself, then try again: sudo apt-get install {list}")
    })
}

/// Installs a folder's npm packages if its lock file changed since the last time.
pub fn npm_packages(folder: &str) -> Result<()> {
    let folder_path = root().join(folder);
    let lock = std::fs::read(folder_path.join("package-lock.json"))
        .with_context(|| format!("{folder} has no package-lock.json"))?;
    let stamp = folder_path.join("node_modules/.tokenwell-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    say(&format!("Installing the npm packages of {folder}"));
    must(&mut npm(folder, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// Builds the panel, which the app embeds.
pub fn panel() -> Result<()> {
    npm_packages("ui")?;
    say("Building the panel");
    must(&mut npm("ui", &["run", "--silent", "build"]))
}
