//! `Stripe-Signature`: proof that a webhook comes from Stripe, and was signed within the last minutes.
//!
//! Everybody can send a webhook, so what a stranger can cause is bounded: the header is checked before the body is read, and
//! the body is hashed once for each secret, however many signatures the header has.

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a signature's time may be from ours, in seconds.
const TOLERANCE_S: u64 = 300;
/// The most signatures in a header. Stripe sends one for each secret of the endpoint, at most two.
const SIGNATURES_MAX: usize = 10;

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

type HmacSha256 = Hmac<Sha256>;
type Signature = CtOutput<HmacSha256>;

/// The signatures of a header, which may be anybody's until [`Signatures::check`].
pub struct Signatures {
    signed_at: String,
    signatures: Vec<Signature>,
}

impl Signatures {
    /// Reads a header whose time is close to ours. Schemes other than `v1` are ignored.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(header: Option<&str>, now: Timestamp) -> Result<Self, BadSignature> {
        let mut signed_at = None;
        let mut signatures = Vec::new();
        for part in header.ok_or(BadSignature::Missing)?.split(',') {
            match part.trim().split_once('=') {
                Some(("t", time)) => signed_at = Some(time),
                Some(("v1", hex)) => signatures.extend(signature(hex)),
                _ => {}
            }
            if signatures.len() > SIGNATURES_MAX {
                return Err(BadSignature::Missing);
            }
        }
        let signed_at = signed_at.ok_or(BadSignature::Missing)?;
        let seconds: i64 = signed_at.parse().map_err(|_| BadSignature::Missing)?;
        if signatures.is_empty() {
            return Err(BadSignature::Missing);
        }
        if now.as_second().abs_diff(seconds) > TOLERANCE_S {
            return Err(BadSignature::TooOld);
        }
        Ok(Self { signed_at: signed_at.to_owned(), signatures })
    }

    /// Checks them against the raw body. Any signature under any of the secrets is accepted, because Stripe rotates both.
    /// Signatures are compared in constant time.
    ///
    /// # Errors
    /// [`BadSignature::Wrong`].
    pub fn check(&self, body: &[u8], secrets: &[SecretString]) -> Result<(), BadSignature> {
        self.check_by(secrets, |secret| sign(secret, &self.signed_at, body))
    }

    /// Signs once with each secret.
    fn check_by(
        &self,
        secrets: &[SecretString],
        mut sign: impl FnMut(&SecretString) -> Option<Signature>,
    ) -> Result<(), BadSignature> {
        let fits = secrets.iter().filter_map(&mut sign).any(|own| self.signatures.contains(&own));
        if fits { Ok(()) } else { Err(BadSignature::Wrong) }
    }
}

/// A signature of 64 hexadecimal digits.
fn signature(digits: &str) -> Option<Signature> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(Signature::new(bytes.into()))
}

fn sign(secret: &SecretString, signed_at: &str, body: &[u8]) -> Option<Signature> {
    let mut mac = HmacSha256::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac.finalize())
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
        hex::encode(sign(&secret(text), time, body).unwrap().into_bytes())
    }

    fn check(header: &str, body: &[u8], secrets: &[SecretString], now: i64) -> Result<(), BadSignature> {
        Signatures::read(Some(header), at(now))?.check(body, secrets)
    }

    #[test]
    fn a_signature_by_any_of_the_secrets_is_accepted() {
        let header = format!("t=1000,v1={},v1={},v0=abc", "00".repeat(32), signed("new", "1000", BODY));
        assert_eq!(check(&header, BODY, &[secret("old"), secret("new")], 1000), Ok(()));
        assert_eq!(check(&header, BODY, &[secret("old")], 1000), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_body_that_was_tampered_with_is_refused() {
        let header = format!("t=1000,v1={}", signed("s", "1000", BODY));
        let changed = br#"{"id":"evt_2"}"#;
        assert_eq!(check(&header, changed, &[secret("s")], 1000), Err(BadSignature::Wrong));
        let moved = header.replace("t=1000", "t=1001");
        assert_eq!(check(&moved, BODY, &[secret("s")], 1000), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_time_over_300_seconds_away_is_refused() {
        let header = format!("t=1000,v1={}", signed("s", "1000", BODY));
        for (now, expected) in [
            (1300, Ok(())),
            (1301, Err(BadSignature::TooOld)),
            (700, Ok(())),
            (699, Err(BadSignature::TooOld)),
        ] {
            assert_eq!(check(&header, BODY, &[secret("s")], now), expected, "{now}");
        }
    }

    #[test]
    fn a_header_that_stripe_would_not_send_is_refused_before_the_body_is_known() {
        let zeros = "00".repeat(32);
        let eleven = format!("t=1000{}", format!(",v1={zeros}").repeat(SIGNATURES_MAX + 1));
        let empty = format!("t=1000{}", ",v1=".repeat(2000));
        let v0 = format!("t=1000,v0={zeros}");
        let (short, long) = (format!("t=1000,v1={}", &zeros[2..]), format!("t=1000,v1={zeros}00"));
        for header in
            ["", "t=,v1=", "v1=aa", "t=x,v1=aa", "t=1000,v1=zz", &eleven, &empty, &v0, &short, &long]
        {
            let refused = Signatures::read(Some(header), at(1000)).err();
            assert_eq!(refused, Some(BadSignature::Missing), "{header}");
        }
        assert_eq!(Signatures::read(None, at(1000)).err(), Some(BadSignature::Missing));
        for header in
            [format!("t=1000;v1={zeros}"), format!("T=1000,V1={zeros}"), format!("t=1e3,v1={zeros}")]
        {
            assert_eq!(
                Signatures::read(Some(&header), at(1000)).err(),
                Some(BadSignature::Missing),
                "{header}"
            );
        }
        for time in ["2000", "-9223372036854775808", "9223372036854775807", "700,t=1301"] {
            let refused = Signatures::read(Some(&format!("t={time},v1={zeros}")), at(1000)).err();
            assert_eq!(refused, Some(BadSignature::TooOld), "{time}");
        }
    }

    #[test]
    fn the_body_is_hashed_once_for_each_secret_whatever_the_header_contains() {
        let ten = format!("t=1000{}", format!(",v1={}", "00".repeat(32)).repeat(SIGNATURES_MAX));
        let signatures = Signatures::read(Some(&ten), at(1000)).unwrap();
        let mut hashed = 0;
        let refused = signatures.check_by(&[secret("old"), secret("new")], |secret| {
            hashed += 1;
            sign(secret, "1000", BODY)
        });
        assert_eq!((refused, hashed), (Err(BadSignature::Wrong), 2));
    }
}
