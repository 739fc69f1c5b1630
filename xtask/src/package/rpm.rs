//! RPM packages, by `rpmbuild`.

use super::files::Inputs;
use super::tree::Tree;
use super::{REPOSITORY, Release, deb};
use crate::command::run;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds the package of a tree, and returns its file.
pub fn build(tree: &Tree, inputs: &Inputs<'_>, folder: &Path) -> Result<PathBuf> {
    let work = folder.join("rpm");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    std::fs::create_dir_all(&work)?;
    let spec = work.join("tokenwell.spec");
    std::fs::write(&spec, spec_of(tree, inputs)?)?;
    let mut build = Command::new("rpmbuild");
    build.args(["-bb", "--quiet"]).arg(format!("--define=_topdir {}", work.display())).arg(&spec);
    build.env("SOURCE_DATE_EPOCH", inputs.release.seconds()?.to_string());
    run(build.stdout(Stdio::null()))?;
    let package = std::fs::read_dir(work.join("RPMS").join(std::env::consts::ARCH))?
        .next()
        .context("rpmbuild wrote no package")??
        .path();
    let file = folder.join(package.file_name().context("a package has a name")?);
    std::fs::rename(package, &file)?;
    Ok(file)
}

/// What `rpmbuild` reads. It finds the libraries that the programs need by itself.
fn spec_of(tree: &Tree, inputs: &Inputs<'_>) -> Result<String> {
    let (synopsis, description) = deb::description(inputs.part)?;
    let Release { version, date } = inputs.release;
    let files = tree.files()?.join("\n/");
    Ok(format!(
        "%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%global _binary_payload w9.xzdio
%global _build_id_links none
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost tokenwell
Name: {name}
Version: {packaged}
Release: 1
Summary: {synopsis}
License: MIT OR Apache-2.0
URL: {REPOSITORY}
Requires: ca-certificates
Requires: xdg-utils
Recommends: desktop-file-utils
Recommends: gnome-keyring
%description
{description}
%install
cp -a {tree}/. %{{buildroot}}
%files
%defattr(-,root,root,-)
/{files}
%changelog
* {day} {maintainer} - {packaged}-1
- {REPOSITORY}/blob/v{version}/CHANGELOG.md says what changed.
",
        name = inputs.part.name(),
        packaged = inputs.release.package_version(),
        tree = tree.root().display(),
        day = date.strftime("%a %b %d %Y"),
        maintainer = env!("CARGO_PKG_AUTHORS"),
    ))
}
