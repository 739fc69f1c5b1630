//! Every defence in `docs/threat-model.md` names a test, or a file of tests, that exists.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use std::path::{Path, PathBuf};

/// Every Rust file of the crates, the app and the stories.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders = ["crates", "src-tauri/src", "tests/stories"].map(|folder| root.join(folder)).to_vec();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The names in the last column of the table of attacks.
fn named(page: &str) -> Vec<&str> {
    let (_, section) = page.split_once("\n## Attacks and defences\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let checks = rows.map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap());
    checks
        .flat_map(|checks| {
            let names = checks.split('`').skip(1).step_by(2);
            assert!(names.clone().next().is_some(), "no test in: {checks}");
            names
        })
        .collect()
}

#[test]
fn every_defence_in_the_threat_model_names_a_test_that_exists() {
    let page = include_str!("../../docs/threat-model.md");
    let files = sources();
    let tests: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let names = named(page);
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let exists = if Path::new(name).extension().is_some() {
            files.iter().any(|file| file.ends_with(Path::new("tests/service").join(name)))
        } else {
            tests.iter().any(|text| text.contains(&format!("fn {name}(")))
        };
        assert!(exists, "`{name}` does not exist");
    }
}
