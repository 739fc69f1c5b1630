//! The licences of third parties, as one text: each licence text once, below the names of those that use it.

use super::dependencies::ThirdParty;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Names of files with licences start like this, in any case.
const LICENCE_FILES: [&str; 7] = ["copying", "copyright", "licence", "license", "notice", "ofl", "unlicense"];
/// Which licence is taken where several are offered and no text is in the package.
const PREFERRED: [&str; 6] = ["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "Zlib", "CC0-1.0"];
const RULE: &str = "────────────────────────────────────────────────────────────────────────────────";

/// The text that packages contain.
pub fn text(third_parties: &[ThirdParty]) -> Result<String> {
    let mut users: BTreeMap<String, Vec<&ThirdParty>> = BTreeMap::new();
    for party in third_parties {
        for licence in licences_of(party)? {
            users.entry(licence).or_default().push(party);
        }
    }
    // In the order of the packages' names, not of the texts.
    let mut entries: Vec<_> = users.into_iter().collect();
    entries.sort_by(|(_, a), (_, b)| a.first().cmp(&b.first()));
    let mut text = format!(
        "Tokenwell contains the work of others. These are the {} packages and their licences.\n",
        third_parties.len()
    );
    for (licence, parties) in entries {
        writeln!(text, "\n{RULE}")?;
        for party in parties {
            writeln!(text, "{} {} ({})", party.name, party.version, party.license)?;
        }
        writeln!(text, "\n{}", licence.trim_end())?;
    }
    Ok(text)
}

/// The texts in a package. Without any, the standard text of a licence that the package offers.
fn licences_of(party: &ThirdParty) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for file in licence_files(&party.folder)? {
        let text = String::from_utf8_lossy(&std::fs::read(&file)?).replace("\r\n", "\n");
        texts.push(text.trim_matches(['\n', '\u{feff}']).to_owned());
    }
    if texts.is_empty() {
        texts.push(standard_text(party)?);
    }
    Ok(texts)
}

fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("{} is not there: run `cargo fetch`", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_code = [".rs", ".js", ".toml", ".json"].iter().any(|end| name.ends_with(end));
        if path.is_file() && !is_code && LICENCE_FILES.iter().any(|start| name.starts_with(start)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn standard_text(party: &ThirdParty) -> Result<String> {
    let words = party.license.split([' ', '(', ')']);
    let offered: Vec<_> = words.filter_map(spdx::license_id).collect();
    let chosen = PREFERRED
        .iter()
        .find_map(|name| offered.iter().find(|licence| licence.name == *name))
        .or(offered.first())
        .with_context(|| format!("{} has no licence text, and `{}` is unknown", party.name, party.license))?;
    let authors = match party.authors.join(", ") {
        nobody if nobody.is_empty() => format!("the authors of {}", party.name),
        authors => authors,
    };
    Ok(format!("Copyright (c) {authors}\n\n{}", chosen.text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Part;
    use crate::package::dependencies::{self, Registry};

    fn party(name: &str, license: &str, folder: &Path) -> ThirdParty {
        ThirdParty {
            registry: Registry::Cargo,
            name: name.into(),
            version: "1.0.0".into(),
            license: license.into(),
            authors: vec!["Ada".into()],
            folder: folder.to_owned(),
            checksum: None,
        }
    }

    #[test]
    fn a_text_that_two_packages_share_stands_once_below_both_names() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        std::fs::write(folders[0].path().join("LICENSE-MIT"), "Do what you like.\r\n").unwrap();
        std::fs::write(folders[1].path().join("license.md"), "Do what you like.\n").unwrap();
        let text =
            text(&[party("a", "MIT", folders[0].path()), party("b", "MIT", folders[1].path())]).unwrap();
        assert!(text.contains("a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nDo what you like.\n"), "{text}");
    }

    #[test]
    fn a_package_without_a_text_gets_the_standard_one_of_a_licence_that_it_offers() {
        let folder = tempfile::tempdir().unwrap();
        let text = text(&[party("a", "Apache-2.0 OR MIT", folder.path())]).unwrap();
        assert!(text.contains("Copyright (c) Ada"), "{text}");
        assert!(text.contains("Permission is hereby granted, free of charge"), "{text}");
        let error = licences_of(&party("b", "Secret", folder.path())).unwrap_err();
        assert!(error.to_string().contains("b has no licence text"), "{error}");
    }

    #[test]
    fn every_package_in_the_app_and_in_the_service_is_named_with_a_licence() {
        for part in [Part::App, Part::Service] {
            let parties = dependencies::of(part).unwrap();
            let text = text(&parties).unwrap();
            for party in parties {
                let line = format!("{} {} ({})\n", party.name, party.version, party.license);
                assert!(text.contains(&line), "{line}");
            }
        }
    }
}
