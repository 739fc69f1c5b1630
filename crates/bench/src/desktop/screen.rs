//! When a window shows its figures.

use anyhow::{Context as _, Result, bail};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokenwell_stage::Desktop;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

/// The pause between two looks at the screen.
const PAUSE: Duration = Duration::from_millis(2);
/// A picture that stays for so long is the final one.
const FINAL: Duration = Duration::from_millis(800);
/// Ends a measurement of a window that never appears.
const LIMIT: Duration = Duration::from_mins(1);

/// The upper part of a window in the middle of the screen, where its figures are.
pub struct Screen {
    connection: RustConnection,
    root: Window,
}

/// The pixels of the part.
pub type Picture = Vec<u8>;

impl Screen {
    /// Connects to the desktop's X server.
    pub fn of(desktop: &Desktop) -> Result<Self> {
        let display = desktop.environment().iter().find(|(name, _)| *name == "DISPLAY");
        let display = display.and_then(|(_, value)| value.to_str()).context("the desktop has a display")?;
        let (connection, screen) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots[screen].root;
        Ok(Self { connection, root })
    }

    /// What the part shows now.
    pub fn picture(&self) -> Result<Picture> {
        let (x, y, width, height) = (460, 170, 360, 160);
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0);
        Ok(image?.reply()?.data)
    }

    /// Waits until the part shows something else than `before` and no longer changes. Returns the time from `start` until it
    /// first showed that.
    pub fn time_to_final(&self, before: &Picture, start: Instant) -> Result<Duration> {
        let mut first: HashMap<Picture, Instant> = HashMap::new();
        let (mut last, mut changed) = (before.clone(), start);
        while start.elapsed() < LIMIT {
            let picture = self.picture()?;
            let now = Instant::now();
            let shown = *first.entry(picture.clone()).or_insert(now);
            if picture != last {
                (last, changed) = (picture, now);
            } else if picture != *before && now - changed > FINAL {
                return Ok(shown - start);
            }
            std::thread::sleep(PAUSE);
        }
        bail!("the window has not shown anything for {LIMIT:?}")
    }

    /// Waits until the part shows `picture`.
    pub fn waits_for(&self, picture: &Picture) -> Result<()> {
        let start = Instant::now();
        while self.picture()? != *picture {
            if start.elapsed() > LIMIT {
                bail!("the window has stayed for {LIMIT:?}");
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}
