//! A Debian without anything else, in which stories install, use, upgrade and remove the packages.

use super::{FOLDER, Part, build, deb};
use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use std::path::Path;
use std::process::Command;

/// The version that stories upgrade to: newer than any release.
const NEXT: &str = "9999.0.0";
/// The stories that do so.
pub const STORIES: &[&str] = &["--ignored", "--test-threads=1", "--nocapture", "installed"];

/// Runs the stories on packages that are built.
pub fn test() -> Result<()> {
    prepare_root()?;
    setup::debian_packages(&[setup::TO_SHOW, setup::TO_DRIVE].concat())?;
    announce("Building what the stories use");
    run(&mut cargo(&["build", "--locked", "--workspace", "--bins", "--test=stories"]))?;
    let mut test = cargo(&["test", "--locked", "--workspace", "--test=stories", "--"]);
    run(test.args(STORIES).env("TOKENWELL_PACKAGES", setup::root().join(FOLDER)))
}

/// Builds the packages and the root.
pub fn prepare() -> Result<()> {
    build(Part::value_variants(), None)?;
    prepare_root()
}

fn prepare_root() -> Result<()> {
    ensure!(
        is_root()?,
        "installing packages in a root of their own needs root: start this command with sudo"
    );
    let folder = setup::root().join(FOLDER);
    let next = folder.join("next");
    if next.exists() {
        std::fs::remove_dir_all(&next)?;
    }
    std::fs::create_dir_all(&next)?;
    for package in packages(&folder)? {
        deb::with_version(&package, NEXT, &next)?;
    }
    debian(&folder)
}

/// The Debian packages of this version.
fn packages(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let version = format!("_{}_", super::Release::newest(&setup::root())?.package_version());
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let files = entries.into_iter().map(|entry| entry.path());
    let packages: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "deb"))
        .filter(|file| file.to_string_lossy().contains(&version))
        .collect();
    ensure!(packages.len() == Part::value_variants().len(), "build every package first: {packages:?}");
    Ok(packages)
}

/// Unpacks an empty Debian of this machine's release into `root`. It is downloaded once.
fn debian(folder: &Path) -> Result<()> {
    setup::debian_packages(&["mmdebstrap"])?;
    let archive = folder.join("root.tar");
    if !archive.exists() {
        announce("Downloading a Debian without anything else");
        let partial = folder.join("root.partial.tar");
        let mut bootstrap = Command::new("mmdebstrap");
        bootstrap.args(["--quiet", "--variant=apt", &codename()?]).arg(&partial);
        let sources = Path::new("/etc/apt/sources.list.d/debian.sources");
        if sources.exists() {
            bootstrap.arg(sources);
        }
        run(&mut bootstrap)?;
        std::fs::rename(partial, &archive)?;
    }
    let root = folder.join("root");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    std::fs::create_dir_all(&root)?;
    run(Command::new("tar").arg("--extract").arg("--file").arg(&archive).arg("--directory").arg(&root))?;
    // Nothing is started in it.
    let policy = root.join("usr/sbin/policy-rc.d");
    std::fs::write(&policy, "#!/bin/sh\nexit 101\n")?;
    run(Command::new("chmod").arg("755").arg(policy))
}

/// Such as bookworm.
fn codename() -> Result<String> {
    let release = std::fs::read_to_string("/etc/os-release")?;
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(codename.context("this is no Debian")?.to_owned())
}

fn is_root() -> Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout.trim_ascii() == b"0")
}
