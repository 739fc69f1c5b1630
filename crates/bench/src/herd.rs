//! What paper cannot tell: a million apps lose their streams in the same moment and come back. Each waits as the real
//! app does ([`Backoff`]); the instances take as many streams per second as was measured, and send the others away with
//! a `Retry-After` as the real service does. Simulated time, and chance from a seed.

use crate::figure::Figure;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;
use tokenwell_desktop::retry::{Backoff, Pause};

/// How many apps, and on how many instances.
const APPS: u32 = 1_000_000;
const INSTANCES: u32 = 50;
/// What the service asks those to wait that it sends away, in seconds: one of so many.
const RETRY_AFTER_S: [u64; 5] = [1, 2, 3, 4, 5];

/// How long it takes until all are back, against what the instances could take if nobody came in vain.
pub fn measure(streams_per_second: f64) -> Vec<Figure> {
    let back = come_back(streams_per_second);
    let at_best = f64::from(APPS) / f64::from(INSTANCES) / streams_per_second;
    let against =
        format!("{INSTANCES} instances that take {streams_per_second:.0} streams/s each: {at_best:.1} s");
    let row = |name: &str, value: f64, unit: &'static str, against: &str, ratio: f64| Figure {
        name: format!("a million apps come back (simulated), {name}"),
        value,
        unit,
        against: against.to_owned(),
        ratio,
    };
    let tries = back.tries_per_app();
    let peak_ratio = f64::from(back.peak) / streams_per_second;
    vec![
        row("half of them", back.half.as_secs_f64(), "s", &against, back.half.as_secs_f64() / at_best),
        row("all of them", back.all.as_secs_f64(), "s", &against, back.all.as_secs_f64() / at_best),
        row("tries of each", tries, "tries", "one, if nobody came in vain", tries),
        row("most tries at one instance", f64::from(back.peak), "tries/s", "what it takes", peak_ratio),
    ]
}

/// How it went.
struct Back {
    half: Duration,
    all: Duration,
    tries: u64,
    /// The most that one instance was asked in a second.
    peak: u32,
}

impl Back {
    #[expect(clippy::cast_precision_loss, reason = "a count of tries, far below 2^52")]
    fn tries_per_app(&self) -> f64 {
        self.tries as f64 / f64::from(APPS)
    }
}

/// The apps of one instance of many that are alike: whoever balances the load spreads them evenly.
fn come_back(streams_per_second: f64) -> Back {
    let apps = APPS / INSTANCES;
    let mut chance = Chance(7);
    let mut backoffs = vec![Backoff::default(); apps as usize];
    let mut next: BinaryHeap<Reverse<(Duration, u32)>> = BinaryHeap::new();
    for (app, backoff) in (0..).zip(&mut backoffs) {
        next.push(Reverse((chance.pause(backoff.pause(None)), app)));
    }
    let (mut back, mut tries) = (0, 0);
    let (mut half, mut all) = (Duration::ZERO, Duration::ZERO);
    let (mut second, mut asked, mut taken, mut peak) = (0, 0, 0.0, 0);
    while let Some(Reverse((now, app))) = next.pop() {
        if now.as_secs() != second {
            (second, asked, taken) = (now.as_secs(), 0, 0.0);
        }
        tries += 1;
        asked += 1;
        peak = peak.max(asked);
        if taken + 1.0 <= streams_per_second {
            taken += 1.0;
            back += 1;
            all = now;
            if back == apps / 2 {
                half = now;
            }
        } else {
            let retry_after = Duration::from_secs(chance.one_of(&RETRY_AFTER_S));
            let pause = backoffs[app as usize].pause(Some(retry_after));
            next.push(Reverse((now + chance.pause(pause), app)));
        }
    }
    Back { half, all, tries: tries * u64::from(INSTANCES), peak }
}

/// splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn pause(&mut self, Pause { after, spread }: Pause) -> Duration {
        let share = f64::from(u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        after + spread.mul_f64(share)
    }

    fn one_of(&mut self, values: &[u64]) -> u64 {
        let count = values.len() as u64;
        usize::try_from(self.next() % count).ok().and_then(|place| values.get(place)).copied().unwrap_or(1)
    }
}
