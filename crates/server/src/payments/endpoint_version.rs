//! The API version that the webhook endpoint's events are rendered in. Events are only hints, so an older version does no
//! harm until Stripe ends it; the operator is warned once a day.

use super::stripe::API_VERSION;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::{Mutex, PoisonError};

/// Notes the versions of delivered events.
#[derive(Debug, Default)]
pub struct EndpointVersion(Mutex<Option<Date>>);

impl EndpointVersion {
    /// Warns about an event in a version before this program's, once a day.
    pub fn note(&self, version: Option<&str>, now: Timestamp) {
        if let Some(version) = version
            && self.is_to_be_told(version, now)
        {
            tracing::warn!(
                version,
                expected = API_VERSION,
                "the webhook endpoint has an older API version; make a new one at Stripe with the expected version"
            );
        }
    }

    /// Whether a version is older and nothing was said about it today.
    fn is_to_be_told(&self, version: &str, now: Timestamp) -> bool {
        let is_older = match (date(version), date(API_VERSION)) {
            (Some(version), Some(own)) => version < own,
            _ => false,
        };
        if !is_older {
            return false;
        }
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.replace(today) != Some(today)
    }
}

/// The date that a version begins with, as in `2026-09-30.endive`.
fn date(version: &str) -> Option<Date> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn an_older_version_is_told_once_a_day() {
        let noon: Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
        let endpoint = EndpointVersion::default();
        let told =
            |version: &str, hours| endpoint.is_to_be_told(version, noon + SignedDuration::from_hours(hours));
        for not_older in [API_VERSION, "2027-01-01.next", "soon", ""] {
            assert!(!told(not_older, 0), "{not_older}");
        }
        assert!(told("2025-02-24.acacia", 0));
        assert!(!told("2025-02-24.acacia", 11));
        assert!(!told("2022-08-01", 11), "one line a day, whatever the endpoint");
        assert!(told("2022-08-01", 12));
    }
}
