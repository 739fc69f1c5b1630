//! Where the panel stands: near its tray icon.

use tauri::{PhysicalPosition, PhysicalRect, PhysicalSize};

/// The space between icon and panel, in pixels.
const GAP: i32 = 8;

/// The top left corner of a panel near an icon: centred on it, on its inner side, and whole on the part of the screen that
/// is free.
pub(crate) fn beside(
    icon: PhysicalRect<i32, u32>,
    panel: PhysicalSize<u32>,
    free: PhysicalRect<i32, u32>,
) -> PhysicalPosition<i32> {
    let across = Side { start: icon.position.x, length: length(icon.size.width) };
    let down = Side { start: icon.position.y, length: length(icon.size.height) };
    let free_across = Side { start: free.position.x, length: length(free.size.width) };
    let free_down = Side { start: free.position.y, length: length(free.size.height) };
    let (width, height) = (length(panel.width), length(panel.height));
    let y = if down.middle() > free_down.middle() { down.start - GAP - height } else { down.end() + GAP };
    PhysicalPosition { x: free_across.hold(across.middle() - width / 2, width), y: free_down.hold(y, height) }
}

/// A stretch of the screen in one direction.
#[derive(Clone, Copy)]
struct Side {
    start: i32,
    length: i32,
}

impl Side {
    fn middle(self) -> i32 {
        self.start + self.length / 2
    }

    fn end(self) -> i32 {
        self.start + self.length
    }

    /// The start nearest to `start` of something as long as this that is within; one that is too long starts with it.
    fn hold(self, start: i32, length: i32) -> i32 {
        start.min(self.end() - length).max(self.start)
    }
}

/// No screen is longer than an `i32`.
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
    fn the_panel_stands_at_its_icon_and_whole_on_the_screen() {
        let free = rect(0, 25, 1_440, 875);
        for (what, icon, corner) in [
            ("below a bar at the top", rect(700, 0, 24, 24), (502, 32)),
            ("at the right end of that bar", rect(1_400, 0, 24, 24), (1_020, 32)),
            ("above a bar at the bottom", rect(700, 876, 24, 24), (502, 188)),
            ("at the left end of that bar", rect(10, 876, 24, 24), (0, 188)),
        ] {
            let panel = PhysicalSize { width: 420, height: 680 };
            let PhysicalPosition { x, y } = beside(icon, panel, free);
            assert_eq!((x, y), corner, "{what}");
        }
        let too_large = PhysicalSize { width: 420, height: 2_000 };
        assert_eq!(beside(rect(700, 0, 24, 24), too_large, free).y, 25, "its top stays in reach");
    }
}
