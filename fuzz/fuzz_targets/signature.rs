//! `Stripe-Signature`: only the owner of the secret can sign, only this body, and only at this time.

#![no_main]

use arbitrary::Arbitrary;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use sha2::Sha256;
use tokenwell_fuzz::stripe::Signatures;

/// Unknown to the fuzzer.
const SECRET: &str = "whsec_unknown_to_the_fuzzer";
/// Seconds.
const TOLERANCE: u64 = 300;

#[derive(Debug, Arbitrary)]
struct Delivery<'a> {
    body: &'a [u8],
    /// A generated header.
    generated: Option<&'a str>,
    /// Text in the header beside a valid signature.
    before: &'a str,
    after: &'a str,
    signed_at: u32,
    late_s: i16,
    /// The index of the byte of the body that is changed, and the change.
    at: usize,
    by: u8,
    other_secret: &'a str,
}

fn signature(secret: &str, signed_at: u32, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    let mac = mac.chain_update(signed_at.to_string()).chain_update(".").chain_update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// HMAC pads short keys with zeros, so keys that differ only in trailing zeros are the same.
fn is_same_key(one: &str, other: &str) -> bool {
    one.trim_end_matches('\0') == other.trim_end_matches('\0')
}

fuzz_target!(|delivery: Delivery<'_>| {
    let Delivery { body, generated, before, after, signed_at, late_s, at, by, other_secret } = delivery;
    let now = Timestamp::from_second(i64::from(signed_at) + i64::from(late_s)).expect("the time is in range");
    let secrets = [SecretString::from(SECRET)];
    let accepts = |header: &str, body: &[u8]| {
        Signatures::read(Some(header), now).is_ok_and(|signatures| signatures.check(body, &secrets).is_ok())
    };

    assert!(Signatures::read(None, now).is_err());
    assert!(generated.is_none_or(|header| !accepts(header, body)), "forged: {generated:?}");

    let valid = signature(SECRET, signed_at, body);
    let in_time = u64::from(late_s.unsigned_abs()) <= TOLERANCE;
    assert_eq!(accepts(&format!("t={signed_at},v1={valid}"), body), in_time);
    assert!(!accepts(&format!("t={signed_at},v0={valid}"), body), "another scheme");
    assert!(!accepts(&format!("v1={valid}"), body), "the time is missing");

    // Other schemes and signatures in the header do not matter, unless they contain another time.
    let combined = format!("{before},t={signed_at},v1={valid},{after}");
    let names_time = |part: &str| part.split(',').any(|part| part.trim().starts_with("t="));
    if names_time(before) || names_time(after) {
        assert!(!accepts(&combined, body) || in_time);
    } else {
        assert_eq!(accepts(&combined, body), in_time, "{combined}");
    }

    let mut changed = body.to_vec();
    if by != 0
        && let Some(length) = std::num::NonZero::new(changed.len())
    {
        changed[at % length] ^= by;
        assert!(!accepts(&format!("t={signed_at},v1={valid}"), &changed), "another body");
    }
    if !is_same_key(other_secret, SECRET) {
        let foreign = signature(other_secret, signed_at, body);
        assert!(!accepts(&format!("t={signed_at},v1={foreign}"), body), "another secret");
    }
});
