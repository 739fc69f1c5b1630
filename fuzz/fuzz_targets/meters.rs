//! The answers of platforms and the files of declared ones: nothing makes reading fail otherwise than with an error, and what is
//! read is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_meters::{Catalogue, Meter, Platform};

fuzz_target!(|bytes: &[u8]| {
    for platform in Catalogue::with([]).platforms() {
        if let Ok(meters) = platform.read(bytes) {
            let written = serde_json::to_string(&meters).expect("meters can be written");
            assert_eq!(serde_json::from_str::<Vec<Meter>>(&written).ok(), Some(meters), "{written}");
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (file, answer) = text.split_once("\n---\n").unwrap_or((text, "{}"));
    if let Ok(platform) = Platform::declared(file) {
        assert!(platform.origin().starts_with("https://") || platform.address().scheme() == "http", "{file}");
        let _ = platform.read(answer.as_bytes());
    }
});
