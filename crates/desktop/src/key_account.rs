//! Accounts of platforms that do not run Tokenwell, which report a balance by API key. The key itself is in the keyring.

use crate::account_key::AccountKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokenwell_meters::{Amount, Meter, shown};

/// An account that is read with an API key, and what its platform reported last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAccount {
    /// The origin that the key was saved for, such as `https://cloud.leonardo.ai`. The key is sent to no other.
    pub service: String,
    /// A random id.
    pub id: String,
    /// The platform's id.
    pub platform: String,
    /// The platform's name, with a number if there are several keys of it.
    pub name: String,
    /// Whether the platform has refused the key.
    pub refused: bool,
    /// The user's own alert thresholds, by the ids of the meters.
    #[serde(default)]
    pub alerts: BTreeMap<String, Amount>,
    /// The last good figures.
    pub readings: Option<Readings>,
}

/// What a platform reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readings {
    /// Its meters.
    pub meters: Vec<Meter>,
    /// When they were received, by this computer's clock.
    pub received_at: Timestamp,
}

/// The app asks at least this often, unless the platform is slower. Older figures may be out of date for those who read the
/// cache without asking the app.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(35);

/// A time that is further in the future than this was written before the clock was set back.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

impl KeyAccount {
    /// The account's key.
    pub fn key(&self) -> AccountKey {
        AccountKey { service: self.service.clone(), id: self.id.clone() }
    }

    /// The meters; none before the first answer.
    pub fn meters(&self) -> &[Meter] {
        self.readings.as_ref().map_or(&[], |readings| &readings.meters)
    }

    /// The meter that stands for the account where there is room for one.
    pub fn shown(&self) -> Option<&Meter> {
        shown(self.meters())
    }

    /// The amount below which a meter is low: the user's, or else a tenth of the limit. Without either there is none.
    pub fn threshold(&self, meter: &Meter) -> Option<Amount> {
        let tenth = || meter.limit.filter(|limit| limit.is_positive())?.tenth();
        self.alerts.get(&meter.id).copied().or_else(tenth)
    }

    /// Whether a meter is below its threshold. A meter that is not reported is not low.
    pub fn is_meter_low(&self, meter: &Meter) -> bool {
        meter.amount.zip(self.threshold(meter)).is_some_and(|(amount, threshold)| amount < threshold)
    }

    /// Whether one of the meters is low.
    pub fn is_low(&self) -> bool {
        self.meters().iter().any(|meter| self.is_meter_low(meter))
    }

    /// Whether the figures may be out of date, for those who read them from the cache, and the next moment at which that
    /// changes.
    pub fn freshness(&self, now: Timestamp) -> (bool, Option<Timestamp>) {
        let received = self.readings.as_ref().map(|readings| readings.received_at);
        let received = received.filter(|at| at.duration_since(now) <= TOLERANCE);
        let expires = received.and_then(|at| at.checked_add(STALE_AFTER).ok());
        let stale = self.refused || expires.is_none_or(|expires| expires <= now);
        (stale, expires.filter(|_| !stale))
    }

    /// The meters that fell below their thresholds since the figures before, each with its threshold.
    pub(crate) fn crossed<'a>(&'a self, before: &'a [Meter]) -> impl Iterator<Item = (&'a Meter, Amount)> {
        self.meters().iter().filter_map(|meter| {
            let threshold = self.threshold(meter)?;
            let had = before.iter().find(|had| had.id == meter.id)?.amount?;
            (meter.amount? < threshold && threshold <= had).then_some((meter, threshold))
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::at;
    use tokenwell_meters::Unit;

    pub(crate) fn meter(name: &str, amount: Option<&str>, limit: Option<&str>) -> Meter {
        let read = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        Meter {
            id: format!("/{name}"),
            name: name.into(),
            amount: read(amount),
            unit: Unit::Credits,
            limit: read(limit),
            renews_at: None,
        }
    }

    pub(crate) fn account(meters: Vec<Meter>) -> KeyAccount {
        KeyAccount {
            service: "https://api.stability.ai".into(),
            id: "key-1".into(),
            platform: "stability".into(),
            name: "Stability AI".into(),
            refused: false,
            alerts: BTreeMap::new(),
            readings: Some(Readings { meters, received_at: at("2026-11-22T12:00:00Z") }),
        }
    }

    #[test]
    fn a_meter_is_low_below_a_tenth_of_its_limit_or_below_what_the_user_set() {
        let mut account = account(vec![
            meter("with", Some("999.9"), Some("10000")),
            meter("without", Some("0.5"), None),
            meter("unknown", None, Some("10000")),
        ]);
        let low = |account: &KeyAccount| -> Vec<bool> {
            account.meters().iter().map(|meter| account.is_meter_low(meter)).collect()
        };
        assert_eq!(low(&account), [true, false, false]);
        account.alerts =
            [("/with".into(), "500".parse().unwrap()), ("/without".into(), "0.51".parse().unwrap())].into();
        assert_eq!(low(&account), [false, true, false]);
    }

    #[test]
    fn an_alert_is_due_once_when_the_threshold_is_crossed() {
        let crossed = |before: Option<&str>, now: Option<&str>| {
            let account = account(vec![meter("a", now, Some("100"))]);
            account.crossed(&[meter("a", before, Some("100"))]).count()
        };
        assert_eq!(crossed(Some("10"), Some("9.99")), 1);
        for (before, now) in
            [(Some("9"), Some("8")), (Some("11"), Some("10")), (None, Some("5")), (Some("11"), None)]
        {
            assert_eq!(crossed(before, now), 0, "{before:?} → {now:?}");
        }
    }

    #[test]
    fn figures_in_the_cache_are_stale_after_two_missed_questions() {
        let account = account(vec![meter("a", Some("1"), None)]);
        let expires = Some(at("2026-11-22T12:35:00Z"));
        assert_eq!(account.freshness(at("2026-11-22T12:34:59Z")), (false, expires));
        assert_eq!(account.freshness(at("2026-11-22T12:35:00Z")), (true, None));
        assert!(account.freshness(at("2026-11-21T00:00:00Z")).0, "the clock was set back");
        assert!(KeyAccount { refused: true, ..account }.freshness(at("2026-11-22T12:00:00Z")).0);
    }
}
