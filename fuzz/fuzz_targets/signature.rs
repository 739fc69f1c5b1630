//! `Stripe-Signature`: only who has the secret can sign, only this body, only now.

#![no_main]

use arbitrary::Arbitrary;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use sha2::Sha256;
use tokenwell_fuzz::stripe::check_signature;

/// What the fuzzer does not know.
const SECRET: &str = "whsec_that_nobody_guesses";
/// In seconds.
const TOLERANCE: u64 = 300;

#[derive(Debug, Arbitrary)]
struct Delivery<'a> {
    body: &'a [u8],
    /// A header that was made up.
    made_up: Option<&'a str>,
    /// What stands in the header beside a true signature.
    before: &'a str,
    after: &'a str,
    signed_at: u32,
    late_s: i16,
    /// Which byte of the body is changed, and how.
    at: usize,
    by: u8,
    other_secret: &'a str,
}

fn signature(secret: &str, signed_at: u32, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    let mac = mac.chain_update(signed_at.to_string()).chain_update(".").chain_update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// HMAC fills a short key up with zeros, so these two are one.
fn is_same_key(one: &str, other: &str) -> bool {
    one.trim_end_matches('\0') == other.trim_end_matches('\0')
}

fuzz_target!(|delivery: Delivery<'_>| {
    let Delivery { body, made_up, before, after, signed_at, late_s, at, by, other_secret } = delivery;
    let now = Timestamp::from_second(i64::from(signed_at) + i64::from(late_s)).expect("it is in range");
    let secrets = [SecretString::from(SECRET)];
    let believed = |header: &str, body: &[u8]| check_signature(Some(header), body, &secrets, now).is_ok();

    assert!(check_signature(None, body, &secrets, now).is_err());
    assert!(made_up.is_none_or(|header| !believed(header, body)), "forged: {made_up:?}");

    let true_one = signature(SECRET, signed_at, body);
    let in_time = u64::from(late_s.unsigned_abs()) <= TOLERANCE;
    assert_eq!(believed(&format!("t={signed_at},v1={true_one}"), body), in_time);
    assert!(!believed(&format!("t={signed_at},v0={true_one}"), body), "another scheme");
    assert!(!believed(&format!("v1={true_one}"), body), "no time");

    // Other schemes and other signatures beside it do not matter, unless they name another time.
    let crowded = format!("{before},t={signed_at},v1={true_one},{after}");
    let names_time = |part: &str| part.split(',').any(|part| part.trim().starts_with("t="));
    if names_time(before) || names_time(after) {
        assert!(!believed(&crowded, body) || in_time);
    } else {
        assert_eq!(believed(&crowded, body), in_time, "{crowded}");
    }

    let mut changed = body.to_vec();
    if by != 0
        && let Some(length) = std::num::NonZero::new(changed.len())
    {
        changed[at % length] ^= by;
        assert!(!believed(&format!("t={signed_at},v1={true_one}"), &changed), "another body");
    }
    if !is_same_key(other_secret, SECRET) {
        let of_another = signature(other_secret, signed_at, body);
        assert!(!believed(&format!("t={signed_at},v1={of_another}"), body), "another secret");
    }
});
