//! `cargo xtask package`: what users and operators install on this kind of system.
//!
//! One list of files ([`files`]) becomes each kind of package. Debian's and RPM's own programs write the packages.

mod changelog;
mod clean_root;
mod deb;
mod dependencies;
mod dmg;
mod files;
mod licences;
mod rpm;
mod sbom;
mod tarball;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
mod tree;

pub use changelog::{Release, VersionOptions, version};
pub use clean_root::{STORIES, prepare as prepare_clean_root};

use crate::command::{announce, cargo, run};
use crate::setup;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use files::{Format, Inputs};
use std::path::{Path, PathBuf};
use std::process::Command;
use tree::Tree;

/// The repository's page.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// Where the packages are written.
pub const FOLDER: &str = "target/package";
/// To build packages.
const TO_PACKAGE: &[&str] = &["appstream", "desktop-file-utils", "dpkg-dev", "lintian", "rpm"];

#[derive(Args)]
pub struct Options {
    /// What to package; everything if nothing is named.
    parts: Vec<Part>,
    /// Packages the programs in this folder, with tokenwell-manual beside them, instead of building them.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Also installs, uses, upgrades and removes the Debian packages in a Debian without anything else. Needs root.
    #[arg(long)]
    test: bool,
}

/// What is packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The app, with tokenwell-glance: .deb and .rpm, or a .dmg.
    App,
    /// The token service: .deb and .tar.gz.
    Service,
}

impl Part {
    /// The name of its packages.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "tokenwell",
            Self::Service => "tokenwell-server",
        }
    }

    /// Its programs, which are also the names of their cargo packages.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::App => &["tokenwell", "tokenwell-glance"],
            Self::Service => &["tokenwell-server"],
        }
    }

    fn profile(self) -> &'static str {
        match self {
            Self::App => "release",
            Self::Service => "service",
        }
    }
}

pub fn package(options: &Options) -> Result<()> {
    let parts = if options.parts.is_empty() { Part::value_variants() } else { &options.parts };
    if cfg!(target_os = "macos") {
        return dmg::build();
    }
    if !cfg!(target_os = "linux") {
        bail!("this command builds packages on Linux and macOS");
    }
    for file in build(parts, options.programs.as_deref())? {
        report(&file)?;
    }
    if options.test {
        clean_root::test()?;
    }
    Ok(())
}

/// Packages the programs in a folder, or builds them before. Returns the files.
fn build(parts: &[Part], programs: Option<&Path>) -> Result<Vec<PathBuf>> {
    setup::debian_packages(&[setup::TO_BUILD, TO_PACKAGE].concat())?;
    let folder = setup::root().join(FOLDER);
    let manual = folder.join("manual");
    let release = Release::newest(&setup::root())?;
    if programs.is_none() {
        setup::panel()?;
        announce("Building what writes man pages and completions");
        // With a test, cargo chooses the features of all other debug builds, and compiles no dependency twice.
        run(&mut cargo(&["build", "--locked", "--workspace", "--bin=tokenwell-manual", "--test=arrows"]))?;
    }
    write_manual(programs.unwrap_or(&setup::root().join("target/debug")), &manual)?;
    let mut files = Vec::new();
    for part in parts {
        let programs = match programs {
            Some(folder) => folder.to_owned(),
            None => build_programs(*part)?,
        };
        announce(&format!("Packaging {}", part.name()));
        let third_party = dependencies::of(*part)?;
        let inputs = Inputs {
            part: *part,
            programs: &programs,
            manual: &manual,
            release: &release,
            licences: &licences::text(&third_party)?,
        };
        files.extend(write_packages(&inputs, &folder)?);
        let sbom = folder.join(format!("{}-{}.cdx.json", part.name(), release.version));
        std::fs::write(&sbom, sbom::document(part.name(), &release, &third_party)?)?;
        files.push(sbom);
    }
    Ok(files)
}

/// Builds a part's programs, and returns their folder.
fn build_programs(part: Part) -> Result<PathBuf> {
    announce(&format!("Building {}", part.name()));
    let mut build = cargo(&["build", "--locked", "--profile", part.profile()]);
    run(build.args(part.programs().iter().map(|program| format!("--package={program}"))))?;
    Ok(setup::root().join("target").join(part.profile()))
}

/// Every kind of package of one part.
fn write_packages(inputs: &Inputs<'_>, folder: &Path) -> Result<Vec<PathBuf>> {
    let name = inputs.part.name();
    let staged = |format| -> Result<Tree> {
        let tree = Tree::new(&folder.join("staged").join(name).join(format!("{format:?}")))?;
        files::stage(&tree, inputs, format)?;
        Ok(tree)
    };
    let debian = staged(Format::Deb)?;
    if inputs.part == Part::App {
        deb::lint_desktop_files(debian.root())?;
    }
    let package = deb::build(&debian, inputs, folder)?;
    deb::lint(&package)?;
    let other = match inputs.part {
        Part::App => rpm::build(&staged(Format::Rpm)?, inputs, folder)?,
        Part::Service => tarball::build(&staged(Format::Tarball)?, inputs, folder)?,
    };
    Ok(vec![package, other])
}

/// Writes man pages and completions, with the `tokenwell-manual` among the programs in a folder.
fn write_manual(programs: &Path, folder: &Path) -> Result<()> {
    announce("Writing man pages and completions");
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    run(Command::new(programs.join("tokenwell-manual")).arg(folder))
}

#[expect(clippy::print_stdout, reason = "a command line tool prints its result")]
fn report(file: &Path) -> Result<()> {
    println!("{:>12} bytes  {}", std::fs::metadata(file)?.len(), file.display());
    Ok(())
}
