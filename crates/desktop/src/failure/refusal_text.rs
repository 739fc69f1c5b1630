//! The problems of the service in the user's language. The service words them for programmers too, and in English only.

use crate::text::Texts;
use tokenwell_wire::{Problem, Remedy};

/// The codes of problems that tell a user something. Each has a message of its own.
const MESSAGES: [&str; 18] = [
    "already_paid",
    "already_subscribed",
    "body_too_slow",
    "dispute_open",
    "internal_error",
    "invalid_quantity",
    "issuer_unreachable",
    "no_subscription",
    "not_found",
    "overloaded",
    "payment_provider_unavailable",
    "rate_limited",
    "subscription_required",
    "timed_out",
    "too_many_checkouts",
    "unavailable",
    "unknown_pack",
    "unknown_plan",
];

/// The codes that mean that this app sent something that the service does not understand.
const NOT_UNDERSTOOD: [&str; 9] = [
    "body_too_large",
    "confirmation_required",
    "idempotency_key_invalid",
    "idempotency_key_required",
    "idempotency_key_reused",
    "invalid_body",
    "invalid_parameter",
    "malformed_json",
    "method_not_allowed",
];

/// The text for a problem; `None` if this version does not know its code.
pub(super) fn of(problem: &Problem, texts: &Texts) -> Option<String> {
    let code = problem.code.as_str();
    if NOT_UNDERSTOOD.contains(&code) {
        return Some(texts.say("service-not_understood"));
    }
    if !MESSAGES.contains(&code) {
        return None;
    }
    Some(match (code, problem) {
        ("subscription_required", Problem { remedy: Some(Remedy::Resubscribe), .. }) => {
            texts.say("service-subscription_required-again")
        }
        // Stripe answered, but not as it should.
        ("payment_provider_unavailable", Problem { status: 502, .. }) => {
            texts.say("service-payment_provider_refused")
        }
        ("too_many_checkouts", Problem { open: Some(open), .. }) => {
            texts.say_with("service-too_many_checkouts-counted", [("open", open.to_string())])
        }
        _ => texts.say(&format!("service-{code}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::problem;
    use jiff::tz::TimeZone;
    use std::collections::BTreeSet;

    /// The codes of the service that only studios, operators and Stripe get, and those that end a session, which
    /// `src-tauri/src/response.rs` reads as failures of their own.
    const NOT_MET: [&str; 17] = [
        "account_claimed",
        "account_deleted",
        "already_resolved",
        "balance_too_large",
        "commit_exceeds_hold",
        "correction_below_zero",
        "expired_token",
        "fact_refused",
        "hold_ended",
        "insufficient_scope",
        "insufficient_tokens",
        "invalid_amount",
        "invalid_reason",
        "invalid_signature",
        "invalid_token",
        "invalid_ttl",
        "missing_token",
    ];

    fn german(problem: &Problem) -> Option<String> {
        of(problem, &Texts::new("de-DE", TimeZone::UTC))
    }

    #[test]
    fn every_problem_of_the_service_is_worded_in_the_app_or_never_met_by_it() {
        let table = include_str!("../../../server/src/http/problem.rs");
        let rows = table.split_once("problem_kinds! {\n").map(|(_, rows)| rows).unwrap_or_default();
        let codes: BTreeSet<&str> = rows.lines().filter_map(|row| row.split('"').nth(1)).collect();
        let worded = [&MESSAGES[..], &NOT_UNDERSTOOD, &NOT_MET].concat();
        assert_eq!(codes, worded.iter().copied().collect(), "in the service, in the app");
        assert_eq!(worded.len(), codes.len(), "each is in one list");
    }

    #[test]
    fn every_known_problem_has_a_german_text() {
        let texts: BTreeSet<_> = MESSAGES.iter().filter_map(|code| german(&problem(409, code))).collect();
        assert_eq!(texts.len(), MESSAGES.len(), "each has its own");
        for code in NOT_UNDERSTOOD {
            assert!(german(&problem(422, code)).is_some_and(|text| text.starts_with("Der Dienst")));
        }
    }

    #[test]
    fn a_text_has_what_the_problem_says() {
        let many = Problem { open: Some(10), ..problem(409, "too_many_checkouts") };
        assert!(german(&many).is_some_and(|text| text.starts_with("Zu viele Bezahlseiten sind offen: 10.")));
        let locked = Problem { remedy: Some(Remedy::Resubscribe), ..problem(403, "subscription_required") };
        assert!(german(&locked).is_some_and(|text| text.contains("entsperrt")));
        let refused = problem(502, "payment_provider_unavailable");
        assert!(german(&refused).is_some_and(|text| text.starts_with("Stripe hat das abgelehnt.")));
    }

    #[test]
    fn a_problem_of_a_newer_service_has_no_text() {
        assert_eq!(german(&problem(409, "not_understood")), None);
        assert_eq!(german(&problem(409, "subscription_required-again")), None);
    }
}
