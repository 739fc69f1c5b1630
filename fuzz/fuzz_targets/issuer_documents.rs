//! What an issuer publishes, as the service reads it: whatever is in a document, its lists and addresses can be read, and no key
//! in it is good for a signature that anybody could make.

#![no_main]

use jsonwebtoken::Algorithm;
use libfuzzer_sys::fuzz_target;
use tokenwell_fuzz::published::{Discovery, PublishedKeys, UserInfo};

const LISTS: [&str; 4] = [
    "scopes_supported",
    "response_types_supported",
    "code_challenge_methods_supported",
    "grant_types_supported",
];

fuzz_target!(|document: &[u8]| {
    if let Ok(discovery) = serde_json::from_slice::<Discovery>(document) {
        assert!(discovery.is_of(&discovery.issuer));
        for list in LISTS {
            assert!(discovery.list(list).into_iter().flatten().all(|word| word.len() <= document.len()));
        }
        for endpoint in ["authorization_endpoint", "token_endpoint"] {
            let _ = discovery.is_protected(endpoint);
        }
    }
    if let Ok(keys) = serde_json::from_slice::<PublishedKeys>(document) {
        for key in keys.usable().values() {
            let is_shared = |algorithm: &Algorithm| {
                matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
            };
            assert!(
                !key.algorithms.is_empty() && !key.algorithms.iter().any(is_shared),
                "{:?}",
                key.algorithms
            );
        }
    }
    let _ = serde_json::from_slice::<UserInfo>(document);
});
