//! A simulation for which there is no formula: a million apps lose their streams at the same moment and reconnect. Each
//! waits like the real app ([`Backoff`]). The instances accept the measured number of streams per second and refuse the
//! others with `Retry-After`, like the real service. Time is simulated, and random numbers come from a seed.

use crate::measurement::Measurement;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;
use tokenwell_desktop::retry::{Backoff, Pause};

/// The number of apps and of instances.
const APPS: u32 = 1_000_000;
const INSTANCES: u32 = 50;
/// The values of `Retry-After` that the service sends, in seconds. Each is equally likely.
const RETRY_AFTER_S: [u64; 5] = [1, 2, 3, 4, 5];

/// Measures the time until all apps are reconnected, compared with the time if no attempt were refused.
pub fn measure(streams_per_second: f64) -> Vec<Measurement> {
    let back = reconnect(streams_per_second);
    let at_best = f64::from(APPS) / f64::from(INSTANCES) / streams_per_second;
    let against =
        format!("{INSTANCES} instances that take {streams_per_second:.0} streams/s each: {at_best:.1} s");
    let row = |name: &str, value: f64, unit: &'static str, against: &str, ratio: f64| Measurement {
        name: format!("a million apps reconnect (simulated), {name}"),
        value,
        unit,
        against: against.to_owned(),
        ratio: Some(ratio),
    };
    let tries = back.tries_per_app();
    let peak_ratio = f64::from(back.peak) / streams_per_second;
    vec![
        row("half of them", back.half.as_secs_f64(), "s", &against, back.half.as_secs_f64() / at_best),
        row("all of them", back.all.as_secs_f64(), "s", &against, back.all.as_secs_f64() / at_best),
        row("tries of each", tries, "tries", "one, if none were refused", tries),
        row("most tries at one instance", f64::from(back.peak), "tries/s", "what it takes", peak_ratio),
    ]
}

/// The result of the simulation.
struct Reconnection {
    half: Duration,
    all: Duration,
    tries: u64,
    /// The maximum number of attempts at one instance in a second.
    peak: u32,
}

impl Reconnection {
    #[expect(clippy::cast_precision_loss, reason = "a count of tries, far below 2^52")]
    fn tries_per_app(&self) -> f64 {
        self.tries as f64 / f64::from(APPS)
    }
}

/// Simulates the apps of one instance. The load balancer spreads apps evenly, so all instances are alike.
fn reconnect(streams_per_second: f64) -> Reconnection {
    let apps = APPS / INSTANCES;
    let mut random = Random(7);
    let mut backoffs = vec![Backoff::default(); apps as usize];
    let mut next: BinaryHeap<Reverse<(Duration, u32)>> = BinaryHeap::new();
    for (app, backoff) in (0..).zip(&mut backoffs) {
        next.push(Reverse((random.pause(backoff.pause(None)), app)));
    }
    let (mut back, mut tries) = (0, 0);
    let (mut half, mut all) = (Duration::ZERO, Duration::ZERO);
    let (mut second, mut attempts, mut taken, mut peak) = (0, 0, 0.0, 0);
    while let Some(Reverse((now, app))) = next.pop() {
        if now.as_secs() != second {
            (second, attempts, taken) = (now.as_secs(), 0, 0.0);
        }
        tries += 1;
        attempts += 1;
        peak = peak.max(attempts);
        if taken + 1.0 <= streams_per_second {
            taken += 1.0;
            back += 1;
            all = now;
            if back == apps / 2 {
                half = now;
            }
        } else {
            let retry_after = Duration::from_secs(random.one_of(&RETRY_AFTER_S));
            let pause = backoffs[app as usize].pause(Some(retry_after));
            next.push(Reverse((now + random.pause(pause), app)));
        }
    }
    Reconnection { half, all, tries: tries * u64::from(INSTANCES), peak }
}

/// Random numbers (splitmix64).
struct Random(u64);

impl Random {
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
        usize::try_from(self.next() % count).ok().and_then(|index| values.get(index)).copied().unwrap_or(1)
    }
}
