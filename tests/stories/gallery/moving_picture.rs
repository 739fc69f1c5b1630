//! Buying, as the README shows it: the panel of the real app, from Home to the tokens that have arrived.

use super::page::{docs, updates_docs};
use crate::support::{App, World, grouped};
use anyhow::{Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokenwell_stage::demo::PREMIUM;
use tokenwell_stage::{Desktop, DesktopOptions};
use tokio::process::Command;
use tokio::time::{MissedTickBehavior, interval};

const PICTURE: &str = "images/buying.gif";

/// The largest size of the picture in bytes.
const BYTES_MAX: u64 = 1_500_000;

/// How many times slower the panel moves while it is recorded, so that every computer keeps up with it.
const SLOWER: u32 = 10;

/// The shortest time for which a frame is shown.
const FRAME: Duration = Duration::from_millis(50);

/// Slows the transitions of the design, and the clock of figures that count.
const SLOW: &str = "
    const [slower] = arguments
    const now = performance.now.bind(performance), start = now()
    performance.now = () => start + (now() - start) / slower
    const today = Date.now.bind(Date), began = today()
    Date.now = () => began + (today() - began) / slower
    const frame = requestAnimationFrame.bind(window)
    window.requestAnimationFrame = (draw) => frame(() => draw(performance.now()))
    const { style } = document.documentElement, design = getComputedStyle(document.documentElement)
    for (const name of ['--calm', '--leave', '--page', '--height', '--level']) {
        const [time, ...curve] = design.getPropertyValue(name).trim().split(' ')
        style.setProperty(name, [`${parseFloat(time) * slower}s`, ...curve].join(' '))
    }
";

/// The frames that were taken, each with the time for which it is shown.
struct Recording<'a> {
    app: &'a App,
    frames: Vec<(PathBuf, Duration)>,
    folder: TempDir,
}

impl<'a> Recording<'a> {
    async fn of(app: &'a App) -> Result<Self> {
        app.client.execute(SLOW, vec![json!(SLOWER)]).await?;
        Ok(Self { app, frames: Vec::new(), folder: tempfile::tempdir()? })
    }

    /// Takes frames until the panel has come to rest, and shows the last one for so long.
    async fn until_it_rests(&mut self, desktop: &Desktop, shown: Duration) -> Result<()> {
        let mut figure = None;
        let mut frames = interval(FRAME * SLOWER);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let taken = Instant::now();
            let counted = figure.replace(self.app.text("spendable").await?);
            let rests = self.app.is_at_rest().await? && counted == figure;
            let file = self.folder.path().join(format!("{:03}.png", self.frames.len()));
            desktop.screenshot_of_window("Tokenwell", &file).await?;
            if rests {
                self.frames.push((file, shown));
                return Ok(());
            }
            frames.tick().await;
            self.frames.push((file, taken.elapsed() / SLOWER));
        }
    }

    /// Writes the frames as an animated GIF.
    async fn write(&self, file: &Path) -> Result<()> {
        let mut convert = Command::new("convert");
        convert.args(["-loop", "0"]);
        for (frame, shown) in &self.frames {
            // A GIF counts hundredths of a second.
            convert.args(["-delay", &(shown.as_millis() / 10).max(2).to_string()]).arg(frame);
        }
        convert.args(["-strip", "+dither", "-colors", "96", "-layers", "OptimizePlus"]).arg(file);
        ensure!(convert.status().await?.success(), "the picture cannot be written");
        Ok(())
    }
}

#[tokio::test]
async fn the_readme_shows_how_tokens_are_bought_from_home_to_their_arrival() -> Result<()> {
    let options = DesktopOptions { motion: true, ..Default::default() };
    let mut world = World::with(&options).await?;
    let app = world.signed_in_as(PREMIUM.1).await?;
    let before = world.spendable_of(PREMIUM.1).await?;
    app.find("forecast").await?;
    world.desktop.park_pointer().await?;
    app.point_at_nothing().await?;
    app.has_settled().await?;
    let mut recording = if updates_docs() { Some(Recording::of(&app).await?) } else { None };

    let shown =
        [("home", 1_200), ("add-tokens", 1_000), ("pack", 1_200), ("waiting", 1_800), ("paid", 2_400)];
    for (stage, millis) in shown {
        match stage {
            "add-tokens" => {
                app.click("add-tokens").await?;
                app.find("add-tokens-dialog").await?;
            }
            "pack" => {
                app.click("pack-large").await?;
                app.shows("balance-after", &grouped(before + 40_000)).await?;
            }
            "waiting" => {
                app.click("buy-now").await?;
                app.find("waiting").await?;
            }
            "paid" => {
                let checkout = world.desktop.opened_url().await?;
                world.pay(&checkout).await?;
                app.find("paid").await?;
            }
            _ => {}
        }
        if let Some(recording) = &mut recording {
            recording.until_it_rests(&world.desktop, Duration::from_millis(millis)).await?;
        }
    }
    app.shows("spendable", &grouped(before + 40_000)).await?;
    if let Some(recording) = &recording {
        recording.write(&docs().join(PICTURE)).await?;
    }
    app.stop().await?;
    let bytes = docs().join(PICTURE).metadata()?.len();
    ensure!((1..=BYTES_MAX).contains(&bytes), "{PICTURE} has {bytes} bytes");
    let readme = std::fs::read_to_string(docs().join("../README.md"))?;
    ensure!(readme.contains(PICTURE), "the README does not show {PICTURE}");
    Ok(())
}
