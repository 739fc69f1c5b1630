//! The webhook endpoint and the signature that it checks.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Where events are posted and what they are signed with.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address.
    pub url: Url,
    /// The signing secret.
    pub secret: SecretString,
}

impl Endpoint {
    /// The `Stripe-Signature` header for a body that is sent at `now`.
    pub fn signature(&self, now: Timestamp, body: &[u8]) -> String {
        let t = now.as_second();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes()) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(format!("{t}.").as_bytes());
        mac.update(body);
        format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_time_and_body_under_the_secret() {
        let endpoint =
            Endpoint { url: Url::parse("http://localhost/").unwrap(), secret: "whsec_test".into() };
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let expected = {
            let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_test").unwrap();
            mac.update(b"1800000000.{}");
            hex::encode(mac.finalize().into_bytes())
        };
        assert_eq!(endpoint.signature(now, b"{}"), format!("t=1800000000,v1={expected}"));
    }
}
