//! The well: how full the three layers stand.

use tokenwell_wire::{Balance, Tokens};

/// How many steps a full well is divided into; finer changes do not show in a tray.
pub const STEPS: u16 = 48;

/// The layers of the well in steps, top to bottom in spend order; what is missing to [`STEPS`] is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    /// The Rollover Bank, spent first.
    pub rollover: u16,
    /// Fast tokens.
    pub fast: u16,
    /// Top-up tokens that can be used.
    pub top_up: u16,
    /// Top-up tokens that are locked or frozen: hatched.
    pub locked: u16,
}

impl Levels {
    /// The layers of a balance in a well that holds `full`. A layer that is not empty is never thinner than one step.
    pub fn new(balance: &Balance, full: Tokens) -> Self {
        let top_up = balance.top_up.available.0.saturating_sub(balance.top_up.locked.0);
        let layers =
            [balance.rollover.available.0, balance.fast.available.0, top_up, balance.top_up.locked.0];
        let sum: u128 = layers.iter().map(|&layer| u128::from(layer)).sum();
        let whole = u128::from(full.0).max(sum).max(1);
        let mut steps = layers.map(|layer| {
            let exact = u128::from(layer) * u128::from(STEPS) / whole;
            u16::try_from(exact).unwrap_or(STEPS).max(u16::from(layer > 0))
        });
        // What the thin layers were given is taken from the thickest.
        while steps.iter().sum::<u16>() > STEPS {
            if let Some(thickest) = steps.iter_mut().max() {
                *thickest -= 1;
            }
        }
        let [rollover, fast, top_up, locked] = steps;
        Self { rollover, fast, top_up, locked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::balance;

    #[test]
    fn layers_share_the_well_in_proportion() {
        let levels = Levels::new(&balance(1, [1_200, 22_920, 10_000, 0]), Tokens(45_493));
        assert_eq!(levels, Levels { rollover: 1, fast: 24, top_up: 10, locked: 0 });
    }

    #[test]
    fn a_layer_that_is_not_empty_is_never_thinner_than_a_step_and_the_well_never_overflows() {
        for layers in [[1, 1, u64::MAX >> 12, 1], [0, 0, 0, 0], [1, 1, 1, 1], [5, 0, 0, 5_000]] {
            let levels = Levels::new(&balance(1, layers), Tokens(0));
            let steps = [levels.rollover, levels.fast, levels.top_up, levels.locked];
            assert!(steps.iter().sum::<u16>() <= STEPS);
            for (layer, step) in layers.iter().zip(steps) {
                assert_eq!(*layer > 0, step > 0, "{layers:?} → {levels:?}");
            }
        }
    }
}
