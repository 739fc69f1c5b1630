//! A token whose signature was checked, or not yet: no header or claim makes the reader panic, and no token is both ended and
//! accepted, or for another audience.

#![no_main]

use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokenwell_fuzz::claims::{AHEAD_MAX, Claims, email, has_expired, instant, is_for_us, not_ahead, subject};
use tokenwell_fuzz::oidc::{OidcSettings, SignInToken};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn check(claims: &Claims) {
    let access = OidcSettings::of_issuer("https://id.example");
    let id = OidcSettings { token: SignInToken::Id, ..access.clone() };
    let text = Value::Object(claims.clone()).to_string();
    for oidc in [&access, &id] {
        let names = if oidc.token == SignInToken::Id { &oidc.client_id } else { &oidc.audience };
        assert!(!is_for_us(claims, oidc) || text.contains(names.as_str()), "{text}");
    }
    if let Some(end) = instant(claims, "exp") {
        let late = NOW.duration_since(end);
        assert_eq!(has_expired(claims, NOW), late > SignedDuration::from_secs(5), "{text}");
    }
    if not_ahead(claims, NOW).is_ok() {
        for claim in ["nbf", "iat"] {
            assert!(instant(claims, claim).is_none_or(|at| at.duration_since(NOW) <= AHEAD_MAX), "{text}");
        }
    }
    assert!(subject(claims, "sub").is_none_or(|subject| !subject.is_empty()));
    let address = claims.get("email").and_then(Value::as_str);
    if let Some(email) = email(address, claims.get("email_verified")) {
        assert!(!email.address.is_empty() && !email.address.contains('\0'));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let _ = jsonwebtoken::decode_header(bytes);
    if let Ok(claims) = jsonwebtoken::dangerous::insecure_decode_claims::<Claims>(bytes) {
        check(&claims);
    }
    if let Ok(claims) = serde_json::from_slice::<Claims>(bytes) {
        check(&claims);
    }
});
