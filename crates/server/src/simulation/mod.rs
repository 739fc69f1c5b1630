//! The simulation of payments: several buyers, Stripe with faults and with reordered and lost events, and a service that is
//! killed at any await point and started again on its SQLite file. After each storm every promise in `promises.rs` is
//! checked.
//!
//! A seed determines a storm: everything runs on one thread, every choice and the order of all tasks come from the seed, and
//! no wait depends on real time. `TOKENWELL_STORM_SEEDS` sets the number of seeds, `TOKENWELL_STORM_SEED` repeats one.

mod buyers;
mod dice;
mod promises;
mod schedule;
mod stripe_changes;
mod world;

use buyers::Storm;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of seeds. `TOKENWELL_STORM_SEEDS` overrides it: `cargo xtask test` runs 200, `cargo xtask prove` 5,000.
const SEEDS: u64 = 40;
/// The number of steps of a storm.
const STEPS: usize = 50;

/// Runs the storm of a seed. Its steps are in `trace`, also if a promise is broken.
fn run(seed: u64, trace: &mut Vec<String>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut storm = Storm::start(seed).await;
        let broken = catch_unwind_async(Box::pin(async {
            promises::the_setup_is_fine(&storm).await;
            for _ in 0..STEPS {
                storm.step().await;
            }
            storm.settle().await;
            promises::hold(&mut storm).await;
        }))
        .await;
        *trace = std::mem::take(&mut storm.world.trace);
        schedule::decide_by(None);
        if let Err(broken) = broken {
            std::panic::resume_unwind(broken);
        }
    });
}

async fn catch_unwind_async(storm: impl Future<Output = ()>) -> std::thread::Result<()> {
    let mut storm = std::pin::pin!(storm);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| storm.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(broken) => std::task::Poll::Ready(Err(broken)),
    })
    .await
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

#[test]
fn after_a_storm_every_promise_holds() {
    let only = variable("TOKENWELL_STORM_SEED");
    let seeds = variable("TOKENWELL_STORM_SEEDS").unwrap_or(SEEDS);
    let (first, end) = only.map_or((0, seeds), |seed| (seed, seed + 1));
    let next = AtomicU64::new(first);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let broken: Vec<u64> = std::thread::scope(|scope| {
        let work = || {
            let mut broken = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    return broken;
                }
                let mut trace = Vec::new();
                if catch_unwind(AssertUnwindSafe(|| run(seed, &mut trace))).is_err() {
                    let last = trace.len().saturating_sub(if only.is_some() { usize::MAX } else { 25 });
                    println!("seed {seed} broke a promise; its last steps: {:#?}", &trace[last..]);
                    println!(
                        "replay it: TOKENWELL_STORM_SEED={seed} cargo test -p tokenwell-server --lib storm"
                    );
                    broken.push(seed);
                }
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(broken.is_empty(), "of {} seeds these broke a promise: {broken:?}", end - first);
}

#[test]
fn a_seed_repeats_its_storm_with_the_same_steps() {
    for seed in [3, 11] {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        run(seed, &mut one);
        run(seed, &mut other);
        let parts = one.iter().zip(&other).position(|(one, other)| one != other);
        assert_eq!(parts.map(|at| (&one[at], &other[at])), None, "seed {seed}");
        assert!(one.len() > STEPS);
    }
}
