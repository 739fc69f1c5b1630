//! What can go wrong outside, as the shell reports it, and what a person is told about it.

use crate::{hosted_page::BadAddress, text::Texts, view::ProblemView};
use std::time::Duration;

/// Why something that the shell was asked to do did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum Failure {
    /// No connection: no network, no such host, refused, broken off.
    Offline,
    /// The service stops, and said when to come back: to a person, as good as no connection.
    Stopping(Option<Duration>),
    /// No answer in time.
    Timeout,
    /// The other side could not prove who it is.
    Certificate,
    /// By this computer's clock, the other side's certificate is too old or not valid yet.
    Clock,
    /// Something answered that does not speak the contract.
    NotAService,
    /// The service's contract is newer than this app.
    ServiceTooNew,
    /// The service's contract is older than this app.
    ServiceTooOld,
    /// 401: the access token is not accepted.
    Unauthorized,
    /// 410: the account was deleted (rule 18).
    AccountDeleted,
    /// Any other error answer.
    Response(ErrorResponse),
    /// The issuer no longer accepts the refresh token, or there is none.
    SessionEnded,
    /// The keyring waits for its owner to unlock it.
    KeyringLocked,
    /// The keyring is there but cannot be read.
    Keyring,
    /// The issuer sent the user back without signing in, or refused the code.
    SignInDenied,
    /// The user did not come back from the sign-in page.
    SignInTimeout,
    /// State, nonce or signature of the issuer's answer were wrong.
    SignInUnverified,
    /// The issuer cannot be reached or does not speak OpenID Connect.
    SignInUnavailable,
    /// No port for the way back from the browser.
    LocalPort,
    /// The system browser could not be started.
    Browser,
    /// The service named a page that its own description does not list.
    PageNotAllowed,
    /// The system did not let the app start at login, or stop to.
    StartAtLogin,
    /// The cache could not be written, and what depended on it was not done.
    CacheUnwritable,
    /// A file could not be written into the user's folder for downloads.
    FileUnwritable,
    /// The service's address is none, or not encrypted.
    Address(BadAddress),
}

/// An error answer of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The problem's code, if the body was one.
    pub code: Option<String>,
    /// The problem's words for a person, if the body had some.
    pub detail: Option<String>,
    /// When to try again at the earliest.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Whether the same request would be answered the same way again: the service refused it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Response(answer) => {
                (400..500).contains(&answer.status) && !matches!(answer.status, 408 | 425 | 429)
            }
            Self::PageNotAllowed | Self::CacheUnwritable => true,
            _ => false,
        }
    }

    /// When the service allows another try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Response(answer) => answer.retry_after,
            Self::Stopping(retry_after) => *retry_after,
            _ => None,
        }
    }

    /// The kind for programs and tests.
    pub fn code(&self) -> &str {
        match self {
            Self::Offline | Self::Stopping(_) => "offline",
            Self::Timeout => "timeout",
            Self::Certificate => "certificate",
            Self::Clock => "clock",
            Self::NotAService => "not_a_service",
            Self::ServiceTooNew => "service_too_new",
            Self::ServiceTooOld => "service_too_old",
            Self::Unauthorized => "unauthorized",
            Self::AccountDeleted => "account_deleted",
            Self::Response(ErrorResponse { code: Some(code), .. }) => code,
            Self::Response(ErrorResponse { status: 500.., .. }) => "service_error",
            Self::Response(_) => "refused",
            Self::SessionEnded => "session_ended",
            Self::KeyringLocked => "keyring_locked",
            Self::Keyring => "keyring",
            Self::SignInDenied => "sign_in_denied",
            Self::SignInTimeout => "sign_in_timeout",
            Self::SignInUnverified => "sign_in_unverified",
            Self::SignInUnavailable => "sign_in_unavailable",
            Self::LocalPort => "local_port",
            Self::Browser => "browser",
            Self::PageNotAllowed => "page_not_allowed",
            Self::StartAtLogin => "start_at_login",
            Self::CacheUnwritable => "cache_unwritable",
            Self::FileUnwritable => "file_unwritable",
            Self::Address(BadAddress::Malformed) => "bad_address",
            Self::Address(BadAddress::NotEncrypted) => "not_encrypted",
        }
    }

    /// What a person is told. The service's own words stand first: only it knows what happened there.
    pub fn problem(&self, texts: &Texts) -> ProblemView {
        let text = match self {
            Self::Response(ErrorResponse { detail: Some(detail), .. }) => detail.clone(),
            Self::Response(ErrorResponse { status, .. }) => {
                let id = if *status >= 500 { "problem-service_error" } else { "problem-refused" };
                texts.say_with(id, [("status", status.to_string())])
            }
            other => texts.say(&format!("problem-{}", other.code())),
        };
        ProblemView { code: self.code().to_owned(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use std::mem;
    use strum::EnumCount as _;

    fn answer(status: u16) -> Failure {
        Failure::Response(ErrorResponse { status, code: None, detail: None, retry_after: None })
    }

    #[test]
    fn every_failure_has_words_of_its_own() {
        use Failure as F;
        let texts = Texts::new("en", TimeZone::UTC);
        let all = [
            F::Offline,
            F::Timeout,
            F::Certificate,
            F::Clock,
            F::NotAService,
            F::ServiceTooNew,
            F::ServiceTooOld,
            F::Unauthorized,
            F::AccountDeleted,
            answer(400),
            answer(503),
            F::SessionEnded,
            F::KeyringLocked,
            F::Keyring,
            F::SignInDenied,
            F::SignInTimeout,
            F::SignInUnverified,
            F::SignInUnavailable,
            F::LocalPort,
            F::Browser,
            F::PageNotAllowed,
            F::StartAtLogin,
            F::CacheUnwritable,
            F::FileUnwritable,
            F::Address(BadAddress::Malformed),
            F::Address(BadAddress::NotEncrypted),
        ];
        let mut kinds: Vec<_> = all.iter().map(mem::discriminant).collect();
        kinds.dedup();
        let without_words_of_their_own = [F::Stopping(None)];
        assert_eq!(
            kinds.len() + without_words_of_their_own.len(),
            F::COUNT,
            "one of each kind, the same kinds side by side"
        );
        let mut said: Vec<_> = all.iter().map(|failure| failure.problem(&texts).text).collect();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), all.len());
    }

    #[test]
    fn the_services_own_words_are_shown_as_they_are() {
        let failure = Failure::Response(ErrorResponse {
            status: 403,
            code: Some("subscription_required".into()),
            detail: Some("Choose a plan first.".into()),
            retry_after: None,
        });
        let problem = failure.problem(&Texts::new("en", TimeZone::UTC));
        assert_eq!(
            (problem.code.as_str(), problem.text.as_str()),
            ("subscription_required", "Choose a plan first.")
        );
    }

    #[test]
    fn only_what_the_service_refused_is_not_tried_again() {
        for status in [400, 402, 403, 404, 409, 422] {
            assert!(answer(status).is_refusal(), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503] {
            assert!(!answer(status).is_refusal(), "{status}");
        }
        assert!(!Failure::Offline.is_refusal());
    }
}
