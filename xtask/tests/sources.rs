//! The rules for every hand-written source file.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 500;

/// Files that may be longer, with the reason.
const LONGER: [(&str, &str); 1] =
    [("crates/desktop/src/app.rs", "the state machine is read as one table of events")];

/// Generated files.
const GENERATED: [&str; 2] = ["clients/typescript/src/schema.ts", "ui/src/lib/bindings.ts"];

const EXTENSIONS: [&str; 7] = ["css", "js", "mjs", "rs", "sh", "svelte", "ts"];
const SKIPPED: [&str; 7] = [".git", "dist", "gen", "icons", "node_modules", "target", "vendor"];

/// The repository's source files by their path in it, with their text.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() && !SKIPPED.contains(&&*name) {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
            {
                let in_repository = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                sources.insert(in_repository, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(sources.len() > 300, "only {} files were read", sources.len());
    sources
}

#[test]
fn no_hand_written_source_file_is_longer_than_500_lines() {
    let may_be_longer = |path: &str| {
        GENERATED.contains(&path)
            || LONGER.iter().any(|(longer, reason)| *longer == path && !reason.is_empty())
    };
    let sources = sources();
    let lengths = sources.iter().map(|(path, text)| (path, text.lines().count()));
    let too_long: Vec<String> = lengths
        .filter(|(path, lines)| *lines > LINES_MAX && !may_be_longer(path))
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(too_long.is_empty(), "split these files: {too_long:#?}");
}

#[test]
fn every_exception_from_the_length_is_needed() {
    let sources = sources();
    for (path, _) in LONGER {
        let lines = sources.get(path).map_or(0, |text| text.lines().count());
        assert!(lines > LINES_MAX, "{path} has {lines} lines and needs no exception");
    }
}

/// The tiers do not run rustdoc, so an example in a comment would never run.
#[test]
fn no_documentation_comment_contains_code_examples() {
    let sources = sources();
    let fence = |line: &str| {
        let line = line.trim_start();
        line.starts_with("/// ```") || line.starts_with("//! ```")
    };
    let with_code: Vec<&String> =
        sources.iter().filter(|(_, text)| text.lines().any(fence)).map(|(path, _)| path).collect();
    assert!(with_code.is_empty(), "make these examples tests: {with_code:?}");
}
