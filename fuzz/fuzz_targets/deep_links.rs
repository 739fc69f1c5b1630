//! A link from a browser or another program: it opens a page, proposes a service or does nothing, and only the app's own scheme does anything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_desktop::deep_links::{SCHEME, command};

fuzz_target!(|link: &str| {
    if command(link).is_some() {
        let plain: String = link.chars().filter(|letter| !letter.is_ascii_control()).collect();
        let scheme = format!("{SCHEME}:");
        assert!(plain.trim_start().to_ascii_lowercase().starts_with(&scheme), "{link:?}");
    }
});
