//! Low-balance alerts: one notification when the tokens that are spendable or on hold fall below a threshold. A rise to the
//! threshold arms it again.

use serde::{Deserialize, Serialize};
use tokenwell_wire::Tokens;
use ts_rs::TS;

/// The highest number of thresholds.
pub const THRESHOLDS_MAX: usize = 5;

/// When the user is notified of a low balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Alerts {
    /// Whether a notification is shown. The tray icon is marked in either case.
    pub on: bool,
    /// The user's own thresholds, highest first. If there are none, the service's apply; they are shares of the plan's
    /// allowance.
    pub below: Vec<Tokens>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { on: true, below: vec![] }
    }
}

impl Alerts {
    /// Sorts the thresholds, highest first. Removes zeros and duplicates, and keeps the highest [`THRESHOLDS_MAX`].
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.below.retain(|&threshold| threshold > Tokens(0));
        self.below.sort_unstable_by(|one, other| other.cmp(one));
        self.below.dedup();
        self.below.truncate(THRESHOLDS_MAX);
        self
    }

    /// The thresholds that apply. `defaults` are the service's, in percent of the allowance.
    fn thresholds(&self, allowance: Tokens, defaults: &[u8]) -> impl Iterator<Item = Tokens> {
        let defaults = if self.below.is_empty() { defaults } else { &[] };
        let share = move |&percent: &u8| share_of(allowance, percent);
        self.below.iter().copied().chain(defaults.iter().map(share))
    }

    /// The threshold to notify about: the lowest of those that were crossed downwards. No state has to be stored,
    /// because a threshold can only be crossed again after the balance has risen to it.
    pub fn crossed(&self, allowance: Tokens, defaults: &[u8], before: Tokens, now: Tokens) -> Option<Tokens> {
        let crossed = |&threshold: &Tokens| now < threshold && threshold <= before;
        self.on.then(|| self.thresholds(allowance, defaults).filter(crossed).min())?
    }

    /// The lowest threshold that the spendable tokens are below.
    pub fn low_below(&self, allowance: Tokens, defaults: &[u8], spendable: Tokens) -> Option<Tokens> {
        self.thresholds(allowance, defaults).filter(|&threshold| spendable < threshold).min()
    }

    /// Whether the spendable tokens are below a threshold.
    pub fn is_low(&self, allowance: Tokens, defaults: &[u8], spendable: Tokens) -> bool {
        self.low_below(allowance, defaults, spendable).is_some()
    }
}

/// A threshold of the service: a share of the plan's allowance. It is at least one token.
pub fn share_of(allowance: Tokens, percent: u8) -> Tokens {
    let share = u128::from(allowance.0) * u128::from(percent) / 100;
    Tokens(u64::try_from(share).unwrap_or(u64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alerts(below: &[u64]) -> Alerts {
        Alerts { on: true, below: below.iter().copied().map(Tokens).collect() }
    }

    /// The thresholds that are notified about while the balance goes through `balances`.
    fn notified(alerts: &Alerts, balances: &[u64]) -> Vec<u64> {
        let steps = balances.windows(2);
        steps
            .filter_map(|step| alerts.crossed(Tokens(25_000), &[10], Tokens(step[0]), Tokens(step[1])))
            .map(|t| t.0)
            .collect()
    }

    #[test]
    fn each_threshold_notifies_once_until_the_balance_rises_to_it_again() {
        let alerts = alerts(&[5_000, 1_000]);
        assert_eq!(notified(&alerts, &[6_000, 5_000, 4_999, 4_000, 1_000, 999, 0]), [5_000, 1_000]);
        assert_eq!(
            notified(&alerts, &[4_999, 4_000, 5_000, 4_999]),
            [5_000],
            "a rise to the threshold arms it"
        );
        assert_eq!(
            notified(&alerts, &[900, 950, 900, 999, 0]),
            [0; 0],
            "a rise that stays below it does not"
        );
    }

    #[test]
    fn a_fall_through_several_thresholds_notifies_once_with_the_lowest() {
        assert_eq!(notified(&alerts(&[5_000, 1_000]), &[6_000, 10]), [1_000]);
    }

    #[test]
    fn without_own_thresholds_the_services_apply() {
        assert_eq!(notified(&alerts(&[]), &[2_500, 2_499]), [2_500]);
        assert!(alerts(&[]).is_low(Tokens(25_000), &[10], Tokens(2_499)));
        assert!(!alerts(&[]).is_low(Tokens(25_000), &[10], Tokens(2_500)));
        assert!(alerts(&[]).is_low(Tokens(0), &[10], Tokens(0)), "no spendable tokens are low on any plan");
    }

    #[test]
    fn switching_notifications_off_does_not_change_what_counts_as_low() {
        let off = Alerts { on: false, ..alerts(&[1_000]) };
        assert_eq!(notified(&off, &[2_000, 10]), [0; 0]);
        assert!(off.is_low(Tokens(25_000), &[10], Tokens(10)));
    }

    #[test]
    fn thresholds_are_sorted_and_unique_and_limited_in_number() {
        let normalized = alerts(&[0, 500, 1_000, 500, 7, 6, 5, 4]).normalized();
        assert_eq!(normalized, alerts(&[1_000, 500, 7, 6, 5]));
    }

    proptest! {
        /// A lower threshold may be notified instead of a higher one, never the other way round.
        #[test]
        fn every_crossed_threshold_is_notified(
            below in proptest::collection::vec(1_u64..200, 1..4),
            before in 0_u64..250,
            now in 0_u64..250,
        ) {
            let alerts = alerts(&below).normalized();
            let crossed = alerts.crossed(Tokens(1_000), &[10], Tokens(before), Tokens(now));
            for &threshold in &alerts.below {
                if now < threshold.0 && threshold.0 <= before {
                    prop_assert!(crossed.is_some_and(|notified| notified <= threshold));
                }
            }
            prop_assert!(crossed.is_none_or(|notified| now < notified.0 && notified.0 <= before));
        }
    }
}
