//! Two instances of the real service on a PostgreSQL cluster of three nodes, whose primary is killed while people buy and
//! spend: every answer that somebody got is there afterwards, and nothing happened twice.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

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

/// How often the primary is killed, unless `TOKENWELL_FAILOVERS` says otherwise.
const KILLS: u64 = 1;
/// How often it stops to answer, unless `TOKENWELL_HANGS` says otherwise.
const HANGS: u64 = 0;
const BUYERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_the_loss_of_the_primary_and_is_there_once() {
    let kills = variable("TOKENWELL_FAILOVERS").unwrap_or(KILLS);
    let hangs = variable("TOKENWELL_HANGS").unwrap_or(HANGS);
    let seed = variable("TOKENWELL_KILL_SEED").unwrap_or_else(|| std::process::id().into());
    println!("{kills} kills, {hangs} hangs; the instants are of TOKENWELL_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let mut service = Service::start().await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let dice = Dice(dice.below(u64::MAX));
        buyers.push(Buyer::new(&service.outside, service.line(), number, dice).await);
    }
    let stop = CancellationToken::new();
    let load: Vec<_> = buyers.into_iter().map(|buyer| tokio::spawn(buyer.live(stop.clone()))).collect();
    for failover in 0..kills + hangs {
        // The random instant.
        tokio::time::sleep(Duration::from_millis(500 + dice.below(1500))).await;
        let primary = service.cluster.primary().await.unwrap().unwrap();
        let how = if failover < kills {
            service.cluster.kill(primary).unwrap();
            "killed"
        } else {
            service.cluster.freeze(primary).unwrap();
            "hanging"
        };
        let without = service.next_success(&format!("failover-{failover}")).await;
        println!("primary {how}: the next success after {:.1} s", without.as_secs_f64());
        service.cluster.kill(primary).unwrap();
        service.cluster.restart(primary).unwrap();
        service.cluster.is_whole().await.unwrap();
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
    println!("{kills} kills, {hangs} hangs, {acknowledged} acknowledged answers");
    assert!(acknowledged > 10, "too little was going on: {acknowledged} answers");
}
