//! The position of the panel near its tray icon.

use tauri::{LogicalUnit, PhysicalPosition, PhysicalRect, PhysicalSize};

/// The space between icon and panel, in pixels of the usual density.
const GAP: f64 = 8.0;

/// The size that a window has on a screen of scale `to`. On its present screen, of scale `from`, it has the given one.
pub(crate) fn on_screen_of(to: f64, size: PhysicalSize<u32>, from: f64) -> PhysicalSize<u32> {
    if is_scale(from) && is_scale(to) { size.to_logical::<f64>(from).to_physical(to) } else { size }
}

/// A driver may report nonsense.
fn is_scale(scale: f64) -> bool {
    scale.is_normal() && scale > 0.0
}

/// The top left corner of a panel near a tray icon. The panel is centred on the icon, below it or above it, and completely
/// within the free part of the screen, whose scale is given.
pub(crate) fn near_icon(
    icon: PhysicalRect<i32, u32>,
    panel: PhysicalSize<u32>,
    free: PhysicalRect<i32, u32>,
    scale: f64,
) -> PhysicalPosition<i32> {
    let gap = LogicalUnit::new(GAP).to_physical::<i32>(if is_scale(scale) { scale } else { 1.0 }).0;
    let across = Span { start: icon.position.x, length: length(icon.size.width) };
    let down = Span { start: icon.position.y, length: length(icon.size.height) };
    let free_across = Span { start: free.position.x, length: length(free.size.width) };
    let free_down = Span { start: free.position.y, length: length(free.size.height) };
    let (width, height) = (length(panel.width), length(panel.height));
    let y = if down.middle() > free_down.middle() { down.start - gap - height } else { down.end() + gap };
    PhysicalPosition {
        x: free_across.clamp(across.middle() - width / 2, width),
        y: free_down.clamp(y, height),
    }
}

/// A range of the screen in one direction, in pixels.
#[derive(Clone, Copy)]
struct Span {
    start: i32,
    length: i32,
}

impl Span {
    fn middle(self) -> i32 {
        self.start + self.length / 2
    }

    fn end(self) -> i32 {
        self.start + self.length
    }

    /// The start nearest to `start` at which something of this length is within the range. If it is too long, it starts with
    /// the range.
    fn clamp(self, start: i32, length: i32) -> i32 {
        start.min(self.end() - length).max(self.start)
    }
}

/// Screens are smaller than `i32::MAX`.
fn length(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: i32, y: i32, width: u32, height: u32) -> PhysicalRect<i32, u32> {
        PhysicalRect { position: PhysicalPosition { x, y }, size: PhysicalSize { width, height } }
    }

    #[test]
    fn the_panel_is_next_to_its_icon_and_completely_on_the_screen() {
        let free = rect(0, 25, 1_440, 875);
        for (what, icon, corner) in [
            ("below a bar at the top", rect(700, 0, 24, 24), (502, 32)),
            ("at the right end of that bar", rect(1_400, 0, 24, 24), (1_020, 32)),
            ("above a bar at the bottom", rect(700, 876, 24, 24), (502, 188)),
            ("at the left end of that bar", rect(10, 876, 24, 24), (0, 188)),
        ] {
            let panel = PhysicalSize { width: 420, height: 680 };
            let PhysicalPosition { x, y } = near_icon(icon, panel, free, 1.0);
            assert_eq!((x, y), corner, "{what}");
        }
        let too_large = PhysicalSize { width: 420, height: 2_000 };
        assert_eq!(
            near_icon(rect(700, 0, 24, 24), too_large, free, 1.0).y,
            25,
            "its title bar stays on the screen"
        );
    }

    #[test]
    fn a_panel_that_comes_from_a_screen_of_another_scale_is_placed_by_the_size_that_it_gets() {
        let size = |width, height| PhysicalSize { width, height };
        for (to, before, from, after) in [
            (2.0, size(420, 680), 1.0, size(840, 1_360)),
            (1.0, size(840, 1_360), 2.0, size(420, 680)),
            (1.5, size(420, 680), 1.0, size(630, 1_020)),
            (1.25, size(630, 1_020), 1.5, size(525, 850)),
            (1.0, size(420, 680), 1.0, size(420, 680)),
            (0.0, size(420, 680), 1.0, size(420, 680)),
            (1.0, size(420, 680), f64::NAN, size(420, 680)),
        ] {
            assert_eq!(on_screen_of(to, before, from), after, "{from} to {to}");
        }
        // A second screen of scale 2 to the right of the first one, with its bar at the bottom.
        let free = rect(1_920, 0, 3_840, 2_080);
        let icon = rect(5_600, 2_096, 48, 48);
        let panel = on_screen_of(2.0, size(420, 680), 1.0);
        let PhysicalPosition { x, y } = near_icon(icon, panel, free, 2.0);
        assert_eq!((x, y), (5_760 - 840, 2_080 - 1_360), "in the corner of its screen");
    }
}
