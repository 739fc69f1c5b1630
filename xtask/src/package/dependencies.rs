//! The third parties whose code is in a package: crates that its programs link, and npm packages that the panel contains.

use super::Part;
use crate::command::cargo;
use crate::setup;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A package of a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThirdParty {
    pub registry: Registry,
    pub name: String,
    pub version: String,
    /// An expression such as `MIT OR Apache-2.0`.
    pub license: String,
    pub authors: Vec<String>,
    /// Where its files are.
    pub folder: PathBuf,
    /// SHA-256, as `Cargo.lock` has it.
    pub checksum: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registry {
    Cargo,
    Npm,
}

impl ThirdParty {
    /// Its name everywhere (package URL).
    pub fn purl(&self) -> String {
        let kind = match self.registry {
            Registry::Cargo => "cargo",
            Registry::Npm => "npm",
        };
        format!("pkg:{kind}/{}@{}", self.name.replacen('@', "%40", 1), self.version.replace('+', "%2B"))
    }
}

/// Everything of others that is in the packages of a part, sorted.
pub fn of(part: Part) -> Result<Vec<ThirdParty>> {
    let mut all = crates(part.programs())?;
    if part == Part::App {
        all.extend(npm_packages(&setup::root().join("ui"))?);
    }
    all.sort();
    ensure!(all.len() > 50, "only {} third parties were found", all.len());
    Ok(all)
}

/// The crates that programs link on this system: no build scripts, no tests.
fn crates(programs: &[&str]) -> Result<Vec<ThirdParty>> {
    let target = if cfg!(target_os = "macos") { "aarch64-apple-darwin" } else { "x86_64-unknown-linux-gnu" };
    let mut command = cargo(&["metadata", "--format-version=1", "--locked", "--filter-platform", target]);
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let linked = linked(&list(&metadata["resolve"]["nodes"]), programs);
    let checksums = checksums(&std::fs::read_to_string(setup::root().join("Cargo.lock"))?);
    let packages = list(&metadata["packages"]);
    let others = packages.iter().filter(|package| !package["source"].is_null());
    let linked = others.filter(|package| package["id"].as_str().is_some_and(|id| linked.contains(id)));
    linked.map(|package| third_party(package, &checksums)).collect()
}

/// The ids of the packages that are reached from the programs by normal dependencies.
fn linked(nodes: &[Value], programs: &[&str]) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> =
        nodes.iter().filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let is_program = |id: &&str| programs.iter().any(|name| is_named(id, name));
    let mut waiting: Vec<&str> = nodes.keys().copied().filter(is_program).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !found.insert(id.to_owned()) {
            continue;
        }
        let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array());
        for dependency in dependencies.into_iter().flatten() {
            let kinds = dependency["dep_kinds"].as_array();
            if kinds.into_iter().flatten().any(|kind| kind["kind"].is_null()) {
                waiting.extend(dependency["pkg"].as_str());
            }
        }
    }
    found
}

/// Whether a package id such as `path+file:///folder/crates/server#tokenwell-server@0.1.0` is of this name.
fn is_named(id: &str, name: &str) -> bool {
    let (path, fragment) = id.split_once('#').unwrap_or((id, ""));
    path.starts_with("path+")
        && (fragment.split_once('@').map(|(name, _)| name) == Some(name)
            || path.ends_with(&format!("/{name}")))
}

fn third_party(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<ThirdParty> {
    let text = |name: &str| package[name].as_str().map(str::to_owned);
    let name = text("name").context("a package has a name")?;
    let version = text("version").context("a package has a version")?;
    let authors = package["authors"].as_array().into_iter().flatten();
    Ok(ThirdParty {
        registry: Registry::Cargo,
        license: text("license").with_context(|| format!("{name} names no licence"))?.replace('/', " OR "),
        authors: authors.filter_map(Value::as_str).map(str::to_owned).collect(),
        folder: Path::new(package["manifest_path"].as_str().unwrap_or_default())
            .parent()
            .with_context(|| format!("{name} has a folder"))?
            .to_owned(),
        checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
        name,
        version,
    })
}

/// The checksums of a `Cargo.lock`, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (value("name"), value("version"), value("checksum"))
        {
            checksums.insert((name, version), checksum);
        }
    }
    checksums
}

/// The npm packages that a folder's lock file needs to run; those for development only are left out.
fn npm_packages(folder: &Path) -> Result<Vec<ThirdParty>> {
    let lock: Value = serde_json::from_slice(&std::fs::read(folder.join("package-lock.json"))?)?;
    let packages = lock["packages"].as_object().context("package-lock.json has packages")?;
    let used = packages.iter().filter(|(path, package)| !path.is_empty() && package["dev"] != true);
    used.map(|(path, package)| npm_package(&folder.join(path), path, package)).collect()
}

fn npm_package(folder: &Path, path: &str, locked: &Value) -> Result<ThirdParty> {
    let name = path.rsplit("node_modules/").next().unwrap_or(path).to_owned();
    let manifest = std::fs::read(folder.join("package.json"))
        .with_context(|| format!("{name} is not installed: run `npm ci` in ui"))?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let license = manifest["license"].as_str().map(str::to_owned);
    let author = manifest["author"].as_str().or(manifest["author"]["name"].as_str());
    Ok(ThirdParty {
        registry: Registry::Npm,
        version: locked["version"].as_str().with_context(|| format!("{name} has no version"))?.to_owned(),
        license: match license {
            Some(license) => license,
            None => without_field(&name).with_context(|| format!("{name} names no licence"))?.to_owned(),
        },
        authors: author.map(str::to_owned).into_iter().collect(),
        folder: folder.to_owned(),
        checksum: None,
        name,
    })
}

/// The licence of packages that contain its text but do not name it.
fn without_field(name: &str) -> Option<&'static str> {
    (name == "svelte-toolbelt").then_some("MIT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_a_program_links_is_in_its_package() {
        let dependency = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let app = "path+file:///t#tokenwell@0.1.0";
        let nodes = [
            json!({"id": app, "deps": [dependency("a", Value::Null), dependency("b", json!("build"))]}),
            json!({"id": "a", "deps": [dependency("c", Value::Null), dependency("d", json!("dev"))]}),
            json!({"id": "path+file:///t/xtask#0.1.0", "deps": [dependency("e", Value::Null)]}),
        ];
        assert_eq!(linked(&nodes, &["tokenwell"]), [app, "a", "c"].map(str::to_owned).into());
        assert_eq!(linked(&nodes, &["tokenwell-server"]), BTreeSet::new());
    }

    #[test]
    fn the_lists_of_the_packages_contain_what_their_programs_are_known_to_link() {
        let names = |part| of(part).unwrap().into_iter().map(|party| party.name).collect::<BTreeSet<_>>();
        let (app, service) = (names(Part::App), names(Part::Service));
        for name in ["tauri", "zbus", "rusqlite", "svelte", "@fontsource-variable/inter", "clap"] {
            assert!(app.contains(name), "the app contains {name}");
        }
        assert!(
            service.contains("tokio-postgres") && !service.contains("tauri") && !service.contains("svelte")
        );
        for name in ["fantoccini", "vitest", "tauri-build", "tokenwell-desktop"] {
            assert!(!app.contains(name), "{name} is not in the app");
        }
    }

    #[test]
    fn a_package_url_names_registry_package_and_version() {
        let party = ThirdParty {
            registry: Registry::Npm,
            name: "@fluent/bundle".into(),
            version: "0.19.1".into(),
            license: "Apache-2.0".into(),
            authors: Vec::new(),
            folder: PathBuf::new(),
            checksum: None,
        };
        assert_eq!(party.purl(), "pkg:npm/%40fluent/bundle@0.19.1");
        let party =
            ThirdParty { registry: Registry::Cargo, name: "a".into(), version: "1.0.0+2".into(), ..party };
        assert_eq!(party.purl(), "pkg:cargo/a@1.0.0%2B2");
    }
}
