//! The tray icon: the well with its layers, and one mark for what else matters at a glance. A tray does not report its
//! colour, so one drawing has to be visible on every bar: the wall is dark, with a light halo. Everything but the round
//! corners is drawn in whole pixels.

use crate::well::{Band, Grain, LayerKind, Levels};
use tiny_skia::{
    BlendMode, FillRule, Mask, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke,
    StrokeDash, Transform,
};
use tokenwell_wire::Bucket;

/// The tray icon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Icon {
    /// The layers. `None` draws a dashed wall, because no balance is known.
    pub levels: Option<Levels>,
    /// Whether the balance may be out of date. Draws the layers faint.
    pub stale: bool,
    /// Whether tokens run low. Draws a triangle, unless tokens are locked.
    pub low: bool,
}

type Rgb = (u8, u8, u8);
const TEAL: Rgb = (15, 140, 118);
const VIOLET: Rgb = (105, 98, 240);
const AMBER: Rgb = (200, 120, 10);
const RED: Rgb = (214, 72, 50);
const WALL: Rgb = (38, 36, 46);
const HALO: Rgb = (255, 255, 255);

const OPAQUE: u8 = 255;
/// Of layers that may be out of date: 55 %.
const STALE: u8 = 140;
/// Of tokens that are being paid for.
const PENDING: u8 = 110;
const EMPTY: u8 = 46;

/// The well of one size, in whole pixels. The panel's well has the same silhouette.
#[derive(Debug, Clone, Copy)]
struct Vessel {
    /// The width of wall, halo and gaps.
    unit: u32,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Vessel {
    /// The largest well with a halo that fits a square, 7 wide for 9 high.
    fn of(size: u32) -> Self {
        let unit = (size / 24).max(1);
        let height = size.saturating_sub(2 * unit).max(4);
        // As even or odd as the square, so that it stands in the middle.
        let width = (height * 7 / 9 + (height * 7 / 9 + size) % 2).clamp(4, height);
        Self { unit, left: (size - width.min(size)) / 2, top: unit, width, height }
    }

    fn grain(self) -> Grain {
        Grain { inside: self.height - 2 * self.unit, gap: self.unit, thinnest: 2 * self.unit }
    }

    /// Straight walls, nearly square corners at the top, round ones at the bottom. Grown by `by` pixels.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn path(self, by: f32) -> Option<Path> {
        let (left, top) = (self.left as f32 - by, self.top as f32 - by);
        let (right, bottom) = (left + self.width as f32 + 2.0 * by, top + self.height as f32 + 2.0 * by);
        let edge = (self.unit as f32 + by).max(0.5);
        let round = (self.width as f32 * 0.44 + by).max(0.5);
        // A quarter of a circle as a cubic curve.
        let bend = 0.447_7;
        let mut path = PathBuilder::new();
        path.move_to(left + edge, top);
        path.line_to(right - edge, top);
        path.quad_to(right, top, right, top + edge);
        path.line_to(right, bottom - round);
        path.cubic_to(right, bottom - round * bend, right - round * bend, bottom, right - round, bottom);
        path.line_to(left + round, bottom);
        path.cubic_to(left + round * bend, bottom, left, bottom - round * bend, left, bottom - round);
        path.line_to(left, top + edge);
        path.quad_to(left, top, left + edge, top);
        path.close();
        path.finish()
    }
}

impl Icon {
    /// Square RGBA pixels, not premultiplied. Edges are on whole pixels at every size.
    pub fn draw(&self, size: u32) -> Vec<u8> {
        let drawn = Canvas::new(size).and_then(|mut canvas| {
            match &self.levels {
                Some(levels) => self.well(&mut canvas, levels)?,
                None => canvas.dashed_wall()?,
            }
            Some(canvas.pixmap)
        });
        drawn.map_or_else(
            || vec![0; (size * size * 4) as usize],
            |pixmap| {
                let straight = pixmap.pixels().iter().map(PremultipliedColorU8::demultiply);
                straight.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]).collect()
            },
        )
    }

    fn well(&self, canvas: &mut Canvas, levels: &Levels) -> Option<()> {
        canvas.wall()?;
        for band in levels.bands(canvas.vessel.grain()) {
            canvas.layer(band, if self.stale { STALE } else { OPAQUE });
        }
        // One mark at a time: locked, then low.
        if levels.has_locked() {
            canvas.lock();
        } else if self.low {
            canvas.triangle()?;
        }
        Some(())
    }
}

fn colour(bucket: Bucket) -> Rgb {
    match bucket {
        Bucket::Rollover => TEAL,
        Bucket::Fast => VIOLET,
        Bucket::TopUp => AMBER,
    }
}

struct Canvas {
    pixmap: Pixmap,
    vessel: Vessel,
    /// The well's inside.
    inside: Mask,
    size: u32,
}

impl Canvas {
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn new(size: u32) -> Option<Self> {
        let vessel = Vessel::of(size);
        let mut inside = Mask::new(size, size)?;
        inside.fill_path(
            &vessel.path(-(vessel.unit as f32))?,
            FillRule::Winding,
            true,
            Transform::identity(),
        );
        Some(Self { pixmap: Pixmap::new(size, size)?, vessel, inside, size })
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn wall(&mut self) -> Option<()> {
        let unit = self.vessel.unit as f32;
        for (by, paint) in [(unit, paint(HALO, 217)), (0.0, paint(WALL, OPAQUE)), (-unit, clear())] {
            self.fill(&self.vessel.path(by)?, &paint);
        }
        self.fill(&self.vessel.path(-unit)?, &paint(HALO, EMPTY));
        Some(())
    }

    /// A wall without a fill, because no balance is known.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn dashed_wall(&mut self) -> Option<()> {
        let unit = self.vessel.unit as f32;
        let path = self.vessel.path(-unit / 2.0)?;
        for (width, paint) in [(unit * 3.0, paint(HALO, 217)), (unit, paint(WALL, OPAQUE))] {
            let extra = (width - unit) / 2.0;
            let dash = StrokeDash::new(vec![unit * 2.0 + extra, unit * 2.0 - extra], extra / 2.0);
            let stroke = Stroke { width, dash, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
        }
        Some(())
    }

    /// Solid means spendable. Locked tokens are hollow, with thin lines.
    fn layer(&mut self, Band { layer, bottom, height }: Band, alpha: u8) {
        let colour = colour(layer.bucket);
        let unit = self.vessel.unit;
        match layer.kind {
            LayerKind::Solid => self.rows(bottom, height, colour, alpha),
            LayerKind::Pending => self.rows(bottom, height, colour, PENDING),
            LayerKind::Locked => {
                for line in (0..height).step_by(3 * unit as usize) {
                    let top = height - line;
                    self.rows(bottom + top.saturating_sub(unit), unit.min(top), colour, alpha);
                }
            }
        }
    }

    /// Fills rows of the well's inside, counted from its bottom.
    fn rows(&mut self, bottom: u32, height: u32, colour: Rgb, alpha: u8) {
        let floor = self.vessel.top + self.vessel.height - self.vessel.unit;
        let top = floor.saturating_sub(bottom + height);
        if let Some(rows) = pixels(0, top, self.size, height) {
            self.pixmap.fill_rect(rows, &paint(colour, alpha), Transform::identity(), Some(&self.inside));
        }
    }

    /// A lock in the lower corner, in whole pixels.
    fn lock(&mut self) {
        let unit = self.vessel.unit;
        let at = |x: u32, y: u32, width: u32, height: u32| {
            let (right, bottom) = (self.size - 8 * unit, self.size - 9 * unit);
            pixels(right + x * unit, bottom + y * unit, width * unit, height * unit)
        };
        let shapes = [
            (at(0, 3, 8, 6), paint(HALO, OPAQUE)),
            (at(1, 0, 6, 4), paint(HALO, OPAQUE)),
            (at(1, 4, 6, 4), paint(WALL, OPAQUE)),
            (at(2, 1, 4, 3), paint(WALL, OPAQUE)),
            (at(3, 2, 2, 2), paint(HALO, OPAQUE)),
        ];
        for (rect, paint) in shapes {
            if let Some(rect) = rect {
                self.pixmap.fill_rect(rect, &paint, Transform::identity(), None);
            }
        }
    }

    /// A triangle in the upper corner, where a low well is empty.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn triangle(&mut self) -> Option<()> {
        let unit = self.vessel.unit as f32;
        let right = self.size as f32;
        let line = |points: &[(f32, f32)]| {
            let mut path = PathBuilder::new();
            for (index, &(x, y)) in points.iter().enumerate() {
                let (x, y) = (right - x * unit, y * unit);
                if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
            }
            path.close();
            path.finish()
        };
        self.fill(&line(&[(0.0, 9.0), (4.5, 0.0), (9.0, 9.0)])?, &paint(HALO, OPAQUE));
        self.fill(&line(&[(1.2, 8.2), (4.5, 1.6), (7.8, 8.2)])?, &paint(RED, OPAQUE));
        Some(())
    }

    fn fill(&mut self, path: &Path, paint: &Paint<'_>) {
        self.pixmap.fill_path(path, paint, FillRule::Winding, Transform::identity(), None);
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
fn pixels(left: u32, top: u32, width: u32, height: u32) -> Option<Rect> {
    Rect::from_xywh(left as f32, top as f32, width as f32, height as f32)
}

fn paint((r, g, b): Rgb, alpha: u8) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, alpha);
    paint
}

/// Erases pixels, so that the bar shows through.
fn clear() -> Paint<'static> {
    Paint { blend_mode: BlendMode::Clear, ..Paint::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{balance, fast_first, screenshot};
    use tokenwell_wire::{Balance, Tokens};

    /// Colours of desktop bars: white (high contrast), light, mid-grey, dark, black (high contrast).
    const BARS: [Rgb; 5] = [(255, 255, 255), (235, 235, 235), (128, 128, 128), (43, 43, 43), (0, 0, 0)];
    const SIZES: [u32; 7] = [16, 18, 22, 24, 32, 48, 64];

    fn levels(rollover: u16, fast: u16, top_up: u16, locked: u16) -> Levels {
        Levels::of(&[
            (Bucket::Rollover, LayerKind::Solid, rollover),
            (Bucket::Fast, LayerKind::Solid, fast),
            (Bucket::TopUp, LayerKind::Solid, top_up),
            (Bucket::TopUp, LayerKind::Locked, locked),
        ])
    }

    fn states() -> [(&'static str, Icon); 8] {
        let icon = |levels, stale, low| Icon { levels: Some(levels), stale, low };
        let paying = [
            (Bucket::TopUp, LayerKind::Pending, 40),
            (Bucket::Fast, LayerKind::Solid, 24),
            (Bucket::TopUp, LayerKind::Solid, 8),
        ];
        [
            ("premium", icon(levels(8, 48, 20, 0), false, false)),
            ("free", icon(levels(0, 60, 0, 0), false, false)),
            ("lapsed", icon(levels(0, 4, 0, 60), false, false)),
            ("low", icon(levels(0, 6, 2, 0), false, true)),
            ("stale", icon(levels(8, 48, 20, 0), true, false)),
            ("paying", icon(Levels::of(&paying), false, false)),
            ("signed out", Icon::default()),
            ("lapsed, low and stale", icon(levels(0, 2, 0, 40), true, true)),
        ]
    }

    fn luminance((r, g, b): Rgb) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_has_enough_contrast_on_light_dark_and_high_contrast_bars() {
        for bar in [BARS[0], BARS[1], BARS[3], BARS[4]] {
            for colour in [TEAL, VIOLET, AMBER, RED] {
                let contrast = contrast(colour, bar);
                // WCAG 2.2, 1.4.11: graphics.
                assert!(
                    contrast >= 3.0 || bar == BARS[1] && contrast >= 2.8,
                    "{colour:?} on {bar:?}: {contrast:.2}"
                );
            }
        }
    }

    #[test]
    fn the_wall_or_its_halo_has_enough_contrast_on_every_bar_and_the_marks_on_the_halo() {
        for bar in BARS {
            let best = contrast(WALL, bar).max(contrast(HALO, bar));
            assert!(best >= 3.0, "{bar:?}: {best:.2}");
        }
        for mark in [WALL, RED] {
            assert!(contrast(mark, HALO) >= 3.0, "{mark:?}");
        }
    }

    #[test]
    fn straight_edges_are_on_whole_pixels_at_every_size() {
        for size in SIZES {
            let icon = Icon { levels: Some(levels(20, 40, 36, 0)), stale: false, low: false };
            let drawn = icon.draw(size);
            // Down the middle, where no corner is round, each pixel has one of the drawing's colours.
            let column = (0..size).map(|y| {
                let start = ((y * size + size / 2) * 4) as usize;
                ((drawn[start], drawn[start + 1], drawn[start + 2]), drawn[start + 3])
            });
            let known = [
                (HALO, 217),
                (WALL, OPAQUE),
                (TEAL, OPAQUE),
                (VIOLET, OPAQUE),
                (AMBER, OPAQUE),
                (HALO, EMPTY),
            ];
            for (y, pixel) in column.enumerate() {
                assert!(known.contains(&pixel) || pixel.1 == 0, "{size}: {pixel:?} in row {y}");
            }
        }
    }

    fn pixel(icon: &Icon, x: usize, y: usize) -> (u8, u8, u8, u8) {
        let pixels = icon.draw(32);
        let start = (y * 32 + x) * 4;
        (pixels[start], pixels[start + 1], pixels[start + 2], pixels[start + 3])
    }

    fn opaque((r, g, b): Rgb) -> (u8, u8, u8, u8) {
        (r, g, b, 255)
    }

    #[test]
    fn the_layer_that_is_spent_first_is_drawn_on_top() {
        let balance = balance(1, [12, 12, 12, 0]);
        let drawn = |balance: &Balance| {
            let icon = Icon { levels: Some(Levels::new(balance, Tokens(0))), ..Icon::default() };
            [6, 15, 24].map(|y| pixel(&icon, 16, y))
        };
        assert_eq!(drawn(&balance), [TEAL, VIOLET, AMBER].map(opaque));
        assert_eq!(drawn(&fast_first(balance)), [VIOLET, TEAL, AMBER].map(opaque));
    }

    #[test]
    fn layers_are_faint_when_stale_and_locked_ones_are_hollow() {
        let icon = |levels, stale| Icon { levels: Some(levels), stale, low: false };
        let full = icon(levels(32, 32, 32, 0), false);
        assert_eq!(pixel(&full, 16, 15), opaque(VIOLET));
        let faint = pixel(&icon(levels(32, 32, 32, 0), true), 16, 15).3;
        assert!((STALE..STALE + EMPTY).contains(&faint), "the bar shows through: {faint}");
        assert_eq!(
            pixel(&icon(levels(0, 0, 48, 0), false), 16, 5).3,
            EMPTY,
            "the bar shows through the empty part"
        );
        let hollow = icon(levels(0, 0, 0, 96), false);
        let lines = (4..20).filter(|&y| pixel(&hollow, 10, y) == opaque(AMBER)).count();
        assert!((4..=6).contains(&lines), "{lines} lines");
        assert_eq!(pixel(&full, 0, 0).3, 0);
    }

    #[test]
    fn there_is_one_mark_at_a_time_and_the_lock_comes_first() {
        let icon = |low| Icon { levels: Some(levels(0, 4, 0, 40)), stale: false, low };
        assert_eq!(icon(true).draw(32), icon(false).draw(32));
    }

    #[test]
    fn every_two_states_look_different_at_every_size() {
        for size in SIZES {
            let drawn = states().map(|(_, icon)| icon.draw(size));
            for (index, one) in drawn.iter().enumerate() {
                assert_eq!(one.len(), (size * size * 4) as usize);
                for (other, name) in drawn[..index].iter().zip(states().map(|(name, _)| name)) {
                    let opaque = |pixel: &[u8]| {
                        [pixel[0], pixel[1], pixel[2]].map(|c| u16::from(c) * u16::from(pixel[3]) / 255)
                    };
                    let differ = one
                        .chunks(4)
                        .zip(other.chunks(4))
                        .filter(|(one, other)| {
                            opaque(one).iter().zip(opaque(other)).any(|(a, b)| a.abs_diff(b) > 40)
                        })
                        .count();
                    let share = differ * 100 / (size * size) as usize;
                    assert!(share >= 4, "{} and {name} at {size}: {share} %", states()[index].0);
                }
            }
        }
    }

    /// Writes every state at every size on every bar into one picture for people: `target/screenshots/tray-icons.png`.
    #[test]
    fn the_picture_sheet_of_all_icons_is_written() {
        const CELL: usize = 72;
        let (columns, rows) = (SIZES.len() * BARS.len(), states().len());
        let (width, height) = (columns * CELL, rows * CELL);
        let mut sheet = vec![0; width * height * 3];
        for (row, (_, icon)) in states().into_iter().enumerate() {
            for (column, (bar, size)) in
                BARS.into_iter().flat_map(|bar| SIZES.map(|size| (bar, size))).enumerate()
            {
                let pixels = icon.draw(size);
                let size = size as usize;
                let margin = (CELL - size) / 2;
                for y in 0..CELL {
                    for x in 0..CELL {
                        let inside =
                            (margin..margin + size).contains(&x) && (margin..margin + size).contains(&y);
                        let over = if inside {
                            let start = ((y - margin) * size + x - margin) * 4;
                            [0, 1, 2, 3].map(|channel| pixels[start + channel])
                        } else {
                            [0; 4]
                        };
                        let start = ((row * CELL + y) * width + column * CELL + x) * 3;
                        for (channel, under) in [bar.0, bar.1, bar.2].into_iter().enumerate() {
                            let alpha = u16::from(over[3]);
                            let mixed =
                                (u16::from(over[channel]) * alpha + u16::from(under) * (255 - alpha)) / 255;
                            sheet[start + channel] = u8::try_from(mixed).unwrap();
                        }
                    }
                }
            }
        }
        let file = screenshot("tray-icons.png");
        let mut encoder =
            png::Encoder::new(file, u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&sheet).unwrap();
    }
}
