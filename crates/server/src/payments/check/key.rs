//! The secret key: whether Stripe accepts it, and whether its mode fits the service's address.

use super::setup::StripeChecks;
use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::base::public_host::is_public;
use crate::payments::stripe::{KeyKind, KeyMode, List, StripeClient, StripeError, fields};
use serde_json::Value;
use url::Url;

/// Whether Stripe accepts the key.
pub async fn accepted(stripe: &StripeClient) -> Finding {
    let kind = if stripe.key_kind().is_restricted { "a restricted key" } else { "a secret key" };
    match stripe.get::<List<Value>>("/v1/prices", &fields!["limit" => 1]).await {
        // A key that lacks this permission is accepted, too.
        Ok(_) | Err(StripeError::Forbidden { .. }) => {
            Finding::fine(Checked::Key, format!("Stripe accepts --stripe-secret-key, {kind}"))
        }
        Err(error @ StripeError::Authentication(_)) => Finding::risk(
            Checked::Key,
            format!("payments are not granted: {}", Chain(&error)),
            "Give the service the key that Stripe's dashboard shows, and start it again",
        ),
        Err(error) => Finding::unknown(
            Checked::Key,
            format!("nothing at Stripe was checked: {}", Chain(&error)),
            "Check again when Stripe answers, and look at --stripe-api-base",
        ),
    }
}

/// Whether the mode fits the address.
pub fn mode(checks: &StripeChecks<'_>) -> Finding {
    let StripeChecks { stripe, public_url, test_clock, .. } = *checks;
    let Ok(address) = Url::parse(public_url) else {
        return Finding::unknown(
            Checked::Mode,
            format!("{public_url} is not an address"),
            "Correct --public-url",
        );
    };
    fits(stripe.key_kind(), &address, test_clock)
}

fn fits(key: KeyKind, address: &Url, test_clock: bool) -> Finding {
    let is_public = address.host().is_some_and(|host| is_public(&host));
    let shown = address.as_str().trim_end_matches('/');
    let risk = |what: String, remedy: &str| Finding::risk(Checked::Mode, what, remedy);
    match key.mode {
        KeyMode::Live if test_clock => risk(
            "the key moves real money while --test-clock stops the time of the token rules".to_owned(),
            "Start the service without --test-clock",
        ),
        KeyMode::Live if !is_public => risk(
            format!("the key moves real money, but buyers and events cannot reach {shown}"),
            "Give the address that browsers and Stripe reach as --public-url, or a key of test mode",
        ),
        KeyMode::Live if address.scheme() != "https" => risk(
            format!("the key moves real money, but buyers return to {shown} without encryption"),
            "Give an https address as --public-url",
        ),
        KeyMode::Live => Finding::fine(Checked::Mode, format!("live mode at {shown}")),
        KeyMode::Test if is_public => risk(
            format!(
                "the key is of test mode, so everybody who reaches {shown} can buy tokens with a test card"
            ),
            "Give the service a key of live mode, or an address that only testers reach",
        ),
        KeyMode::Test => Finding::fine(Checked::Mode, format!("test mode at {shown}")),
        KeyMode::Unknown => Finding::unknown(
            Checked::Mode,
            "the key does not say whether it is of live or test mode",
            "Give the service a key that starts with sk_live_, rk_live_, sk_test_ or rk_test_",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState;

    #[test]
    fn a_key_of_live_mode_needs_a_public_https_address_and_one_of_test_mode_needs_a_private_one() {
        use FindingState::{Fine, Risk, Unknown};
        let table = [
            ("rk_live_1", "https://tokens.example.com", false, Fine),
            ("rk_live_1", "https://tokens.example.com", true, Risk),
            ("rk_live_1", "http://tokens.example.com", false, Risk),
            ("sk_live_1", "http://127.0.0.1:8787", false, Risk),
            ("sk_live_1", "https://tokens.internal", false, Risk),
            ("sk_test_1", "http://127.0.0.1:8787", true, Fine),
            ("sk_test_1", "http://localhost:8787", false, Fine),
            ("sk_test_1", "http://tokens:8787", false, Fine),
            ("sk_test_1", "http://192.168.1.7", false, Fine),
            ("sk_test_1", "http://[fd00::7]", false, Fine),
            ("sk_test_1", "https://tokens.example.com", false, Risk),
            ("sk_test_1", "http://8.8.8.8", false, Risk),
            ("sk_1", "https://tokens.example.com", false, Unknown),
        ];
        for (key, address, test_clock, expected) in table {
            let found = fits(KeyKind::of(key), &Url::parse(address).unwrap(), test_clock);
            assert_eq!(found.state, expected, "{key} {address} {test_clock}: {found}");
        }
    }
}
