//! The build profiles of the released programs.

#![expect(clippy::unwrap_used, reason = "a manifest that cannot be read is a failed test")]

use std::path::Path;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

fn profile(name: &str) -> toml::Table {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    manifest["profile"][name].as_table().unwrap().clone()
}

/// A panic in one request does not end the other requests.
#[test]
fn the_service_unwinds_so_that_a_panic_ends_one_request_and_not_the_process() {
    let service = profile("service");
    assert_eq!(service["inherits"].as_str(), Some("release"));
    assert_eq!(service["panic"].as_str(), Some("unwind"));
    assert_eq!(service["opt-level"].as_integer(), Some(3), "the app's profile is built for size");
    for file in ["xtask/src/bench.rs", "docs/operating.md", "CONTRIBUTING.md"] {
        assert!(!read(file).contains("target/release/tokenwell-server"), "{file} names another build");
    }
    assert!(read("xtask/src/bench.rs").contains("\"--profile=service\""));
}

/// A panic cannot unwind through the toolkit's callbacks, which are C.
#[test]
fn the_app_aborts_on_a_panic() {
    assert_eq!(profile("release")["panic"].as_str(), Some("abort"));
}
