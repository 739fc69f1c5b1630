//! API versions: the one that objects have the shape of, and those that the account and the webhook endpoint are set to.

use super::table::{Kind, Records};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// The API version that stored objects have the shape of.
pub const API_VERSION: &str = "2026-09-30.endive";

/// Before this version, an invoice named its subscription at `subscription`.
pub const BASIL: Date = date(2025, 3, 31);
/// Before this version, refunds of charges had no `refund.…` events.
pub const REFUND_EVENTS: Date = date(2024, 10, 28);
/// Before this version, a charge included its refunds.
pub const CHARGES_WITHOUT_REFUNDS: Date = date(2022, 11, 15);

/// A version of Stripe's API, such as `2025-02-24.acacia`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiVersion {
    text: String,
    date: Date,
}

/// The text is not a version.
#[derive(Debug, thiserror::Error)]
#[error(
    "Invalid Stripe API version: {0}. A version is a date, since 2024-09-30 followed by a dot and a name."
)]
pub struct InvalidApiVersion(String);

impl ApiVersion {
    /// The version that stored objects have the shape of.
    pub fn current() -> Self {
        match Self::try_from(API_VERSION.to_owned()) {
            Ok(version) => version,
            Err(error) => unreachable!("{error}"),
        }
    }

    /// Whether it is older than the version of this date.
    pub fn is_before(&self, date: Date) -> bool {
        self.date < date
    }
}

impl TryFrom<String> for ApiVersion {
    type Error = InvalidApiVersion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let day = text.split('.').next().unwrap_or_default();
        match day.parse() {
            Ok(date) if day.len() == 10 => Ok(Self { text, date }),
            _ => Err(InvalidApiVersion(text)),
        }
    }
}

impl From<ApiVersion> for String {
    fn from(version: ApiVersion) -> Self {
        version.text
    }
}

impl Display for ApiVersion {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The API versions that are set; the sandbox's own if none is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiVersions {
    /// The account's default: events in the list are rendered in it, and responses to calls that name no version.
    pub account: Option<ApiVersion>,
    /// The webhook endpoint's: events are delivered in it. The account's default if there is none.
    pub endpoint: Option<ApiVersion>,
}

impl ApiVersions {
    const KIND: Kind = "api_versions";

    /// The versions that are set.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "set").unwrap_or_default()
    }

    /// Sets the versions.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "set", self);
    }

    /// The account's default.
    pub fn of_account(&self) -> ApiVersion {
        self.account.clone().unwrap_or_else(ApiVersion::current)
    }

    /// The version of delivered events.
    pub fn of_endpoint(&self) -> ApiVersion {
        self.endpoint.clone().unwrap_or_else(|| self.of_account())
    }
}

/// Whether a version has events of this type about refunds of charges.
pub fn has_event(version: &ApiVersion, event_type: &str) -> bool {
    !(event_type.starts_with("refund.") && version.is_before(REFUND_EVENTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_that_may_have_a_name() {
        for valid in ["2026-09-30.endive", "2025-02-24.acacia", "2022-11-15"] {
            assert_eq!(ApiVersion::try_from(valid.to_owned()).unwrap().to_string(), valid);
        }
        for invalid in ["", "endive", "2026-13-01", "20260930", "2026-09-30T00:00.x"] {
            assert!(ApiVersion::try_from(invalid.to_owned()).is_err(), "{invalid}");
        }
        assert!(ApiVersion::try_from("2025-02-24.acacia".to_owned()).unwrap().is_before(BASIL));
        assert!(!ApiVersion::current().is_before(BASIL));
    }
}
