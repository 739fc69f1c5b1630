//! The tray icon: the well with its layers, and one mark for what else matters at a glance. A tray does not report its
//! colour, so one drawing has to be visible on every bar: the wall is dark, with a light halo. Everything but the round
//! corners is drawn in whole pixels. The menu bar of macOS takes a template instead, which it draws in its own colour.

use crate::well::{Band, Grain, LayerKind, Levels};
use tiny_skia::{
    BlendMode, FillRule, Mask, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Transform,
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

/// What the picture is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Colours,
    /// Black, whose opacity tells the buckets apart. What is light in colours is left out.
    Template,
}

impl Ink {
    fn paint(self, colour: Rgb, alpha: u8) -> Paint<'static> {
        let part = |percent: u16| u8::try_from(u16::from(alpha) * percent / 100).unwrap_or(alpha);
        match (self, colour) {
            (Self::Colours, colour) => paint(colour, alpha),
            (Self::Template, HALO) => clear(),
            (Self::Template, VIOLET) => paint((0, 0, 0), part(65)),
            (Self::Template, AMBER) => paint((0, 0, 0), part(40)),
            (Self::Template, _) => paint((0, 0, 0), alpha),
        }
    }
}

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
        self.draw_with(Ink::Colours, size)
    }

    /// The same as a template of macOS: only the opacity of the pixels counts.
    pub fn draw_template(&self, size: u32) -> Vec<u8> {
        self.draw_with(Ink::Template, size)
    }

    fn draw_with(&self, ink: Ink, size: u32) -> Vec<u8> {
        let drawn = Canvas::new(ink, size).and_then(|mut canvas| {
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
            canvas.triangle();
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
    ink: Ink,
    pixmap: Pixmap,
    vessel: Vessel,
    /// The well's inside.
    inside: Mask,
    size: u32,
}

impl Canvas {
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn new(ink: Ink, size: u32) -> Option<Self> {
        let vessel = Vessel::of(size);
        let mut inside = Mask::new(size, size)?;
        inside.fill_path(
            &vessel.path(-(vessel.unit as f32))?,
            FillRule::Winding,
            true,
            Transform::identity(),
        );
        Some(Self { ink, pixmap: Pixmap::new(size, size)?, vessel, inside, size })
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn wall(&mut self) -> Option<()> {
        let unit = self.vessel.unit as f32;
        for (by, paint) in
            [(unit, self.ink.paint(HALO, 217)), (0.0, self.ink.paint(WALL, OPAQUE)), (-unit, clear())]
        {
            self.fill(&self.vessel.path(by)?, &paint);
        }
        self.fill(&self.vessel.path(-unit)?, &self.ink.paint(HALO, EMPTY));
        Some(())
    }

    /// A wall without a fill, because no balance is known. Its dashes are whole pixels on a light ring.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    fn dashed_wall(&mut self) -> Option<()> {
        let Vessel { unit, left, top, width, height } = self.vessel;
        let (outside, inside) = (self.vessel.path(0.0)?, self.vessel.path(-(unit as f32))?);
        self.fill(&self.vessel.path(unit as f32)?, &self.ink.paint(HALO, 217));
        self.fill(&inside, &clear());

        let mut ring = Mask::new(self.size, self.size)?;
        ring.fill_path(&inside, FillRule::Winding, true, Transform::identity());
        ring.invert();
        ring.intersect_path(&outside, FillRule::Winding, true, Transform::identity());

        let bottom = top + height;
        let sides = (top + 2 * unit..bottom - unit).step_by(4 * unit as usize);
        let sides = sides.map(|y| pixels(0, y, self.size, (2 * unit).min(bottom - unit - y)));
        // From the middle, so that both halves are alike.
        let middle = left + width / 2 - unit;
        let columns = (0..width / 2).step_by(4 * unit as usize).flat_map(|by| [middle + by, middle - by]);
        let ends = columns.flat_map(|x| [top, bottom - unit].map(|y| pixels(x, y, 2 * unit, unit)));
        for dash in sides.chain(ends).flatten() {
            self.pixmap.fill_rect(dash, &self.ink.paint(WALL, OPAQUE), Transform::identity(), Some(&ring));
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
            self.pixmap.fill_rect(
                rows,
                &self.ink.paint(colour, alpha),
                Transform::identity(),
                Some(&self.inside),
            );
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
            (at(0, 3, 8, 6), self.ink.paint(HALO, OPAQUE)),
            (at(1, 0, 6, 4), self.ink.paint(HALO, OPAQUE)),
            (at(1, 4, 6, 4), self.ink.paint(WALL, OPAQUE)),
            (at(2, 1, 4, 3), self.ink.paint(WALL, OPAQUE)),
            (at(3, 2, 2, 2), self.ink.paint(HALO, OPAQUE)),
        ];
        for (rect, paint) in shapes {
            if let Some(rect) = rect {
                self.pixmap.fill_rect(rect, &paint, Transform::identity(), None);
            }
        }
    }

    /// A triangle in the upper corner, where a low well is empty, in whole pixels.
    fn triangle(&mut self) {
        let unit = self.vessel.unit;
        let left = self.size - 9 * unit;
        // From the tip: how far each row starts from the left. Red lies within a light edge.
        let light = [4, 3, 3, 2, 2, 1, 1, 0, 0].into_iter().zip(0..).map(|row| (row, HALO));
        let red = [4, 4, 3, 3, 2, 2, 1].into_iter().zip(1..).map(|row| (row, RED));
        for ((from, row), colour) in light.chain(red) {
            let rect = pixels(left + from * unit, row * unit, (9 - 2 * from) * unit, unit);
            if let Some(rect) = rect {
                self.pixmap.fill_rect(rect, &self.ink.paint(colour, OPAQUE), Transform::identity(), None);
            }
        }
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
mod tests;
