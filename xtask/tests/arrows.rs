//! The allowed dependencies between the crates, as `ARCHITECTURE.md` describes them.

#![expect(clippy::unwrap_used, reason = "metadata that cannot be read is a failed test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates of the workspace that each package's programs and libraries may use.
const ALLOWED: [(&str, &[&str]); 15] = [
    ("tokenwell", &["tokenwell-cache", "tokenwell-desktop", "tokenwell-meters", "tokenwell-wire"]),
    ("tokenwell-bench", &["tokenwell-desktop", "tokenwell-stage"]),
    ("tokenwell-cache", &["tokenwell-desktop"]),
    ("tokenwell-currencies", &[]),
    ("tokenwell-desktop", &["tokenwell-currencies", "tokenwell-meters", "tokenwell-wire"]),
    ("tokenwell-empty-app", &[]),
    ("tokenwell-glance", &["tokenwell-cache", "tokenwell-desktop", "tokenwell-meters", "tokenwell-wire"]),
    ("tokenwell-ledger", &["tokenwell-currencies"]),
    ("tokenwell-manual", &["tokenwell", "tokenwell-glance", "tokenwell-server"]),
    ("tokenwell-meters", &[]),
    ("tokenwell-sandbox", &["tokenwell-currencies"]),
    ("tokenwell-server", &["tokenwell-currencies", "tokenwell-ledger", "tokenwell-wire"]),
    ("tokenwell-stage", &[]),
    ("tokenwell-wire", &[]),
    ("xtask", &["tokenwell-stage"]),
];

/// Dependencies that the pure crates may not have, because they use a clock, a disk or a network.
const IO: [&str; 8] = ["axum", "keyring-core", "open", "reqwest", "rusqlite", "tauri", "tokio", "zbus"];

fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let linked = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter().filter(|dependency| dependency["kind"].is_null()).map(name).collect()
    };
    let all = metadata["packages"].as_array().unwrap();
    all.iter().map(|package| (name(package), linked(package))).collect()
}

#[test]
fn each_crate_uses_only_the_crates_it_may() {
    let packages = packages();
    let ours: BTreeSet<&String> = packages.keys().collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into();
    assert_eq!(
        ours.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>()
    );
    for (name, dependencies) in &packages {
        for used in dependencies.iter().filter(|used| ours.contains(used)) {
            assert!(allowed[name.as_str()].contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn the_pure_crates_use_no_clock_disk_or_network() {
    let packages = packages();
    for pure in [
        "tokenwell-currencies",
        "tokenwell-desktop",
        "tokenwell-ledger",
        "tokenwell-meters",
        "tokenwell-wire",
    ] {
        for io in IO {
            assert!(!packages[pure].contains(io), "{pure} is pure and must not use {io}");
        }
    }
}

/// The libraries that a package's programs link, by the names that code uses for them.
fn linked_by(package: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            package,
            "--edges=normal",
            "--prefix=none",
            "--format={lib}",
            "--offline",
        ])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap().lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_glance_links_no_desktop_toolkit_no_keyring_and_no_network() {
    let linked = linked_by("tokenwell-glance");
    assert!(linked.contains("rusqlite"), "the tree is read: {linked:?}");
    for heavy in ["tauri", "wry", "keyring_core", "reqwest", "rustls", "hyper", "tokio", "zbus"] {
        assert!(!linked.contains(heavy), "tokenwell-glance must not link {heavy}");
    }
}

/// Clippy reads the nearest `clippy.toml` only, so a crate that has its own must repeat the workspace's.
#[test]
fn a_crate_with_its_own_lint_settings_repeats_those_of_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |file: PathBuf| std::fs::read_to_string(file).unwrap();
    let workspace = read(root.join("clippy.toml"));
    let crates = root.join("crates").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let own: Vec<PathBuf> =
        crates.map(|folder| folder.join("clippy.toml")).filter(|file| file.exists()).collect();
    for pure in ["ledger", "meters", "wire"] {
        assert!(own.contains(&root.join("crates").join(pure).join("clippy.toml")), "{pure} is pure");
    }
    for file in own {
        let settings = read(file.clone());
        for line in workspace.lines().filter(|line| !line.starts_with('#')) {
            assert!(settings.lines().any(|own| own == line), "{} lacks `{line}`", file.display());
        }
    }
}

#[test]
fn the_service_verifies_tokens_with_the_cryptography_that_its_tls_uses_and_links_no_other() {
    let linked = linked_by("tokenwell-server");
    assert!(linked.contains("ring") && linked.contains("jsonwebtoken"), "the tree is read: {linked:?}");
    for other in ["rsa", "p256", "p384", "ed25519_dalek", "aws_lc_rs", "openssl"] {
        assert!(!linked.contains(other), "tokenwell-server must not link {other}");
    }
}
