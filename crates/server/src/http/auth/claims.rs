//! What the claims of a signed token have to say.

use super::oidc::{OidcSettings, SignInToken};
use crate::store::Email;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// How far ahead of ours the issuer's clock may be.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(60);
/// How long a token is accepted after its end, in seconds.
pub const EXPIRY_LEEWAY_S: u64 = 5;

/// The instant in a claim such as `exp`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds since 1970; `Timestamp` refuses values out of range"
)]
pub fn instant(claims: &Claims, claim: &str) -> Option<Timestamp> {
    Timestamp::from_second(claims.get(claim)?.as_f64()?.floor() as i64).ok()
}

/// Whether the token has ended, as it says itself.
pub fn has_expired(claims: &Claims, now: Timestamp) -> bool {
    let leeway = SignedDuration::from_secs(EXPIRY_LEEWAY_S.cast_signed());
    instant(claims, "exp").is_some_and(|end| now.duration_since(end) > leeway)
}

/// Fails if the issuer's clock gave the token times that are too far ahead, with what is wrong.
pub fn not_ahead(claims: &Claims, now: Timestamp) -> Result<(), &'static str> {
    let is_ahead = |claim| instant(claims, claim).is_some_and(|at| at.duration_since(now) > AHEAD_MAX);
    match ["nbf", "iat"].map(is_ahead) {
        [true, _] => Err("The access token is not valid yet."),
        [_, true] => Err("The access token was issued in the future."),
        [false, false] => Ok(()),
    }
}

/// Whether the token is meant for this service.
pub fn is_for_us(claims: &Claims, oidc: &OidcSettings) -> bool {
    let names = |claim: &str, name: &str| match claims.get(claim) {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|one| one == name),
        _ => false,
    };
    match oidc.token {
        SignInToken::Access => names(&oidc.audience_claim, &oidc.audience),
        // The party that the ID token was issued to, if it is named, has to be the app, too.
        SignInToken::Id => {
            let is_ours = |party: &Value| party.is_null() || *party == oidc.client_id;
            names("aud", &oidc.client_id) && claims.get("azp").is_none_or(is_ours)
        }
    }
}

/// The user's id at the issuer.
pub fn subject(claims: &Claims, claim: &str) -> Option<String> {
    claims.get(claim)?.as_str().filter(|subject| !subject.is_empty()).map(str::to_owned)
}

/// The longest e-mail address that can be sent to, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// The e-mail address in a token or in the userinfo, if it can be one. Some issuers write `"true"` as text.
pub fn email(address: Option<&str>, verified: Option<&Value>) -> Option<Email> {
    let fits = |address: &&str| {
        (1..=EMAIL_BYTES_MAX).contains(&address.len()) && !address.chars().any(char::is_control)
    };
    let address = address.filter(fits)?.to_owned();
    let is_verified = verified.is_some_and(|verified| *verified == true || *verified == "true");
    Some(Email { address, is_verified })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn at(claim: &str, offset_s: i64) -> Claims {
        let Value::Object(claims) = json!({ claim: NOW.as_second() + offset_s }) else { unreachable!() };
        claims
    }

    #[test]
    fn a_token_ends_five_seconds_late_and_may_begin_or_be_issued_a_minute_ahead() {
        assert!(!has_expired(&at("exp", -5), NOW) && has_expired(&at("exp", -6), NOW));
        for claim in ["nbf", "iat"] {
            assert!(not_ahead(&at(claim, 60), NOW).is_ok(), "{claim}");
            assert!(not_ahead(&at(claim, 61), NOW).is_err(), "{claim}");
        }
    }

    #[test]
    fn times_that_no_clock_shows_are_no_times() {
        for odd in [json!(1e300), json!(-1e300), json!("1800000000"), json!(null), json!([])] {
            let Value::Object(claims) = json!({ "exp": odd }) else { unreachable!() };
            assert_eq!(instant(&claims, "exp"), None, "{claims:?}");
        }
    }
}
