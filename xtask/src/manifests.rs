//! `cargo xtask manifests VERSION`: what package managers need to know of a release, from the templates in
//! `packaging/manifests`, or with `--update-key` what installed apps need to know of it.

use crate::command::announce;
use crate::package::{REPOSITORY, Release};
use crate::setup;
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod update;

#[derive(Args)]
pub struct Options {
    /// The released version, such as 0.1.0.
    version: String,
    /// The checksums of the released files, as sha256sum prints them.
    #[arg(long, value_name = "FILE", default_value = "target/release-files/SHA256SUMS")]
    sums: PathBuf,
    /// Write instead what installed apps read, signed with the secret key in this file. The checksums stand beside the files.
    #[arg(long, value_name = "FILE")]
    update_key: Option<PathBuf>,
    /// Where the manifests are written; with `--update-key`, a file.
    #[arg(long, value_name = "FOLDER", default_value = "target/manifests")]
    output: PathBuf,
}

const TEMPLATES: &str = "packaging/manifests";

pub fn manifests(options: &Options) -> Result<()> {
    let release = Release::newest(&setup::root())?;
    ensure!(
        release.version == options.version,
        "this is version {}, not {}",
        release.version,
        options.version
    );
    let sums = std::fs::read_to_string(&options.sums)
        .with_context(|| format!("{} has the checksums of the released files", options.sums.display()))?;
    let sums = parse_sums(&sums)?;
    if let Some(key) = &options.update_key {
        let files = options.sums.parent().unwrap_or(Path::new("."));
        let manifest =
            update::manifest(&release, &sums, |name| Ok(std::fs::metadata(files.join(name))?.len()))?;
        std::fs::write(&options.output, update::signed(&manifest, key)?)?;
        announce(&format!("wrote {}", options.output.display()));
        return Ok(());
    }
    for (name, template) in templates()? {
        let manifest = filled(&template, &release, &sums).with_context(|| format!("{TEMPLATES}/{name}"))?;
        let file = options.output.join(&name);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&file, manifest)?;
        announce(&format!("wrote {}", file.display()));
    }
    Ok(())
}

/// The templates by their paths, such as `aur/PKGBUILD`.
fn templates() -> Result<BTreeMap<String, String>> {
    let root = setup::root().join(TEMPLATES);
    let mut templates = BTreeMap::new();
    for manager in std::fs::read_dir(&root)? {
        for template in std::fs::read_dir(manager?.path())? {
            let path = template?.path();
            let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            templates.insert(name, std::fs::read_to_string(path)?);
        }
    }
    Ok(templates)
}

/// Reads lines such as `HASH  NAME`.
fn parse_sums(text: &str) -> Result<BTreeMap<String, String>> {
    let line = |line: &str| {
        let (hash, name) = line.split_once("  ")?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = Path::new(name.trim()).file_name()?.to_string_lossy().into_owned();
        is_hash.then(|| (name, hash.to_owned()))
    };
    text.lines()
        .map(|text| line(text).with_context(|| format!("`{text}` is not a checksum and a name")))
        .collect()
}

/// A template with the values of a release.
fn filled(template: &str, release: &Release, sums: &BTreeMap<String, String>) -> Result<String> {
    let version = &release.version;
    if version.contains(['-', '+']) {
        bail!("{version} is a pre-release: package managers get releases only");
    }
    let text = template
        .replace("@DEB@", &format!("tokenwell_{version}_amd64.deb"))
        .replace("@DMG@", &format!("Tokenwell_{version}_aarch64.dmg"))
        .replace("@INSTALLER@", &format!("tokenwell-{version}-x64.exe"))
        .replace("@DOWNLOADS@", &format!("{REPOSITORY}/releases/download/v{version}"))
        .replace("@REPOSITORY@", REPOSITORY)
        .replace("@MAINTAINER@", env!("CARGO_PKG_AUTHORS"))
        .replace("@VERSION@", version)
        .replace("@DATE@", &release.date.to_string());
    let mut rest = text.as_str();
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("@SHA256:") {
        let (name, after) = after.split_once('@').context("@SHA256: ends with @")?;
        let sum = sums.get(name).with_context(|| format!("the release has no file {name}"))?;
        filled.push_str(before);
        filled.push_str(sum);
        rest = after;
    }
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 3] =
        ["tokenwell_1.2.3_amd64.deb", "Tokenwell_1.2.3_aarch64.dmg", "tokenwell-1.2.3-x64.exe"];

    fn release(version: &str) -> Release {
        Release { version: version.into(), date: "2026-11-28".parse().unwrap() }
    }

    fn sums() -> BTreeMap<String, String> {
        FILES
            .iter()
            .zip('a'..)
            .map(|(name, digit)| ((*name).to_owned(), digit.to_string().repeat(64)))
            .collect()
    }

    fn all() -> BTreeMap<String, String> {
        let templates = templates().unwrap().into_iter();
        templates.map(|(name, text)| (name, filled(&text, &release("1.2.3"), &sums()).unwrap())).collect()
    }

    #[test]
    fn every_manifest_names_the_version_and_no_value_is_left_open() {
        let all = all();
        for folder in ["winget/", "homebrew/", "flathub/", "aur/"] {
            assert!(all.keys().any(|name| name.starts_with(folder)), "{folder}");
        }
        for (name, text) in all {
            assert!(text.contains("1.2.3"), "{name}");
            let is_open = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
            assert!(!text.split('@').skip(1).any(is_open), "{name}: {text}");
        }
    }

    #[test]
    fn every_download_has_the_checksum_of_its_file() {
        let all = all();
        let has = |name: &str, digit: &str| all[name].contains(&digit.repeat(64));
        assert!(
            has("flathub/app.tokenwell.Tokenwell.yml", "a")
                && has("aur/PKGBUILD", "a")
                && has("aur/.SRCINFO", "a")
        );
        assert!(has("homebrew/tokenwell.rb", "b"));
        assert!(has("winget/Tokenwell.Tokenwell.installer.yaml", "c"));
        let mut incomplete = sums();
        incomplete.remove(FILES[1]);
        let error = filled(&templates().unwrap()["homebrew/tokenwell.rb"], &release("1.2.3"), &incomplete)
            .unwrap_err();
        assert_eq!(error.to_string(), "the release has no file Tokenwell_1.2.3_aarch64.dmg");
    }

    #[test]
    fn a_pre_release_is_not_for_package_managers() {
        let error = filled("@VERSION@", &release("1.2.3-beta.1"), &sums()).unwrap_err();
        assert!(error.to_string().contains("pre-release"), "{error}");
    }

    #[test]
    fn a_line_that_is_no_checksum_is_refused() {
        let hash = "0".repeat(64);
        assert_eq!(parse_sums(&format!("{hash}  a/b.deb\n")).unwrap()["b.deb"], hash);
        for text in ["abc  b.deb", "b.deb", &format!("{hash} b.deb")] {
            assert!(parse_sums(text).is_err(), "{text}");
        }
    }

    /// makepkg would generate it; the AUR refuses an upload without it.
    #[test]
    fn the_summary_for_the_aur_agrees_with_its_build_file() {
        let all = all();
        let (build, summary) = (&all["aur/PKGBUILD"], &all["aur/.SRCINFO"]);
        for line in summary.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.trim().split_once(" = ").unwrap();
            let field = if name == "pkgbase" { "pkgname" } else { name };
            let assigned = build.lines().find(|line| line.starts_with(&format!("{field}="))).unwrap();
            let expanded = assigned
                .replace("$url", REPOSITORY)
                .replace("${pkgver}", "1.2.3")
                .replace("$pkgver", "1.2.3");
            assert!(expanded.contains(value), "{field}: {value} is not in {expanded}");
        }
    }
}
