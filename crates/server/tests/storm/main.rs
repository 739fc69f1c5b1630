//! The real service, killed with SIGKILL again and again while people buy and spend: every answer that somebody got is
//! there afterwards, and nothing happened twice.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod client;
mod service;

use client::{Buyer, Kept};
use futures_util::future::join_all;
use serde_json::{Value, json};
use service::Service;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is killed, unless `TOKENWELL_KILLS` says otherwise.
const KILLS: u32 = 200;
const BUYERS: u64 = 3;

/// Chance that a seed repeats (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_being_killed_and_is_there_once() {
    let kills = variable("TOKENWELL_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    let seed = variable("TOKENWELL_KILL_SEED").unwrap_or_else(|| std::process::id().into());
    println!("{kills} kills; the instants are of TOKENWELL_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let mut service = Service::start().await;
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        buyers.push(Buyer::new(&service, number, Dice(dice.below(u64::MAX))).await);
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
        every_acknowledged_answer_is_there(buyer).await;
        nothing_happened_twice(buyer, &service).await;
    }
    let acknowledged: usize = buyers.iter().map(|buyer| buyer.kept.len()).sum();
    println!("{kills} kills, {acknowledged} acknowledged answers");
    assert!(acknowledged > kills as usize, "too little was going on: {acknowledged} answers");
}

/// The same key and body bring the same bytes back.
async fn every_acknowledged_answer_is_there(buyer: &Buyer) {
    for kept in &buyer.kept {
        let again = buyer.send(&kept.ask).await.unwrap();
        assert_eq!(again, kept.answer, "{:?}", kept.ask);
    }
}

async fn nothing_happened_twice(buyer: &Buyer, service: &Service) {
    let entries = buyer.activity().await;
    let of_kind = |kind: &str| {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry["kind"] == kind) {
            let reference = entry["reference"].as_str().unwrap().to_owned();
            *sums.entry(reference).or_default() += entry["amount"].as_i64().unwrap();
        }
        sums
    };

    // Every spend was asked for until it was acknowledged: what was acknowledged is what was spent.
    let acknowledged: BTreeMap<String, i64> =
        buyer.made("spends").map(|spend| (text(&spend["id"]), -spend["amount"].as_i64().unwrap())).collect();
    assert_eq!(of_kind("spend"), acknowledged);

    // What was paid is granted, once; what was not paid is not.
    let mut granted = BTreeMap::new();
    for purchase in buyer.made("purchases") {
        let session = service.session(&purchase).await;
        let now = buyer.get(&format!("/v1/purchases/{}", text(&purchase["id"]))).await;
        let paid = session["payment_status"] == "paid";
        assert_eq!(now["status"], if paid { "paid" } else { "open" }, "{now}");
        if paid {
            granted.insert(text(&purchase["id"]), purchase["tokens"].as_i64().unwrap());
        }
    }
    assert_eq!(of_kind("grant"), granted);

    // A hold ends once: what went out for it and did not come back is what was committed.
    let holds: BTreeMap<String, i64> =
        buyer.made("holds").map(|hold| (text(&hold["id"]), -hold["amount"].as_i64().unwrap())).collect();
    assert_eq!(of_kind("hold"), holds);

    // The balance is the fold of the entries.
    let balance = buyer.get("/v1/balance").await;
    for bucket in ["fast", "rollover", "top_up"] {
        let sum: i64 = entries
            .iter()
            .filter(|entry| entry["bucket"] == bucket)
            .map(|entry| entry["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(balance[bucket]["available"], json!(sum), "{bucket}");
    }
}

impl Buyer {
    /// What the answers of success to calls of this kind say was made.
    fn made<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Value> {
        let fits = move |kept: &&Kept| kept.ask.path.ends_with(kind) && kept.answer.status == 201;
        self.kept.iter().filter(fits).map(|kept| kept.answer.json())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
