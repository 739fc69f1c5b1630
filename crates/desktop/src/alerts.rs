//! Low-balance alerts: told once when what can be spent falls below a threshold, and armed again by a rise above it.

use serde::{Deserialize, Serialize};
use tokenwell_wire::Tokens;
use ts_rs::TS;

/// How many thresholds there can be.
pub const MOST: usize = 5;

/// When to tell that tokens run low.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Alerts {
    /// Whether a notification is shown. The mark on the tray icon is there either way.
    pub on: bool,
    /// Thresholds of one's own, highest first; without any, the service's, which are shares of the plan's allowance.
    pub below: Vec<Tokens>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { on: true, below: vec![] }
    }
}

impl Alerts {
    /// The same, its thresholds in order: highest first, each once, none of zero, the highest [`MOST`] of them.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.below.retain(|&threshold| threshold > Tokens(0));
        self.below.sort_unstable_by(|one, other| other.cmp(one));
        self.below.dedup();
        self.below.truncate(MOST);
        self
    }

    /// The thresholds that count, `usual` being the service's in percent of the allowance.
    fn thresholds(&self, allowance: Tokens, usual: &[u8]) -> impl Iterator<Item = Tokens> {
        let usual = if self.below.is_empty() { usual } else { &[] };
        let share = move |&percent: &u8| {
            let share = u128::from(allowance.0) * u128::from(percent) / 100;
            Tokens(u64::try_from(share).unwrap_or(u64::MAX).max(1))
        };
        self.below.iter().copied().chain(usual.iter().map(share))
    }

    /// The threshold to tell of: the lowest of those that were crossed downwards. Crossing it again takes a rise
    /// to the threshold first, so the two balances are all that has to be known.
    pub fn crossed(&self, allowance: Tokens, usual: &[u8], before: Tokens, now: Tokens) -> Option<Tokens> {
        let crossed = |&threshold: &Tokens| now < threshold && threshold <= before;
        self.on.then(|| self.thresholds(allowance, usual).filter(crossed).min())?
    }

    /// Whether what can be spent is below a threshold.
    pub fn is_low(&self, allowance: Tokens, usual: &[u8], spendable: Tokens) -> bool {
        self.thresholds(allowance, usual).any(|threshold| spendable < threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alerts(below: &[u64]) -> Alerts {
        Alerts { on: true, below: below.iter().copied().map(Tokens).collect() }
    }

    /// The thresholds told of while the balance goes through `balances`.
    fn told(alerts: &Alerts, balances: &[u64]) -> Vec<u64> {
        let steps = balances.windows(2);
        steps
            .filter_map(|step| alerts.crossed(Tokens(25_000), &[10], Tokens(step[0]), Tokens(step[1])))
            .map(|t| t.0)
            .collect()
    }

    #[test]
    fn each_threshold_is_told_once_on_the_way_down_and_armed_again_by_a_rise() {
        let alerts = alerts(&[5_000, 1_000]);
        assert_eq!(told(&alerts, &[6_000, 5_000, 4_999, 4_000, 1_000, 999, 0]), [5_000, 1_000]);
        assert_eq!(told(&alerts, &[4_999, 4_000, 5_000, 4_999]), [5_000], "a rise to the threshold arms it");
        assert_eq!(told(&alerts, &[900, 950, 900, 999, 0]), [0; 0], "a rise below it does not");
    }

    #[test]
    fn a_fall_through_several_thresholds_is_told_once_by_the_lowest() {
        assert_eq!(told(&alerts(&[5_000, 1_000]), &[6_000, 10]), [1_000]);
    }

    #[test]
    fn without_thresholds_of_ones_own_the_services_count() {
        assert_eq!(told(&alerts(&[]), &[2_500, 2_499]), [2_500]);
        assert!(alerts(&[]).is_low(Tokens(25_000), &[10], Tokens(2_499)));
        assert!(!alerts(&[]).is_low(Tokens(25_000), &[10], Tokens(2_500)));
        assert!(alerts(&[]).is_low(Tokens(0), &[10], Tokens(0)), "nothing to spend is low on any plan");
    }

    #[test]
    fn switched_off_nothing_is_told_and_low_is_still_low() {
        let off = Alerts { on: false, ..alerts(&[1_000]) };
        assert_eq!(told(&off, &[2_000, 10]), [0; 0]);
        assert!(off.is_low(Tokens(25_000), &[10], Tokens(10)));
    }

    #[test]
    fn thresholds_stand_in_order_each_once_and_not_too_many() {
        let kept = alerts(&[0, 500, 1_000, 500, 7, 6, 5, 4]).in_order();
        assert_eq!(kept, alerts(&[1_000, 500, 7, 6, 5]));
    }

    proptest! {
        /// A lower threshold may speak for a higher one, never the other way round.
        #[test]
        fn no_fall_through_a_threshold_goes_untold(
            below in proptest::collection::vec(1_u64..200, 1..4),
            before in 0_u64..250,
            now in 0_u64..250,
        ) {
            let alerts = alerts(&below).in_order();
            let crossed = alerts.crossed(Tokens(1_000), &[10], Tokens(before), Tokens(now));
            for &threshold in &alerts.below {
                if now < threshold.0 && threshold.0 <= before {
                    prop_assert!(crossed.is_some_and(|told| told <= threshold));
                }
            }
            prop_assert!(crossed.is_none_or(|told| now < told.0 && told.0 <= before));
        }
    }
}
