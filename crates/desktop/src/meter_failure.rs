//! Why the figures of a platform could not be read, and the texts that explain it.

use crate::{text::Texts, view::ProblemView};
use std::time::Duration;
use tokenwell_meters::{BadKey, Outcome, Unreadable};

/// Why a key could not be saved, or a platform could not be read with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum MeterFailure {
    /// What was pasted is no key.
    BadKey(BadKey),
    /// There is no such platform, because its file is gone or has a mistake.
    UnknownPlatform,
    /// The platform's address is not the one any more that the key was saved for.
    OtherAddress,
    /// No connection.
    Offline,
    /// No answer in time.
    Timeout,
    /// The platform's certificate is not valid.
    Certificate,
    /// 401: the key is not accepted.
    Refused,
    /// 403: the key may not read the balance.
    Forbidden,
    /// 429: too many requests. The platform may have named a pause.
    TooMany(Option<Duration>),
    /// The platform answered with another address, to which no key is sent.
    Redirected,
    /// Any other status. The platform may have named a pause.
    Status(u16, Option<Duration>),
    /// The answer could not be read.
    Unreadable(Unreadable),
    /// The keyring is locked.
    KeyringLocked,
    /// There is no keyring, or it refuses the key.
    NoKeyring,
    /// The keyring has no such key.
    NoKey,
}

impl MeterFailure {
    /// A stable name for programs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadKey(BadKey::Empty) => "no_key_typed",
            Self::BadKey(BadKey::NotAKey) => "not_a_key",
            Self::UnknownPlatform => "unknown_platform",
            Self::OtherAddress => "other_address",
            Self::Offline => "platform_offline",
            Self::Timeout => "platform_timeout",
            Self::Certificate => "platform_certificate",
            Self::Refused => "key_refused",
            Self::Forbidden => "key_forbidden",
            Self::TooMany(_) => "platform_too_many",
            Self::Redirected => "platform_redirected",
            Self::Status(..) => "platform_status",
            Self::Unreadable(_) => "platform_unreadable",
            Self::KeyringLocked => "key_locked",
            Self::NoKeyring => "key_no_keyring",
            Self::NoKey => "key_gone",
        }
    }

    /// Whether the platform could not be reached.
    pub(crate) fn is_offline(&self) -> bool {
        matches!(self, Self::Offline | Self::Timeout)
    }

    /// What it means for the next request.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Refused => Outcome::Refused,
            Self::TooMany(pause) => Outcome::TooMany(*pause),
            Self::Status(_, pause) => Outcome::Failed(*pause),
            Self::KeyringLocked
            | Self::NoKeyring
            | Self::NoKey
            | Self::UnknownPlatform
            | Self::OtherAddress
            | Self::BadKey(_) => Outcome::NoKey,
            Self::Offline
            | Self::Timeout
            | Self::Certificate
            | Self::Forbidden
            | Self::Redirected
            | Self::Unreadable(_) => Outcome::Failed(None),
        }
    }

    /// The problem that the panel shows. `platform` is its name.
    pub(crate) fn problem(&self, platform: &str, texts: &Texts) -> ProblemView {
        let id = format!("problem-{}", self.code());
        let platform = ("platform", platform.to_owned());
        let text = match self {
            Self::Status(status, _) => texts.say_with(&id, [platform, ("status", status.to_string())]),
            Self::Unreadable(why) => texts.say_with(&id, [platform, ("why", why.to_string())]),
            _ => texts.say_with(&id, [platform]),
        };
        ProblemView { code: self.code().to_owned(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{settings::Language, testing::texts};
    use strum::EnumCount as _;
    use tokenwell_meters::Why;

    #[test]
    fn every_failure_has_its_own_text_in_both_languages() {
        use MeterFailure as F;
        let all = [
            F::BadKey(BadKey::Empty),
            F::BadKey(BadKey::NotAKey),
            F::UnknownPlatform,
            F::OtherAddress,
            F::Offline,
            F::Timeout,
            F::Certificate,
            F::Refused,
            F::Forbidden,
            F::TooMany(None),
            F::Redirected,
            F::Status(500, None),
            F::Unreadable(Why::NotJson.into()),
            F::KeyringLocked,
            F::NoKeyring,
            F::NoKey,
        ];
        assert_eq!(all.len(), F::COUNT + 1, "a bad key has two texts");
        for texts in [texts(), texts().in_language(Language::German)] {
            let mut shown: Vec<_> =
                all.iter().map(|failure| failure.problem("Runway", &texts).text).collect();
            shown.sort();
            shown.dedup();
            assert_eq!(shown.len(), all.len());
        }
    }
}
