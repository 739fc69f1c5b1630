//! The well: how full the three layers stand, and its picture for the tray.

use tiny_skia::{
    FillRule, LineCap, Mask, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke, Transform,
};
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

/// The picture in the tray.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Icon {
    /// The layers; `None` while there are no figures: an empty well.
    pub levels: Option<Levels>,
    /// Whether the figures may be out of date: drawn faint, with a dot.
    pub stale: bool,
    /// Whether tokens run low.
    pub low: bool,
}

type Rgb = (u8, u8, u8);
const TEAL: Rgb = (22, 150, 128);
const VIOLET: Rgb = (112, 104, 246);
const AMBER: Rgb = (222, 142, 36);
/// Seen on light and on dark bars alike.
const WALL: Rgb = (140, 140, 146);

impl Icon {
    /// Square RGBA pixels, not premultiplied. Drawn on a grid of 16, so sizes that are multiples of 16 are sharpest.
    pub fn draw(self, size: u32) -> Vec<u8> {
        self.pixmap(size).map_or_else(
            || vec![0; (size * size * 4) as usize],
            |pixmap| {
                let straight = pixmap.pixels().iter().map(PremultipliedColorU8::demultiply);
                straight.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]).collect()
            },
        )
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes and steps are small")]
    fn pixmap(self, size: u32) -> Option<Pixmap> {
        let mut pixmap = Pixmap::new(size, size)?;
        let grid = Transform::from_scale(size as f32 / 16.0, size as f32 / 16.0);
        let inside = well(3.0, 1.0, 13.0, 15.0, 4.0)?;
        let mut mask = Mask::new(size, size)?;
        mask.fill_path(&inside, FillRule::Winding, true, grid);

        let alpha = if self.stale { 120 } else { 255 };
        let mut fill = |from: f32, to: f32, colour: Rgb, alpha: u8| {
            if let Some(band) = Rect::from_ltrb(3.0, from, 13.0, to).filter(|band| band.height() > 0.0) {
                pixmap.fill_rect(band, &paint(colour, alpha), grid, Some(&mask));
            }
        };
        fill(1.0, 15.0, WALL, 50);
        let mut bottom = 15.0;
        let mut locked_above = bottom;
        if let Some(levels) = self.levels {
            let layers = [
                (levels.locked, AMBER),
                (levels.top_up, AMBER),
                (levels.fast, VIOLET),
                (levels.rollover, TEAL),
            ];
            for (index, (steps, colour)) in layers.into_iter().enumerate() {
                let top = bottom - f32::from(steps) * 14.0 / f32::from(STEPS);
                fill(top, bottom, colour, alpha);
                bottom = top;
                if index == 0 {
                    locked_above = top;
                }
            }
        }
        if locked_above < 15.0 {
            let hatch = hatch(locked_above)?;
            let stroke = Stroke { width: 0.9, line_cap: LineCap::Butt, ..Stroke::default() };
            pixmap.stroke_path(&hatch, &paint((60, 60, 66), 200), &stroke, grid, Some(&mask));
        }
        let wall = Stroke { width: 1.0, ..Stroke::default() };
        pixmap.stroke_path(&inside, &paint(WALL, 255), &wall, grid, None);
        if self.stale {
            let dot = PathBuilder::from_circle(13.0, 3.0, 2.5)?;
            pixmap.fill_path(&dot, &paint(WALL, 255), FillRule::Winding, grid, None);
        }
        Some(pixmap)
    }
}

fn paint((r, g, b): Rgb, alpha: u8) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, alpha);
    paint
}

/// A beaker: straight walls, nearly square on top, round at the bottom.
fn well(left: f32, top: f32, right: f32, bottom: f32, radius: f32) -> Option<Path> {
    const EDGE: f32 = 1.0;
    let mut path = PathBuilder::new();
    path.move_to(left + EDGE, top);
    path.line_to(right - EDGE, top);
    path.quad_to(right, top, right, top + EDGE);
    path.line_to(right, bottom - radius);
    path.quad_to(right, bottom, right - radius, bottom);
    path.line_to(left + radius, bottom);
    path.quad_to(left, bottom, left, bottom - radius);
    path.line_to(left, top + EDGE);
    path.quad_to(left, top, left + EDGE, top);
    path.close();
    path.finish()
}

/// Slanted lines from `top` down: what is there but cannot be used.
fn hatch(top: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    let height = 15.0 - top;
    let mut x = 3.0 - height;
    while x < 13.0 {
        path.move_to(x, 15.0);
        path.line_to(x + height, top);
        x += 2.8;
    }
    path.finish()
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

    #[test]
    fn the_icon_shows_each_layer_in_its_colour_and_fades_when_stale() {
        let levels = Levels { rollover: 12, fast: 12, top_up: 12, locked: 0 };
        let at = |stale, x: usize, y: usize| {
            let pixels = Icon { levels: Some(levels), stale, low: false }.draw(32);
            let start = (y * 32 + x) * 4;
            (pixels[start], pixels[start + 1], pixels[start + 2], pixels[start + 3])
        };
        let opaque = |(r, g, b): Rgb| (r, g, b, 255);
        assert_eq!(at(false, 16, 12), opaque(TEAL));
        assert_eq!(at(false, 16, 18), opaque(VIOLET));
        assert_eq!(at(false, 16, 26), opaque(AMBER));
        assert!(at(false, 16, 5).3 < 80, "the empty part lets the bar shine through");
        assert!(at(true, 16, 18).3 < 160);
        assert_eq!(at(false, 0, 0).3, 0);
    }
}
