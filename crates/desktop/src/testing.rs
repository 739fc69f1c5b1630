//! Shared by the tests of this crate.

use crate::text::Texts;
use jiff::{Timestamp, tz::TimeZone};
use std::{env, fs, io::BufWriter, path::Path};
use tokenwell_wire::{Balance, Bucket, Fast, LockedReason, Problem, Rollover, Tokens, TopUp, Used};

/// British English, in Berlin.
pub(crate) fn texts() -> Texts {
    Texts::new("en-GB", berlin())
}

/// A time zone with summer time.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests read the system's time zones; the app gets its zone passed in"
)]
pub(crate) fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// Panics unless a file of the repository has this content. With `UPDATE` in the environment, writes the file first.
/// The path is relative to this crate.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests compare files of the repository; the app reads none"
)]
pub(crate) fn assert_committed(path: &str, content: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, content).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    let changed = content.lines().zip(committed.lines()).find(|(now, then)| now != then);
    assert!(
        content == committed,
        "{path}: the first line that changed: {changed:#?}\nif that is meant: UPDATE=1 cargo test -p tokenwell-desktop"
    );
}

/// A file in `target/screenshots`, for pictures that people look at.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "only the tests write pictures to the disk"
)]
pub(crate) fn screenshot(name: &str) -> BufWriter<fs::File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    fs::create_dir_all(&folder).unwrap();
    BufWriter::new(fs::File::create(folder.join(name)).unwrap())
}

/// A point in time.
pub(crate) fn at(rfc3339: &str) -> Timestamp {
    rfc3339.parse().unwrap()
}

/// A premium balance with rollover, fast, usable top-up and locked top-up tokens.
pub(crate) fn balance(version: u64, [rollover, fast, top_up, locked]: [u64; 4]) -> Balance {
    let spendable = rollover + fast + top_up;
    let balance = Balance {
        version,
        as_of: at("2026-11-22T12:00:00Z"),
        fast: Fast {
            available: Tokens(fast),
            held: Tokens(0),
            allowance: Tokens(25_000),
            resets_at: Some(at("2026-12-05T08:14:00Z")),
        },
        rollover: Rollover { available: Tokens(rollover), held: Tokens(0), cap: Tokens(75_000) },
        top_up: TopUp {
            available: Tokens(top_up + locked),
            held: Tokens(0),
            locked: Tokens(locked),
            locked_reason: (locked > 0).then_some(LockedReason::NotEntitled),
        },
        spendable: Tokens(spendable),
        total: Tokens(spendable + locked),
        owed: Tokens(0),
        next_spent_from: None,
        spend_order: vec![],
        used: None,
        can_buy: locked == 0,
    };
    with_spend_order(balance, [Bucket::Rollover, Bucket::Fast, Bucket::TopUp])
}

/// The balance after this many tokens were used since the last reset.
pub(crate) fn used(balance: Balance, tokens: u64) -> Balance {
    Balance { used: Some(Used { tokens: Tokens(tokens), since: at("2026-11-05T08:14:00Z") }), ..balance }
}

/// The balance under a catalogue that spends fast tokens before the Rollover Bank (rule 1).
pub(crate) fn fast_first(balance: Balance) -> Balance {
    with_spend_order(balance, [Bucket::Fast, Bucket::Rollover, Bucket::TopUp])
}

fn with_spend_order(balance: Balance, order: [Bucket; 3]) -> Balance {
    let usable = |bucket: &Bucket| match bucket {
        Bucket::Rollover => balance.rollover.available > Tokens(0),
        Bucket::Fast => balance.fast.available > Tokens(0),
        Bucket::TopUp => balance.top_up.available > balance.top_up.locked,
    };
    Balance { next_spent_from: order.into_iter().find(usable), spend_order: order.to_vec(), ..balance }
}

/// A problem as the service words it.
pub(crate) fn problem(status: u16, code: &str) -> Problem {
    Problem {
        kind: format!("urn:tokenwell:problem:{code}"),
        title: String::new(),
        status,
        detail: format!("The service says {code}."),
        code: code.into(),
        needed: None,
        spendable: None,
        locked: None,
        open: None,
        remedy: None,
    }
}
