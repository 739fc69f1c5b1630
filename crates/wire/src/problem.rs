//! Errors as `application/problem+json` (RFC 9457).

use crate::Tokens;
use serde::{Deserialize, Serialize};

/// An error answer of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words, the same at every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do, in words for a person.
    pub detail: String,
    /// The kind for programs, such as `insufficient_tokens` or `subscription_required`.
    pub code: String,
    /// What a refused spend asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Tokens>,
    /// What a spend could have used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spendable: Option<Tokens>,
    /// Top-up tokens that are there but locked or frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<Tokens>,
    /// The one thing that would help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

impl Problem {
    /// More than any problem of the service has, in bytes.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// Reads the body of an error answer; `None` if it is no problem, or too long to be one.
    pub fn read(body: &[u8]) -> Option<Self> {
        if body.len() > Self::BYTES_MAX { None } else { serde_json::from_slice(body).ok() }
    }
}

/// What would make a refused spend possible (rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Free plan, nothing locked: choose a plan.
    Upgrade,
    /// Not entitled, something locked: choose a plan again.
    Resubscribe,
    /// Entitled: buy a pack.
    AddTokens,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_and_what_is_none_or_too_long_is_not() {
        let of_length = |length: usize| {
            let start = r#"{"type":"about:blank","title":"No","status":500,"code":"internal","detail":""#;
            format!(r#"{start}{}"}}"#, "x".repeat(length - start.len() - 2))
        };
        let read = Problem::read(of_length(Problem::BYTES_MAX).as_bytes());
        assert_eq!(read.map(|problem| problem.code).as_deref(), Some("internal"));
        assert_eq!(Problem::read(of_length(Problem::BYTES_MAX + 1).as_bytes()), None);
        assert_eq!(Problem::read(b"<h1>502 Bad Gateway</h1>"), None);
    }
}
