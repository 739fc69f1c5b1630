//! Failures outside the core, as the shell reports them, and the texts that explain them to the user.

mod refusal_text;

use crate::{hosted_page::BadAddress, text::Texts, view::ProblemView};
use std::time::Duration;
use tokenwell_wire::{Problem, UnsupportedIssuer};

/// Why an operation of the shell failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum Failure {
    /// No connection: no network, unknown host, refused, or broken off.
    Offline,
    /// The service is shutting down and named a time to retry. The user is shown the text for no connection.
    Stopping(Option<Duration>),
    /// No response in time.
    Timeout,
    /// The other side's certificate is not valid.
    Certificate,
    /// The certificate has expired or is not valid yet, by this computer's clock.
    Clock,
    /// The response does not follow the HTTP contract.
    NotAService,
    /// The service's contract is newer than this app.
    ServiceTooNew,
    /// The service's contract is older than this app.
    ServiceTooOld,
    /// 401: the access token is not accepted.
    Unauthorized,
    /// 410: the account was deleted (rule 18).
    AccountDeleted,
    /// Any other error response.
    Response(ErrorResponse),
    /// The issuer no longer accepts the refresh token, or there is none.
    SessionEnded,
    /// The keyring is locked.
    KeyringLocked,
    /// No keyring responds now. One may later.
    KeyringUnavailable,
    /// The keyring exists but cannot be read.
    Keyring,
    /// The issuer denied the sign-in, or refused the code.
    SignInDenied,
    /// The user did not return from the sign-in page in time.
    SignInTimeout,
    /// The state, nonce or signature of the issuer's response was wrong.
    SignInUnverified,
    /// The issuer cannot be reached or does not speak OpenID Connect.
    SignInUnavailable,
    /// The app cannot sign in at the issuer, whatever is set.
    SignInUnsupported(UnsupportedIssuer),
    /// No port is free for the redirect from the browser.
    LocalPort,
    /// The system browser could not be started.
    Browser,
    /// The service named a page on a host that its own description does not list.
    PageNotAllowed,
    /// The system refused to change whether the app starts at login.
    StartAtLogin,
    /// The system did not grant the shortcut.
    Shortcut,
    /// The cache could not be written, and the operation that depends on it was not started.
    CacheUnwritable,
    /// A file could not be written to the downloads folder.
    FileUnwritable,
    /// The service's address is malformed or not encrypted.
    Address(BadAddress),
}

/// An error response of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body, if it is a problem.
    pub problem: Option<Box<Problem>>,
    /// When the service allows a retry.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Whether the service refused the request, so that a retry would get the same response.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Response(response) => {
                (400..500).contains(&response.status) && !matches!(response.status, 408 | 425 | 429)
            }
            Self::PageNotAllowed | Self::CacheUnwritable => true,
            _ => false,
        }
    }

    /// When the service allows a retry.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Response(response) => response.retry_after,
            Self::Stopping(retry_after) => *retry_after,
            _ => None,
        }
    }

    /// A stable name for programs and tests.
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
            Self::Response(ErrorResponse { problem: Some(problem), .. }) => &problem.code,
            Self::Response(ErrorResponse { status: 500.., .. }) => "service_error",
            Self::Response(_) => "refused",
            Self::SessionEnded => "session_ended",
            Self::KeyringLocked => "keyring_locked",
            Self::KeyringUnavailable => "keyring_unavailable",
            Self::Keyring => "keyring",
            Self::SignInDenied => "sign_in_denied",
            Self::SignInTimeout => "sign_in_timeout",
            Self::SignInUnverified => "sign_in_unverified",
            Self::SignInUnavailable => "sign_in_unavailable",
            Self::SignInUnsupported(_) => "sign_in_unsupported",
            Self::LocalPort => "local_port",
            Self::Browser => "browser",
            Self::PageNotAllowed => "page_not_allowed",
            Self::StartAtLogin => "start_at_login",
            Self::Shortcut => "shortcut",
            Self::CacheUnwritable => "cache_unwritable",
            Self::FileUnwritable => "file_unwritable",
            Self::Address(BadAddress::Malformed) => "bad_address",
            Self::Address(BadAddress::NotEncrypted) => "not_encrypted",
        }
    }

    /// The problem that the panel shows, in the user's language. The service's own text stands only for a problem that
    /// this version does not know.
    pub fn problem(&self, texts: &Texts) -> ProblemView {
        let text = match self {
            Self::Response(ErrorResponse { problem: Some(problem), .. }) => {
                refusal_text::of(problem, texts).unwrap_or_else(|| problem.detail.clone())
            }
            Self::Response(ErrorResponse { status, .. }) => {
                let id = if *status >= 500 { "problem-service_error" } else { "problem-refused" };
                texts.say_with(id, [("status", status.to_string())])
            }
            Self::SignInUnsupported(why) => {
                let lacks = texts.say(match why {
                    UnsupportedIssuer::LoopbackRedirect => "sign-in-lacks-loopback",
                    UnsupportedIssuer::Pkce => "sign-in-lacks-pkce",
                    UnsupportedIssuer::PublicClient => "sign-in-lacks-public-client",
                });
                texts.say_with("problem-sign_in_unsupported", [("lacks", lacks)])
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

    fn error_response(status: u16) -> Failure {
        Failure::Response(ErrorResponse { status, problem: None, retry_after: None })
    }

    #[test]
    fn every_failure_has_its_own_text() {
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
            error_response(400),
            error_response(503),
            F::SessionEnded,
            F::KeyringLocked,
            F::KeyringUnavailable,
            F::Keyring,
            F::SignInDenied,
            F::SignInTimeout,
            F::SignInUnverified,
            F::SignInUnavailable,
            F::SignInUnsupported(UnsupportedIssuer::LoopbackRedirect),
            F::SignInUnsupported(UnsupportedIssuer::Pkce),
            F::SignInUnsupported(UnsupportedIssuer::PublicClient),
            F::LocalPort,
            F::Browser,
            F::PageNotAllowed,
            F::StartAtLogin,
            F::Shortcut,
            F::CacheUnwritable,
            F::FileUnwritable,
            F::Address(BadAddress::Malformed),
            F::Address(BadAddress::NotEncrypted),
        ];
        let mut kinds: Vec<_> = all.iter().map(mem::discriminant).collect();
        kinds.dedup();
        let without_own_text = [F::Stopping(None)];
        assert_eq!(
            kinds.len() + without_own_text.len(),
            F::COUNT,
            "one failure of each kind, in the order of the kinds"
        );
        let mut texts_shown: Vec<_> = all.iter().map(|failure| failure.problem(&texts).text).collect();
        texts_shown.sort();
        texts_shown.dedup();
        assert_eq!(texts_shown.len(), all.len());
    }

    #[test]
    fn only_refusals_of_the_service_are_not_retried() {
        for status in [400, 402, 403, 404, 409, 422] {
            assert!(error_response(status).is_refusal(), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503] {
            assert!(!error_response(status).is_refusal(), "{status}");
        }
        assert!(!Failure::Offline.is_refusal());
    }
}
