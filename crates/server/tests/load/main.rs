//! The real program past its capacity. Whatever the machine, nothing that was acknowledged is lost, nothing else happened,
//! everyone who is refused is told so, and what is refused takes no memory. How fast it is then, `cargo xtask bench
//! overload` measures.
//!
//! `TOKENWELL_LOAD_SECONDS` makes it longer, `TOKENWELL_LOAD_PROGRAM` tests another build of the program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod client;
#[path = "../shared/sandbox.rs"]
mod sandbox;
mod service;

use client::{Answered, HalfSent, client, spend};
use futures_util::future::join_all;
use reqwest::Client;
use service::Service;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long each story sends requests, unless `TOKENWELL_LOAD_SECONDS` says otherwise.
const SECONDS: u64 = 3;
/// How many requests the service works on at once.
const PERMITS: usize = 32;
/// How many clients send requests; several for each permit.
const CLIENTS: usize = 120;
/// How many requests each client sends in a round in which every permit is taken.
const REQUESTS_PER_ROUND: usize = 2;
/// What memory may grow by while requests are refused. It is less than the bodies and responses of one round take.
const GROWTH_MAX_KIB: u64 = 16 * 1024;

fn stretch() -> Duration {
    let seconds = std::env::var("TOKENWELL_LOAD_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_its_capacity_nothing_is_lost_and_everyone_who_is_refused_is_told_so() {
    let service = Service::start(PERMITS).await;
    let (spenders, operator) = (client(CLIENTS), client(1));
    let deadline = Instant::now() + stretch();
    let spends = join_all((0..CLIENTS).map(|number| {
        let (service, spenders) = (&service, &spenders);
        async move { spend_until(service, spenders, number, deadline).await }
    }));
    let watch = async {
        while Instant::now() < deadline {
            assert!(service.requests_under_way(&operator).await <= PERMITS as u64);
        }
    };
    let (answered, ()) = tokio::join!(spends, watch);
    let mut all = Answered::default();
    for answered in answered {
        all.add(answered);
    }
    println!("{} spends, {} refused", all.spends.len(), all.refused);

    service.works_on(&operator, 0).await;
    assert_eq!(service.answered(&operator, 201).await, all.spends.len() as u64);
    assert_eq!(service.answered(&operator, 503).await, all.refused, "whoever was refused was told so");
    let refused = service.metric(&operator, r#"tokenwell_turned_away_total{why="platform"}"#).await;
    assert_eq!(refused, all.refused, "nobody was refused for another reason");
    assert!(!all.spends.is_empty(), "it goes on working");
    nothing_is_lost(service, all.spends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_every_permit_is_taken_each_request_is_refused_and_none_of_them_takes_memory() {
    let service = Service::start(PERMITS).await;
    let (spenders, operator) = (client(CLIENTS), client(1));
    let deadline = Instant::now() + stretch();
    let (mut spends, mut rounds, mut first) = (Vec::new(), 0, None);
    while rounds < 3 || Instant::now() < deadline {
        spends.extend(round(&service, &spenders, &operator, rounds).await);
        rounds += 1;
        first.get_or_insert_with(|| service.memory_kib());
    }
    let grown = service.memory_kib().saturating_sub(first.unwrap());
    println!("{rounds} rounds, memory grew by {grown} KiB");
    assert!(grown < GROWTH_MAX_KIB, "memory grew by {grown} KiB in {rounds} rounds");
    nothing_is_lost(service, spends).await;
}

/// Takes every permit, has every further request refused, and gives the permits back; returns the spends.
async fn round(service: &Service, spenders: &Client, operator: &Client, round: usize) -> Vec<String> {
    let accounts = service.accounts.iter().cycle();
    let held = join_all(accounts.zip(0..PERMITS).map(async |(account, number)| {
        HalfSent::send(&service.origin, account, &format!("held-{round}-{number}")).await
    }))
    .await;
    service.works_on(operator, PERMITS).await;
    let refused = join_all((0..CLIENTS).map(async |number| {
        let account = &service.accounts[number % service.accounts.len()];
        let mut answered = Answered::default();
        for request in 0..REQUESTS_PER_ROUND {
            let key = format!("refused-{round}-{number}-{request}");
            spend(spenders, &service.origin, account, &key, &mut answered).await;
        }
        answered
    }))
    .await;
    assert!(refused.iter().all(|answered| answered.spends.is_empty()), "every permit is taken");
    assert_eq!(service.requests_under_way(operator).await, PERMITS as u64);
    let spends = join_all(held.into_iter().map(HalfSent::finish)).await;
    service.works_on(operator, 0).await;
    spends
}

async fn spend_until(service: &Service, client: &Client, number: usize, deadline: Instant) -> Answered {
    let account = &service.accounts[number % service.accounts.len()];
    let mut answered = Answered::default();
    let mut request = 0;
    while request == 0 || Instant::now() < deadline {
        let key = format!("load-{number}-{request}");
        spend(client, &service.origin, account, &key, &mut answered).await;
        request += 1;
    }
    answered
}

/// The ledger holds what was acknowledged, once, and nothing else.
async fn nothing_is_lost(service: Service, acknowledged: Vec<String>) {
    let count = acknowledged.len();
    let acknowledged: BTreeSet<String> = acknowledged.into_iter().collect();
    assert_eq!(acknowledged.len(), count, "no two spends have the same id");
    let written = service.stop_and_read_spends().await;
    assert_eq!(written.len(), count, "as many as were acknowledged");
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), acknowledged, "the same");
}
