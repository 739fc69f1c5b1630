//! The well in the tray icon: one layer per bucket, with the bucket that is spent first on top.

use tokenwell_wire::{Balance, Bucket, Tokens};

/// How many steps a full well is divided into. Finer changes are not visible in a tray.
pub const STEPS: u16 = 48;

/// The layers of the well that are not empty, top to bottom in spend order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(Vec<Layer>);

/// One layer of the well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Whose tokens it shows.
    pub bucket: Bucket,
    /// Whether the tokens cannot be used now: locked (rule 9) or frozen by a dispute (rule 17).
    pub locked: bool,
    /// How high it is, in steps.
    pub steps: u16,
}

impl Levels {
    /// The layers of a balance in a well that holds `full` tokens. A layer that is not empty has at least one step.
    pub fn new(balance: &Balance, full: Tokens) -> Self {
        let usable = |&bucket: &Bucket| {
            let Tokens(tokens) = match bucket {
                Bucket::Rollover => balance.rollover.available,
                Bucket::Fast => balance.fast.available,
                Bucket::TopUp => Tokens(balance.top_up.available.0.saturating_sub(balance.top_up.locked.0)),
            };
            (bucket, false, tokens)
        };
        let locked = (Bucket::TopUp, true, balance.top_up.locked.0);
        let amounts: Vec<_> = balance.spend_order.iter().map(usable).chain([locked]).collect();

        let sum: u128 = amounts.iter().map(|&(_, _, tokens)| u128::from(tokens)).sum();
        let capacity = u128::from(full.0).max(sum).max(1);
        let layer = |(bucket, locked, tokens): (Bucket, bool, u64)| {
            let exact = u128::from(tokens) * u128::from(STEPS) / capacity;
            let steps = u16::try_from(exact).unwrap_or(STEPS).max(u16::from(tokens > 0));
            Layer { bucket, locked, steps }
        };
        let mut layers: Vec<_> = amounts.into_iter().map(layer).filter(|layer| layer.steps > 0).collect();
        // The steps that thin layers were rounded up to are taken from the thickest layer.
        while layers.iter().map(|layer| layer.steps).sum::<u16>() > STEPS {
            if let Some(thickest) = layers.iter_mut().max_by_key(|layer| layer.steps) {
                thickest.steps -= 1;
            }
        }
        Self(layers)
    }

    /// The layers, top to bottom.
    pub fn layers(&self) -> &[Layer] {
        &self.0
    }

    /// Whether there are tokens that cannot be used now.
    pub fn has_locked(&self) -> bool {
        self.0.iter().any(|layer| layer.locked)
    }

    /// Levels of these layers, for tests of what draws them.
    #[cfg(test)]
    pub(crate) fn of(layers: &[(Bucket, bool, u16)]) -> Self {
        let layer = |&(bucket, locked, steps)| Layer { bucket, locked, steps };
        Self(layers.iter().map(layer).filter(|layer| layer.steps > 0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{balance, fast_first};
    use Bucket::{Fast, Rollover, TopUp};

    #[test]
    fn layers_share_the_well_in_proportion() {
        let levels = Levels::new(&balance(1, [1_200, 22_920, 10_000, 0]), Tokens(45_493));
        assert_eq!(levels, Levels::of(&[(Rollover, false, 1), (Fast, false, 24), (TopUp, false, 10)]));
    }

    #[test]
    fn layers_are_in_the_spend_order_of_the_catalogue() {
        let levels = Levels::new(&fast_first(balance(1, [1_200, 22_920, 10_000, 0])), Tokens(45_493));
        assert_eq!(levels, Levels::of(&[(Fast, false, 24), (Rollover, false, 1), (TopUp, false, 10)]));
    }

    #[test]
    fn a_layer_that_is_not_empty_is_never_thinner_than_a_step_and_the_well_never_overflows() {
        for layers in [[1, 1, u64::MAX >> 12, 1], [0, 0, 0, 0], [1, 1, 1, 1], [5, 0, 0, 5_000]] {
            let levels = Levels::new(&balance(1, layers), Tokens(0));
            assert!(levels.layers().iter().map(|layer| layer.steps).sum::<u16>() <= STEPS);
            let shown = [(Rollover, false), (Fast, false), (TopUp, false), (TopUp, true)].map(|which| {
                levels.layers().iter().any(|layer| (layer.bucket, layer.locked) == which && layer.steps > 0)
            });
            assert_eq!(layers.map(|tokens| tokens > 0), shown, "{layers:?} → {levels:?}");
        }
    }
}
