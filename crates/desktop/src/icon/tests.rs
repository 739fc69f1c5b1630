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
        (Bucket::Fast, LayerKind::Solid, 24),
        (Bucket::TopUp, LayerKind::Solid, 8),
        (Bucket::TopUp, LayerKind::Pending, 40),
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
        let known =
            [(HALO, 217), (WALL, OPAQUE), (TEAL, OPAQUE), (VIOLET, OPAQUE), (AMBER, OPAQUE), (HALO, EMPTY)];
        for (y, pixel) in column.enumerate() {
            assert!(known.contains(&pixel) || pixel.1 == 0, "{size}: {pixel:?} in row {y}");
        }
    }
}

#[test]
fn dashes_and_marks_are_whole_pixels_at_every_size() {
    let low = Icon { levels: Some(levels(0, 6, 2, 0)), stale: false, low: true };
    let lapsed = Icon { levels: Some(levels(0, 4, 0, 60)), stale: false, low: false };
    for size in SIZES {
        let Vessel { unit, top, height, width, .. } = Vessel::of(size);
        // Between the round corners.
        let rows = top + 2 * unit..top + height - width / 2;
        for icon in [Icon::default(), low.clone(), lapsed.clone()] {
            let drawn = icon.draw(size);
            let known = [
                (HALO, 217),
                (HALO, OPAQUE),
                (HALO, EMPTY),
                (WALL, OPAQUE),
                (RED, OPAQUE),
                (VIOLET, OPAQUE),
                (AMBER, OPAQUE),
            ];
            let lines = drawn.chunks((size * 4) as usize);
            for line in lines.take(rows.end as usize).skip(rows.start as usize) {
                for pixel in line.chunks(4) {
                    let pixel = ((pixel[0], pixel[1], pixel[2]), pixel[3]);
                    assert!(known.contains(&pixel) || pixel.1 == 0, "{size}: {pixel:?}");
                }
            }
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
                    let inside = (margin..margin + size).contains(&x) && (margin..margin + size).contains(&y);
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
    let mut encoder = png::Encoder::new(file, u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&sheet).unwrap();
}

#[test]
fn a_template_is_black_and_tells_states_and_buckets_apart_by_its_opacity() {
    for size in SIZES {
        let drawn = states().map(|(what, icon)| (what, icon.draw_template(size)));
        for (index, (what, pixels)) in drawn.iter().enumerate() {
            let is_black = |pixel: &[u8]| pixel[3] == 0 || pixel[..3] == [0, 0, 0];
            assert!(pixels.chunks(4).all(is_black), "{what}, {size}");
            let earlier = drawn[..index].iter().find(|(_, earlier)| earlier == pixels);
            assert_eq!(earlier.map(|(earlier, _)| earlier), None, "{what}, {size}");
        }
        let (_, premium) = &drawn[0];
        let middle = premium.chunks(4).skip(size as usize / 2).step_by(size as usize);
        let opacities: std::collections::BTreeSet<u8> = middle.map(|pixel| pixel[3]).collect();
        assert!(
            [0, 102, 165, 255].iter().all(|opacity| opacities.contains(opacity)),
            "{size}: {opacities:?}"
        );
    }
}
