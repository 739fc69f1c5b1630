//! Errors as `application/problem+json` (RFC 9457).

use crate::Tokens;
use serde::{Deserialize, Serialize};

/// An error response of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words. It is the same at every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do, in words for users.
    pub detail: String,
    /// The kind for programs, such as `insufficient_tokens` or `subscription_required`.
    pub code: String,
    /// The amount of the refused spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Tokens>,
    /// What a spend could use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spendable: Option<Tokens>,
    /// Top-up tokens that are locked or frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<Tokens>,
    /// How many checkouts are open, if they are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u32>,
    /// What would make the request possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

impl Problem {
    /// The maximum size of a problem in bytes. The service's problems are smaller.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// Parses the body of an error response. `None` if it is not a problem, or longer than [`BYTES_MAX`](Self::BYTES_MAX).
    pub fn read(body: &[u8]) -> Option<Self> {
        if body.len() > Self::BYTES_MAX { None } else { serde_json::from_slice(body).ok() }
    }
}

/// What would make a refused spend or purchase possible (rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Choose a plan: the account is not entitled and has no locked tokens.
    Upgrade,
    /// Choose a plan again: the account is not entitled and has locked tokens.
    Resubscribe,
    /// Buy a pack: the account is entitled.
    AddTokens,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_parsed_unless_it_is_malformed_or_too_long() {
        let with_length = |length: usize| {
            let start = r#"{"type":"about:blank","title":"No","status":500,"code":"internal","detail":""#;
            format!(r#"{start}{}"}}"#, "x".repeat(length - start.len() - 2))
        };
        let problem = Problem::read(with_length(Problem::BYTES_MAX).as_bytes());
        assert_eq!(problem.map(|problem| problem.code).as_deref(), Some("internal"));
        assert_eq!(Problem::read(with_length(Problem::BYTES_MAX + 1).as_bytes()), None);
        assert_eq!(Problem::read(b"<h1>502 Bad Gateway</h1>"), None);
    }
}
