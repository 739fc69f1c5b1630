//! The position of the panel near its tray icon.

use tauri::{PhysicalPosition, PhysicalRect, PhysicalSize};

/// The space between icon and panel, in pixels.
const GAP: i32 = 8;

/// The top left corner of a panel near a tray icon. The panel is centred on the icon, below it or above it, and completely
/// within the free part of the screen.
pub(crate) fn near_icon(
    icon: PhysicalRect<i32, u32>,
    panel: PhysicalSize<u32>,
    free: PhysicalRect<i32, u32>,
) -> PhysicalPosition<i32> {
    let across = Span { start: icon.position.x, length: length(icon.size.width) };
    let down = Span { start: icon.position.y, length: length(icon.size.height) };
    let free_across = Span { start: free.position.x, length: length(free.size.width) };
    let free_down = Span { start: free.position.y, length: length(free.size.height) };
    let (width, height) = (length(panel.width), length(panel.height));
    let y = if down.middle() > free_down.middle() { down.start - GAP - height } else { down.end() + GAP };
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
            let PhysicalPosition { x, y } = near_icon(icon, panel, free);
            assert_eq!((x, y), corner, "{what}");
        }
        let too_large = PhysicalSize { width: 420, height: 2_000 };
        assert_eq!(
            near_icon(rect(700, 0, 24, 24), too_large, free).y,
            25,
            "its title bar stays on the screen"
        );
    }
}
