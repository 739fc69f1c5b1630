//! The set-up of a fresh machine: Debian packages, npm packages, the built panel.

use crate::command::{announce, npm, run};
use anyhow::{Context as _, Result};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// To build the app.
pub const TO_BUILD: &[&str] = &["build-essential", "libwebkit2gtk-4.1-dev", "pkg-config"];
/// To run the app without a screen, and to look at it there.
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
/// PostgreSQL, which tests start themselves, and what the guide's commands need.
pub const DATABASE: &[&str] = &["curl", "openssl", "postgresql"];
/// Also needed to test everything: the drivers of the two browsers, and PostgreSQL behind a pooler and as a cluster.
pub const TO_DRIVE: &[&str] = &[
    "chromium-driver",
    "etcd-server",
    "libsecret-tools",
    "patroni",
    "pgbouncer",
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

/// Installs the Debian packages that are missing, if this is Debian; otherwise prints what to install.
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
        announce(&format!("This is not Debian. Install what Debian calls {list}, if it is missing"));
        return Ok(());
    }
    announce(&format!("Installing {list}"));
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

/// Some packages contain servers, which Debian starts when it installs them. Tests start servers of their own, so a policy
/// file forbids that during the installation, unless the machine has a policy already.
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
    run(&mut command).with_context(|| {
        format!("install these packages yourself, then try again: sudo apt-get install {list}")
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
    announce(&format!("Installing the npm packages of {folder}"));
    run(&mut npm(folder, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// Builds the panel, which the app embeds, if one of its files changed. A new panel causes a new build of the app.
pub fn panel() -> Result<()> {
    npm_packages("ui")?;
    let folder = root().join("ui");
    let mut hasher = DefaultHasher::new();
    hash_files(&folder, &mut hasher)?;
    let sources = format!("{:016x}", hasher.finish());
    let stamp = root().join("target/panel-sources");
    if folder.join("dist/index.html").exists()
        && std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources)
    {
        return Ok(());
    }
    announce("Building the panel");
    run(&mut npm("ui", &["run", "--silent", "build"]))?;
    std::fs::create_dir_all(root().join("target"))?;
    std::fs::write(stamp, sources)?;
    Ok(())
}

/// Hashes the names and contents of a folder's files, without installed packages and what is built.
fn hash_files(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.ends_with("node_modules") || path.ends_with("dist") {
            continue;
        }
        if path.is_dir() {
            hash_files(&path, hasher)?;
        } else {
            path.hash(hasher);
            std::fs::read(&path)?.hash(hasher);
        }
    }
    Ok(())
}
