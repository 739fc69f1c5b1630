//! Two instances of the service on a PostgreSQL cluster of three nodes. The primary is killed while buyers buy and spend.
//! Afterwards every acknowledged response is replayed, and nothing was executed twice.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that cannot continue fails the test")]

#[path = "../crash/client.rs"]
mod client;
#[path = "../crash/dice.rs"]
mod dice;
#[path = "../crash/program.rs"]
mod program;
#[path = "../crash/promises.rs"]
mod promises;
mod service;

use client::Buyer;
use dice::{Dice, variable};
use futures_util::future::join_all;
use service::Service;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The number of kills of the primary. `TOKENWELL_FAILOVERS` overrides it.
const KILLS: u64 = 1;
/// The number of times that the primary hangs. `TOKENWELL_HANGS` overrides it.
const HANGS: u64 = 0;
const BUYERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_request_survives_the_loss_of_the_primary_and_is_executed_once() {
    let kills = variable("TOKENWELL_FAILOVERS").unwrap_or(KILLS);
    let hangs = variable("TOKENWELL_HANGS").unwrap_or(HANGS);
    let seed = variable("TOKENWELL_KILL_SEED").unwrap_or_else(|| std::process::id().into());
    println!("{kills} kills, {hangs} hangs; their times are from TOKENWELL_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let mut service = Service::start().await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let dice = Dice(dice.below(u64::MAX));
        buyers.push(Buyer::new(&service.sandbox, service.endpoint(), number, dice).await);
    }
    let stop = CancellationToken::new();
    let load: Vec<_> = buyers.into_iter().map(|buyer| tokio::spawn(buyer.run(stop.clone()))).collect();
    for failover in 0..kills + hangs {
        tokio::time::sleep(Duration::from_millis(500 + dice.below(1500))).await;
        let primary = service.cluster.primary().await.unwrap().unwrap();
        let how = if failover < kills {
            service.cluster.kill(primary).unwrap();
            "killed"
        } else {
            service.cluster.freeze(primary).unwrap();
            "hanging"
        };
        let outage = service.next_success(&format!("failover-{failover}")).await;
        println!("primary {how}: the next success after {:.1} s", outage.as_secs_f64());
        service.cluster.kill(primary).unwrap();
        service.cluster.restart(primary).unwrap();
        service.cluster.wait_until_healthy().await.unwrap();
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
    println!("{kills} kills, {hangs} hangs, {acknowledged} acknowledged responses");
    assert!(acknowledged > 10, "the load was too small: {acknowledged} responses");
}
