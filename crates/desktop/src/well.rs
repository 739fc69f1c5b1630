//! The well in the tray icon: one layer per bucket, with the bucket that is spent first on top. The panel draws the same
//! well (`ui/src/lib/well.ts`).

use tokenwell_wire::{Balance, Bucket, Tokens};

/// How many steps a full well is divided into. Finer changes are not visible in a tray.
pub const STEPS: u16 = 96;

/// The layers of the well that are not empty, top to bottom in spend order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(Vec<Layer>);

/// One layer of the well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Whose tokens it shows.
    pub bucket: Bucket,
    /// How it is drawn.
    pub kind: LayerKind,
    /// How high it is, in steps.
    pub steps: u16,
}

/// How a layer is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// The tokens can be spent.
    Solid,
    /// They cannot be used now: locked (rule 9) or frozen by a dispute (rule 17).
    Locked,
    /// They are being paid for.
    Pending,
}

/// A layer in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Which layer.
    pub layer: Layer,
    /// The distance of its lower edge from the bottom of the well.
    pub bottom: u32,
    /// Its height.
    pub height: u32,
}

/// The pixels that a well is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grain {
    /// The height of the well's inside.
    pub inside: u32,
    /// The gap between two layers.
    pub gap: u32,
    /// The least height of a layer.
    pub thinnest: u32,
}

impl Levels {
    /// The layers of a balance, and of the tokens that are being paid for. A layer that is not empty has at least one step.
    pub fn new(balance: &Balance, pending: Tokens) -> Self {
        let usable = |&bucket: &Bucket| {
            let Tokens(tokens) = match bucket {
                Bucket::Rollover => balance.rollover.available,
                Bucket::Fast => balance.fast.available,
                Bucket::TopUp => Tokens(balance.top_up.available.0.saturating_sub(balance.top_up.locked.0)),
            };
            (bucket, LayerKind::Solid, tokens)
        };
        let pending = (Bucket::TopUp, LayerKind::Pending, pending.0);
        let locked = (Bucket::TopUp, LayerKind::Locked, balance.top_up.locked.0);
        let here = balance.spend_order.iter().map(usable);
        // What is being paid for lies where it will lie: what was bought last is spent last (rules 1 and 2).
        let amounts: Vec<_> = here.chain([pending, locked]).collect();

        let sum: u128 = amounts.iter().map(|&(_, _, tokens)| u128::from(tokens)).sum();
        let full = u128::from(balance.full().0) + u128::from(pending.2);
        let capacity = full.max(sum).max(1);
        let layer = |(bucket, kind, tokens): (Bucket, LayerKind, u64)| {
            let exact = (u128::from(tokens) * u128::from(STEPS) + capacity / 2) / capacity;
            let steps = u16::try_from(exact).unwrap_or(STEPS).max(u16::from(tokens > 0));
            Layer { bucket, kind, steps }
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

    /// The well of a meter of another platform, filled up to this many steps. Its one layer has no bucket of its own and is
    /// drawn like fast tokens.
    pub fn of_meter(steps: u16) -> Self {
        let layer = Layer { bucket: Bucket::Fast, kind: LayerKind::Solid, steps: steps.min(STEPS) };
        Self(Some(layer).into_iter().filter(|layer| layer.steps > 0).collect())
    }

    /// The layers, top to bottom.
    pub fn layers(&self) -> &[Layer] {
        &self.0
    }

    /// Whether there are tokens that cannot be used now.
    pub fn has_locked(&self) -> bool {
        self.0.iter().any(|layer| layer.kind == LayerKind::Locked)
    }

    /// The layers in whole pixels, bottom to top. A gap counts to the layer above it. What thin layers have too much is
    /// taken from the others, so that the surface stays where it is.
    pub fn bands(&self, Grain { inside, gap, thinnest }: Grain) -> Vec<Band> {
        let mut steps = 0;
        let mut edge = 0;
        let mut bands: Vec<Band> = Vec::with_capacity(self.0.len());
        for &layer in self.0.iter().rev() {
            let from = edge;
            steps += u32::from(layer.steps);
            edge = (steps * inside + u32::from(STEPS) / 2) / u32::from(STEPS);
            let gap = if bands.is_empty() { 0 } else { gap };
            bands.push(Band { layer, bottom: gap, height: (edge - from).max(thinnest + gap) });
        }
        let sum = |bands: &[Band]| bands.iter().map(|band| band.height).sum::<u32>();
        let least: u32 = bands.iter().map(|band| thinnest + band.bottom).sum();
        let high = edge.max(least).min(inside);
        while sum(&bands) > high {
            // The bottom of a band is still the gap below it.
            let spare = |band: &&mut Band| i64::from(band.height) - i64::from(thinnest + band.bottom);
            let Some(thickest) = bands.iter_mut().max_by_key(spare).filter(|band| band.height > 1) else {
                break;
            };
            thickest.height -= 1;
        }
        let mut edge = 0;
        for band in &mut bands {
            let gap = band.bottom;
            (band.bottom, edge) = (edge + gap, edge + band.height);
            band.height = edge.saturating_sub(band.bottom);
        }
        bands
    }

    /// Levels of these layers, for tests of what draws them.
    #[cfg(test)]
    pub(crate) fn of(layers: &[(Bucket, LayerKind, u16)]) -> Self {
        let layer = |&(bucket, kind, steps)| Layer { bucket, kind, steps };
        Self(layers.iter().map(layer).filter(|layer| layer.steps > 0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{balance, fast_first, used};
    use Bucket::{Fast, Rollover, TopUp};
    use LayerKind::{Locked, Pending, Solid};

    const NONE: Tokens = Tokens(0);

    #[test]
    fn full_is_what_is_here_and_what_was_used_since_the_last_reset() {
        let levels = Levels::new(&used(balance(1, [1_200, 22_800, 12_000, 0]), 12_000), NONE);
        assert_eq!(levels, Levels::of(&[(Rollover, Solid, 2), (Fast, Solid, 46), (TopUp, Solid, 24)]));
        let levels = Levels::new(&balance(1, [0, 75, 0, 25]), NONE);
        assert_eq!(levels, Levels::of(&[(Fast, Solid, 72), (TopUp, Locked, 24)]), "nothing was used");
    }

    #[test]
    fn tokens_that_are_being_paid_for_lie_below_the_top_up_tokens_and_the_well_grows_by_them() {
        let levels = Levels::new(&used(balance(1, [0, 10_000, 0, 0]), 10_000), Tokens(20_000));
        assert_eq!(levels, Levels::of(&[(Fast, Solid, 24), (TopUp, Pending, 48)]));
        let levels = Levels::new(&balance(1, [0, 0, 24_000, 24_000]), Tokens(48_000));
        assert_eq!(levels, Levels::of(&[(TopUp, Solid, 24), (TopUp, Pending, 48), (TopUp, Locked, 24)]));
    }

    #[test]
    fn layers_are_in_the_spend_order_of_the_catalogue() {
        let levels = Levels::new(&fast_first(balance(1, [12, 60, 24, 0])), NONE);
        assert_eq!(levels, Levels::of(&[(Fast, Solid, 60), (Rollover, Solid, 12), (TopUp, Solid, 24)]));
    }

    #[test]
    fn a_layer_that_is_not_empty_is_never_thinner_than_a_step_and_the_well_never_overflows() {
        for layers in [[1, 1, u64::MAX >> 12, 1], [0, 0, 0, 0], [1, 1, 1, 1], [5, 0, 0, 5_000]] {
            let levels = Levels::new(&balance(1, layers), NONE);
            assert!(levels.layers().iter().map(|layer| layer.steps).sum::<u16>() <= STEPS);
            let shown = [(Rollover, Solid), (Fast, Solid), (TopUp, Solid), (TopUp, Locked)].map(|which| {
                levels.layers().iter().any(|layer| (layer.bucket, layer.kind) == which && layer.steps > 0)
            });
            assert_eq!(layers.map(|tokens| tokens > 0), shown, "{layers:?} → {levels:?}");
        }
    }

    #[test]
    fn bands_are_whole_pixels_with_gaps_and_a_thin_layer_is_still_visible() {
        let levels = Levels::of(&[(Rollover, Solid, 1), (Fast, Solid, 70), (TopUp, Solid, 25)]);
        for inside in [12, 14, 18, 20, 28, 40] {
            let bands = levels.bands(Grain { inside, gap: 1, thinnest: 2 });
            assert_eq!(
                bands.iter().map(|band| band.layer.bucket).collect::<Vec<_>>(),
                [TopUp, Fast, Rollover]
            );
            assert!(bands.iter().all(|band| band.height >= 2), "{bands:?}");
            assert!(
                bands.windows(2).all(|two| two[0].bottom + two[0].height + 1 == two[1].bottom),
                "{bands:?}"
            );
            assert_eq!(bands[2].bottom + bands[2].height, inside, "a full well is full");
        }
    }

    #[test]
    fn the_surface_is_where_it_belongs_however_thin_a_layer_is() {
        let levels = Levels::of(&[(Rollover, Solid, 1), (Fast, Solid, 54), (TopUp, Solid, 25)]);
        for inside in [12, 14, 18, 20, 28, 40] {
            let top = levels.bands(Grain { inside, gap: 1, thinnest: 2 })[2];
            assert_eq!(top.bottom + top.height, (80 * inside + 48) / 96, "{inside}");
        }
    }
}
