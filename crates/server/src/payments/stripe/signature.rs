//! `Stripe-Signature`: proof that a webhook comes from Stripe, and was signed within the last minutes.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a signature's time may be from ours, in seconds.
const TOLERANCE_S: u64 = 300;

/// Why a webhook is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// There is no header, or it is not of the form `t=…,v1=…`.
    #[error("the signature is missing or is not of the form t=…,v1=…")]
    Missing,
    /// The time is too far from ours.
    #[error("the signature's time is more than {TOLERANCE_S} seconds away")]
    TooOld,
    /// None of the signatures fits.
    #[error("no signature fits")]
    Wrong,
}

/// Checks `header` against the raw body. Any `v1` signature under any of the secrets is accepted, because Stripe rotates
/// both. Other schemes are ignored. The comparison takes constant time.
///
/// # Errors
/// Which check failed.
pub fn check(
    header: Option<&str>,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), BadSignature> {
    let header = header.ok_or(BadSignature::Missing)?;
    let mut signed_at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", time)) => signed_at = Some(time),
            Some(("v1", signature)) => signatures.extend(hex::decode(signature)),
            _ => {}
        }
    }
    let signed_at = signed_at.ok_or(BadSignature::Missing)?;
    let seconds: i64 = signed_at.parse().map_err(|_| BadSignature::Missing)?;
    if signatures.is_empty() {
        return Err(BadSignature::Missing);
    }
    let fits = secrets.iter().any(|secret| {
        signatures.iter().any(|signature| {
            mac(secret, signed_at, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
        })
    });
    // The signature covers the time, so it is checked first.
    match (fits, now.as_second().abs_diff(seconds) > TOLERANCE_S) {
        (false, _) => Err(BadSignature::Wrong),
        (true, true) => Err(BadSignature::TooOld),
        (true, false) => Ok(()),
    }
}

fn mac(secret: &SecretString, signed_at: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn signed(text: &str, time: &str, body: &[u8]) -> String {
        hex::encode(mac(&secret(text), time, body).unwrap().finalize().into_bytes())
    }

    #[test]
    fn a_signature_by_any_of_the_secrets_is_accepted() {
        let header = format!("t=1000,v1={},v1={},v0=abc", "00".repeat(32), signed("new", "1000", BODY));
        assert_eq!(check(Some(&header), BODY, &[secret("old"), secret("new")], at(1000)), Ok(()));
        assert_eq!(check(Some(&header), BODY, &[secret("old")], at(1000)), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_body_that_was_tampered_with_is_refused() {
        let header = format!("t=1000,v1={}", signed("s", "1000", BODY));
        assert_eq!(
            check(Some(&header), br#"{"id":"evt_2"}"#, &[secret("s")], at(1000)),
            Err(BadSignature::Wrong)
        );
        let moved = header.replace("t=1000", "t=1001");
        assert_eq!(check(Some(&moved), BODY, &[secret("s")], at(1000)), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_time_over_300_seconds_away_is_refused() {
        let header = format!("t=1000,v1={}", signed("s", "1000", BODY));
        assert_eq!(check(Some(&header), BODY, &[secret("s")], at(1300)), Ok(()));
        assert_eq!(check(Some(&header), BODY, &[secret("s")], at(1301)), Err(BadSignature::TooOld));
        assert_eq!(check(Some(&header), BODY, &[secret("s")], at(699)), Err(BadSignature::TooOld));
    }

    #[test]
    fn only_the_scheme_v1_counts() {
        let header = format!("t=1000,v0={}", signed("s", "1000", BODY));
        assert_eq!(check(Some(&header), BODY, &[secret("s")], at(1000)), Err(BadSignature::Missing));
        for nonsense in
            [None, Some(""), Some("t=,v1="), Some("v1=aa"), Some("t=x,v1=aa"), Some("t=1000,v1=zz")]
        {
            assert_eq!(
                check(nonsense, BODY, &[secret("s")], at(1000)),
                Err(BadSignature::Missing),
                "{nonsense:?}"
            );
        }
    }
}
