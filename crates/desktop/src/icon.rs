//! The tray icon: the well with its layers, and marks for what else matters at a glance. A tray does not report its
//! colour, so one drawing has to be visible on every bar. A test checks the contrast on bars from white to black.

use crate::well::{Layer, Levels, STEPS};
use tiny_skia::{
    BlendMode, FillRule, LineCap, Mask, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke,
    Transform,
};
use tokenwell_wire::Bucket;

/// The tray icon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Icon {
    /// The layers. `None` draws an empty well, because no balance is known.
    pub levels: Option<Levels>,
    /// Whether the balance may be out of date. Draws it faint, with a clock.
    pub stale: bool,
    /// Whether tokens run low. Draws a triangle.
    pub low: bool,
}

type Rgb = (u8, u8, u8);
const TEAL: Rgb = (15, 140, 118);
const VIOLET: Rgb = (105, 98, 240);
const AMBER: Rgb = (200, 120, 10);
const RED: Rgb = (214, 72, 50);
const WALL: Rgb = (120, 120, 126);

/// The smallest size with room for details finer than one square of the grid.
const ROOMY: u32 = 24;

// The grid is 16 by 16 at every size. The well is in its middle, the marks are in its corners.
const TOP: f32 = 1.0;
const BOTTOM: f32 = 15.0;
const LEFT: f32 = 3.0;
const RIGHT: f32 = 13.0;

impl Icon {
    /// Square RGBA pixels, not premultiplied. The grid has 16 columns, so multiples of 16 are sharpest.
    pub fn draw(&self, size: u32) -> Vec<u8> {
        let drawn = Canvas::new(size).and_then(|mut canvas| {
            self.well(&mut canvas)?;
            self.marks(&mut canvas)?;
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

    fn well(&self, canvas: &mut Canvas) -> Option<()> {
        let inside = beaker()?;
        let mut mask = Mask::new(canvas.size, canvas.size)?;
        mask.fill_path(&inside, FillRule::Winding, true, canvas.grid);
        let within = Some(&mask);
        canvas.band(TOP, BOTTOM, &paint(WALL, 50), within);

        let alpha = if self.stale { 130 } else { 255 };
        let mut bottom = BOTTOM;
        for &Layer { bucket, locked, steps } in self.levels.iter().flat_map(Levels::layers).rev() {
            let top = bottom - f32::from(steps) * (BOTTOM - TOP) / f32::from(STEPS);
            canvas.band(top, bottom, &paint(colour(bucket), alpha), within);
            if locked {
                canvas.stroke(&hatch(top)?, 0.9, &paint((60, 60, 66), 200), within);
            }
            // The gap separates layers for people who cannot distinguish the hues.
            if canvas.size >= ROOMY && bottom < BOTTOM {
                canvas.band(bottom - 0.25, bottom + 0.25, &clear(), within);
            }
            bottom = top;
        }
        canvas.stroke(&inside, 1.0, &paint(WALL, 255), None);
        Some(())
    }

    fn marks(&self, canvas: &mut Canvas) -> Option<()> {
        if self.stale {
            canvas.fill(&PathBuilder::from_circle(12.6, 3.4, 3.4)?, &clear());
            canvas.stroke(&PathBuilder::from_circle(12.6, 3.4, 2.4)?, 1.2, &paint(WALL, 255), None);
            if canvas.size >= ROOMY {
                canvas.stroke(&line(&[(12.6, 2.0), (12.6, 3.5), (13.6, 3.9)])?, 0.7, &paint(WALL, 255), None);
            }
        }
        if self.levels.as_ref().is_some_and(Levels::has_locked) {
            canvas.fill(&PathBuilder::from_rect(Rect::from_ltrb(9.6, 8.4, 16.0, 16.0)?), &clear());
            canvas.fill(&PathBuilder::from_rect(Rect::from_ltrb(10.4, 11.6, 15.6, 15.6)?), &paint(WALL, 255));
            canvas.stroke(&shackle()?, 1.1, &paint(WALL, 255), None);
        }
        if self.low {
            // In the upper corner, where a low well is empty.
            canvas.fill(&line(&[(-0.8, 6.8), (3.2, -0.6), (7.2, 6.8)])?, &clear());
            canvas.fill(&line(&[(0.2, 6.0), (3.2, 0.4), (6.2, 6.0)])?, &paint(RED, 255));
            if canvas.size >= ROOMY {
                canvas.stroke(&line(&[(3.2, 2.2), (3.2, 4.0)])?, 0.8, &clear(), None);
                canvas.fill(&PathBuilder::from_circle(3.2, 5.0, 0.45)?, &clear());
            }
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
    size: u32,
    grid: Transform,
}

impl Canvas {
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn new(size: u32) -> Option<Self> {
        let grid = Transform::from_scale(size as f32 / 16.0, size as f32 / 16.0);
        Some(Self { pixmap: Pixmap::new(size, size)?, size, grid })
    }

    fn band(&mut self, top: f32, bottom: f32, paint: &Paint<'_>, mask: Option<&Mask>) {
        if let Some(band) = Rect::from_ltrb(LEFT, top, RIGHT, bottom).filter(|band| band.height() > 0.0) {
            self.pixmap.fill_rect(band, paint, self.grid, mask);
        }
    }

    fn fill(&mut self, path: &Path, paint: &Paint<'_>) {
        self.pixmap.fill_path(path, paint, FillRule::Winding, self.grid, None);
    }

    fn stroke(&mut self, path: &Path, width: f32, paint: &Paint<'_>, mask: Option<&Mask>) {
        let stroke = Stroke { width, line_cap: LineCap::Butt, ..Stroke::default() };
        self.pixmap.stroke_path(path, paint, &stroke, self.grid, mask);
    }
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

/// Straight walls, nearly square corners at the top, round ones at the bottom.
fn beaker() -> Option<Path> {
    const EDGE: f32 = 1.0;
    const ROUND: f32 = 4.0;
    let mut path = PathBuilder::new();
    path.move_to(LEFT + EDGE, TOP);
    path.line_to(RIGHT - EDGE, TOP);
    path.quad_to(RIGHT, TOP, RIGHT, TOP + EDGE);
    path.line_to(RIGHT, BOTTOM - ROUND);
    path.quad_to(RIGHT, BOTTOM, RIGHT - ROUND, BOTTOM);
    path.line_to(LEFT + ROUND, BOTTOM);
    path.quad_to(LEFT, BOTTOM, LEFT, BOTTOM - ROUND);
    path.line_to(LEFT, TOP + EDGE);
    path.quad_to(LEFT, TOP, LEFT + EDGE, TOP);
    path.close();
    path.finish()
}

/// Slanted lines from `top` down. They mark tokens that cannot be used.
fn hatch(top: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    let height = BOTTOM - top;
    let mut x = LEFT - height;
    while x < RIGHT {
        path.move_to(x, BOTTOM);
        path.line_to(x + height, top);
        x += 2.8;
    }
    path.finish()
}

fn shackle() -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(11.5, 11.8);
    path.cubic_to(11.5, 8.4, 14.5, 8.4, 14.5, 11.8);
    path.finish()
}

fn line(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{balance, fast_first, screenshot};
    use tokenwell_wire::{Balance, Tokens};

    /// Colours of desktop bars: white (high contrast), light, two dark ones, black (high contrast).
    const BARS: [Rgb; 5] = [(255, 255, 255), (235, 235, 235), (60, 62, 66), (43, 43, 43), (0, 0, 0)];
    const SIZES: [u32; 6] = [16, 22, 24, 32, 48, 64];

    fn levels(rollover: u16, fast: u16, top_up: u16, locked: u16) -> Levels {
        Levels::of(&[
            (Bucket::Rollover, false, rollover),
            (Bucket::Fast, false, fast),
            (Bucket::TopUp, false, top_up),
            (Bucket::TopUp, true, locked),
        ])
    }

    fn states() -> [(&'static str, Icon); 7] {
        let icon = |levels, stale, low| Icon { levels: Some(levels), stale, low };
        [
            ("premium", icon(levels(4, 24, 10, 0), false, false)),
            ("free", icon(levels(0, 30, 0, 0), false, false)),
            ("lapsed", icon(levels(0, 2, 0, 30), false, false)),
            ("low", icon(levels(0, 3, 1, 0), false, true)),
            ("stale", icon(levels(4, 24, 10, 0), true, false)),
            ("signed out", Icon::default()),
            ("lapsed, low and stale", icon(levels(0, 1, 0, 20), true, true)),
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
            for colour in [TEAL, VIOLET, AMBER, RED, WALL] {
                let contrast = contrast(colour, bar);
                // WCAG 2.2, 1.4.11: graphics.
                assert!(
                    contrast >= 3.0 || bar == BARS[1] && contrast >= 2.8,
                    "{colour:?} on {bar:?}: {contrast:.2}"
                );
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
            let icon = Icon { levels: Some(Levels::new(balance, Tokens(48))), ..Icon::default() };
            [12, 19, 26].map(|y| pixel(&icon, 16, y))
        };
        assert_eq!(drawn(&balance), [TEAL, VIOLET, AMBER].map(opaque));
        assert_eq!(drawn(&fast_first(balance)), [VIOLET, TEAL, AMBER].map(opaque));
    }

    #[test]
    fn each_layer_has_its_colour_and_is_faint_when_stale() {
        let at = |stale, x, y| pixel(&Icon { levels: Some(levels(12, 12, 12, 0)), stale, low: false }, x, y);
        assert_eq!(at(false, 16, 12), opaque(TEAL));
        assert_eq!(at(false, 16, 19), opaque(VIOLET));
        assert_eq!(at(false, 16, 26), opaque(AMBER));
        assert!(at(false, 16, 5).3 < 80, "the bar shows through the empty part");
        assert!(at(true, 16, 19).3 < 160);
        assert_eq!(at(false, 0, 0).3, 0);
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
