//! The real service, killed with SIGKILL again and again while people buy and spend: every answer that somebody got is
//! there afterwards, and nothing happened twice.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod client;
mod dice;
mod program;
mod promises;
mod service;

use client::Buyer;
use dice::{Dice, variable};
use futures_util::future::join_all;
use service::Service;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is killed, unless `TOKENWELL_KILLS` says otherwise.
const KILLS: u32 = 20;
const BUYERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_being_killed_and_is_there_once() {
    let kills = variable("TOKENWELL_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    let seed = variable("TOKENWELL_KILL_SEED").unwrap_or_else(|| std::process::id().into());
    println!("{kills} kills; the instants are of TOKENWELL_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let mut service = Service::start().await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        buyers.push(Buyer::new(&service.outside, service.line(), number, Dice(dice.below(u64::MAX))).await);
    }
    let stop = CancellationToken::new();
    let load: Vec<_> = buyers.into_iter().map(|buyer| tokio::spawn(buyer.live(stop.clone()))).collect();
    for kill in 0..kills {
        // The random instant: often while it is still starting on what the last life left.
        let most_us = if kill % 3 == 0 { 15_000 } else { 250_000 };
        tokio::time::sleep(Duration::from_micros(dice.below(most_us))).await;
        service.kill_and_restart().await;
        assert!(load.iter().all(|load| !load.is_finished()), "a buyer gave up");
    }
    stop.cancel();
    let buyers: Vec<Buyer> = join_all(load).await.into_iter().map(Result::unwrap).collect();
    service.settles().await;
    for buyer in &buyers {
        promises::every_acknowledged_answer_is_there(buyer).await;
        promises::nothing_happened_twice(buyer, &service).await;
    }
    let acknowledged: usize = buyers.iter().map(|buyer| buyer.kept.len()).sum();
    println!("{kills} kills, {acknowledged} acknowledged answers");
    assert!(acknowledged > 0, "nothing was acknowledged, so nothing was tested");
}
