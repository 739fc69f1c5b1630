//! The allowed licences, sources and banned crates. `deny.toml` is the list. `cargo xtask prove` checks the same list
//! with cargo-deny, which also reads the texts of licences.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "metadata that cannot be read is a failed test")]

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The repository's `deny.toml`.
fn list() -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

/// The strings in an array of the list.
fn strings(section: &str, name: &str) -> BTreeSet<String> {
    let list = list();
    let values = list[section][name].as_array().unwrap();
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// Every package in a build for one of the systems in the list, the workspace's included.
fn packages() -> Vec<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--locked", "--all-features"]);
    command.args(strings("graph", "targets").iter().flat_map(|target| ["--filter-platform", target]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.filter(|package| used.contains(package["id"].as_str().unwrap())).cloned().collect()
}

fn label(package: &Value) -> String {
    format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap())
}

/// Whether the allowed licences satisfy an expression such as `MIT OR Apache-2.0`.
fn is_allowed(license: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = Expression::parse_mode(license, ParseMode::LAX).expect("a licence expression");
    expression.evaluate(|required: &LicenseReq| allowed.contains(&required.to_string()))
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed = strings("licenses", "allow");
    let packages = packages();
    assert!(packages.len() > 300, "only {} packages were read", packages.len());
    let others: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|license| is_allowed(license, &allowed)))
        .map(|package| format!("{}: {}", label(package), package["license"]))
        .collect();
    assert!(others.is_empty(), "not allowed by deny.toml: {others:#?}");
}

#[test]
fn a_licence_that_is_not_listed_is_not_allowed() {
    let allowed = strings("licenses", "allow");
    assert!(is_allowed("MIT OR GPL-3.0-only", &allowed));
    assert!(is_allowed("Apache-2.0/MIT", &allowed));
    assert!(!is_allowed("MIT AND GPL-3.0-only", &allowed));
    assert!(!is_allowed("AGPL-3.0-or-later", &allowed));
}

#[test]
fn every_dependency_comes_from_crates_io() {
    assert_eq!(list()["sources"]["unknown-registry"].as_str(), Some("deny"));
    let packages = packages();
    let others: Vec<String> = packages
        .iter()
        .filter(|package| !matches!(package["source"].as_str(), None | Some(CRATES_IO)))
        .map(|package| format!("{} from {}", label(package), package["source"]))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn no_banned_crate_is_a_dependency() {
    let list = list();
    let bans = list["bans"]["deny"].as_array().unwrap();
    let banned: BTreeSet<&str> = bans.iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    assert!(!banned.is_empty());
    let packages = packages();
    let found: Vec<String> = packages
        .iter()
        .filter(|package| {
            let [name, version] = ["name", "version"].map(|key| package[key].as_str().unwrap());
            banned.contains(name) || banned.contains(format!("{name}@{version}").as_str())
        })
        .map(label)
        .collect();
    assert!(found.is_empty(), "banned in deny.toml: {found:?}");
}

#[test]
fn no_crate_of_the_workspace_accepts_any_version_of_a_dependency() {
    let packages = packages();
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        for dependency in package["dependencies"].as_array().unwrap() {
            let is_wildcard = dependency["req"] == "*" && dependency["path"].is_null();
            assert!(!is_wildcard, "{} takes any version of {}", label(package), dependency["name"]);
        }
    }
}
