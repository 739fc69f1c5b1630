//! What an installed app reads of a release (`src-tauri/src/updates.rs`).

use crate::command::run;
use crate::package::{REPOSITORY, Release};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Version, and address, size and hash of the file for each system on which the app installs updates itself.
pub fn manifest(
    release: &Release,
    sums: &BTreeMap<String, String>,
    size: impl Fn(&str) -> Result<u64>,
) -> Result<String> {
    let version = &release.version;
    let installer = format!("tokenwell-{version}-x64.exe");
    let sha256 = sums.get(&installer).with_context(|| format!("the release has no file {installer}"))?;
    let size = size(&installer).with_context(|| format!("the size of {installer}"))?;
    let url = format!("{REPOSITORY}/releases/download/v{version}/{installer}");
    let file = json!({ "sha256": sha256, "size": size, "url": url });
    let manifest = json!({ "files": { "windows-x86_64": file }, "version": version });
    Ok(format!("{manifest:#}\n"))
}

/// The manifest with the signature that minisign makes of it, in one text.
pub fn signed(manifest: &str, key: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let (file, signature) = (folder.path().join("manifest"), folder.path().join("signature"));
    std::fs::write(&file, manifest)?;
    let mut minisign = Command::new("minisign");
    minisign.arg("-S").arg("-s").arg(key).arg("-m").arg(&file).arg("-x").arg(&signature);
    run(&mut minisign).context("minisign signs with a key that `minisign -G -W` has made")?;
    let signature = std::fs::read_to_string(signature)?;
    Ok(format!("{}\n", json!({ "manifest": manifest, "signature": signature })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_update_manifest_is_the_one_that_the_apps_test_reads() {
        let release = Release { version: "1.2.3".into(), date: "2026-11-28".parse().unwrap() };
        let mut sums = BTreeMap::from([("tokenwell-1.2.3-x64.exe".to_owned(), "c".repeat(64))]);
        let example = include_str!("../../../packaging/windows/update.example.json");
        assert_eq!(manifest(&release, &sums, |_| Ok(9_000_000)).unwrap(), example);
        sums.clear();
        let error = manifest(&release, &sums, |_| Ok(1)).unwrap_err();
        assert_eq!(error.to_string(), "the release has no file tokenwell-1.2.3-x64.exe");
    }
}
