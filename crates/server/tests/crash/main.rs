//! Kills the service's process with SIGKILL repeatedly while buyers buy and spend. Afterwards every acknowledged response is
//! replayed, and nothing was executed twice.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that cannot continue fails the test")]

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

/// The number of kills. `TOKENWELL_KILLS` overrides it.
const KILLS: u32 = 20;
const BUYERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_request_survives_kills_and_is_executed_once() {
    let kills = variable("TOKENWELL_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    let seed = variable("TOKENWELL_KILL_SEED").unwrap_or_else(|| std::process::id().into());
    println!("{kills} kills; their times are from TOKENWELL_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let mut service = Service::start().await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        buyers
            .push(Buyer::new(&service.sandbox, service.endpoint(), number, Dice(dice.below(u64::MAX))).await);
    }
    let stop = CancellationToken::new();
    let load: Vec<_> = buyers.into_iter().map(|buyer| tokio::spawn(buyer.run(stop.clone()))).collect();
    for kill in 0..kills {
        // A random time. Every third kill is likely to happen while the service starts.
        let most_us = if kill % 3 == 0 { 15_000 } else { 250_000 };
        tokio::time::sleep(Duration::from_micros(dice.below(most_us))).await;
        service.kill_and_restart().await;
        assert!(load.iter().all(|load| !load.is_finished()), "a buyer failed");
    }
    stop.cancel();
    let buyers: Vec<Buyer> = join_all(load).await.into_iter().map(Result::unwrap).collect();
    service.wait_until_settled().await;
    for buyer in &buyers {
        promises::every_acknowledged_response_is_replayed(buyer).await;
        promises::nothing_was_executed_twice(buyer, &service).await;
    }
    let acknowledged: usize = buyers.iter().map(|buyer| buyer.acknowledged.len()).sum();
    println!("{kills} kills, {acknowledged} acknowledged responses");
    assert!(acknowledged > 0, "no request was acknowledged, so nothing was tested");
}
