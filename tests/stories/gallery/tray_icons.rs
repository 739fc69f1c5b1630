//! The sheet of tray icons on the gallery page: what the app draws, enlarged.

use super::page::{TRAY_ICONS, docs, updates_docs};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::process::Stdio;
use tokenwell_desktop::icon::Icon;
use tokenwell_desktop::well::Levels;
use tokenwell_wire::{Balance, Tokens};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// How often the icons are enlarged.
const ENLARGED: u32 = 8;
/// The sizes of icons on bars.
const SIZES: [u32; 5] = [16, 18, 22, 24, 32];
/// A light, a mid-grey and a dark bar.
const BARS: [u8; 3] = [235, 128, 43];
/// The free space around an icon, in its own pixels.
const MARGIN: u32 = 2;

/// A balance with these tokens in the Rollover Bank, fast, top-up, and locked of the latter.
fn balance([rollover, fast, top_up, locked]: [u64; 4], used: u64) -> Result<Balance> {
    let spendable = rollover + fast + top_up - locked;
    let reason = (locked > 0).then_some("not_entitled");
    Ok(serde_json::from_value(json!({
        "version": 1,
        "as_of": "2026-11-27T12:00:00Z",
        "fast": {"available": fast, "held": 0, "allowance": 25_000, "resets_at": null},
        "rollover": {"available": rollover, "held": 0, "cap": 75_000},
        "top_up": {"available": top_up, "held": 0, "locked": locked, "locked_reason": reason},
        "spendable": spendable,
        "total": spendable + locked,
        "next_spent_from": null,
        "spend_order": ["rollover", "fast", "top_up"],
        "used": {"tokens": used, "since": "2026-11-11T12:00:00Z"},
        "can_buy": locked == 0,
    }))?)
}

/// The states, in the order in which the gallery page lists them.
fn icons() -> Result<[Icon; 6]> {
    let month = balance([3_270, 25_000, 10_000, 0], 6_130)?;
    let of = |balance: &Balance, pending| Icon {
        levels: Some(Levels::new(balance, Tokens(pending))),
        ..Icon::default()
    };
    Ok([
        of(&month, 0),
        Icon { low: true, ..of(&balance([0, 1_840, 0, 0], 42_560)?, 0) },
        of(&balance([0, 150, 5_000, 5_000], 0)?, 0),
        Icon { stale: true, ..of(&month, 0) },
        of(&month, 15_000),
        Icon::default(),
    ])
}

/// The sheet as RGB pixels, with its width and height.
fn sheet() -> Result<(Vec<u8>, u32, u32)> {
    let cell = |size: u32| size + 2 * MARGIN;
    let icons = icons()?;
    let width = SIZES.map(cell).iter().sum::<u32>() * 3 * ENLARGED;
    let height = cell(SIZES[4]) * u32::try_from(icons.len())? * ENLARGED;
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for icon in icons {
        let drawn = SIZES.map(|size| (size, icon.draw(size)));
        for y in 0..cell(SIZES[4]) {
            let mut row = Vec::new();
            for bar in BARS {
                for (size, icon) in &drawn {
                    let from_top = (cell(SIZES[4]) - size) / 2;
                    row.extend((0..cell(*size)).map(|x| {
                        let inside = (x.checked_sub(MARGIN), y.checked_sub(from_top));
                        let (Some(x), Some(y)) = inside else { return [bar; 3] };
                        if x < *size && y < *size { over(icon, y * size + x, bar) } else { [bar; 3] }
                    }));
                }
            }
            let row: Vec<u8> = row.into_iter().flat_map(|pixel| pixel.repeat(ENLARGED as usize)).collect();
            pixels.extend(row.repeat(ENLARGED as usize));
        }
    }
    Ok((pixels, width, height))
}

/// A pixel of an icon on a bar.
fn over(icon: &[u8], index: u32, bar: u8) -> [u8; 3] {
    let start = index as usize * 4;
    let alpha = u32::from(icon[start + 3]);
    [0, 1, 2].map(|channel| {
        let mixed = u32::from(icon[start + channel]) * alpha + u32::from(bar) * (255 - alpha);
        u8::try_from(mixed / 255).unwrap_or(u8::MAX)
    })
}

#[tokio::test]
async fn the_sheet_of_tray_icons_shows_what_the_app_draws() -> Result<()> {
    let (pixels, width, height) = sheet()?;
    let file = docs().join(TRAY_ICONS);
    if updates_docs() {
        let mut convert = Command::new("convert");
        convert.args([
            "-size",
            &format!("{width}x{height}"),
            "-depth",
            "8",
            "rgb:-",
            "-strip",
            "-quality",
            "95",
        ]);
        let mut convert = convert.arg(&file).stdin(Stdio::piped()).spawn()?;
        convert.stdin.take().context("a pipe")?.write_all(&pixels).await?;
        ensure!(convert.wait().await?.success(), "the sheet cannot be written");
    }
    let mut read = Command::new("convert");
    let shown = read.arg(&file).args(["-depth", "8", "rgb:-"]).output().await?.stdout;
    ensure!(shown == pixels, "{TRAY_ICONS} is out of date: UPDATE=1 renews it");
    Ok(())
}
