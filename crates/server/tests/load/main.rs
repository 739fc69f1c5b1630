//! The program beyond its capacity: no acknowledged spend is lost, nothing else is written, every refused request gets 503
//! with `Retry-After`, and refused requests do not use memory. `cargo xtask bench overload` measures its speed.
//!
//! `TOKENWELL_LOAD_SECONDS` sets the duration, `TOKENWELL_LOAD_PROGRAM` the path of another build of the program.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that cannot continue fails the test")]

mod client;
#[path = "../shared/sandbox.rs"]
mod sandbox;
mod service;

use client::{HalfSent, Responses, client, spend};
use futures_util::future::join_all;
use reqwest::Client;
use service::Service;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The number of seconds for which each test sends requests. `TOKENWELL_LOAD_SECONDS` overrides it.
const SECONDS: u64 = 3;
/// The number of permits of the service's platform lane.
const PERMITS: usize = 32;
/// The number of clients: several for each permit.
const CLIENTS: usize = 120;
/// The number of requests that each client sends in a round in which every permit is taken.
const REQUESTS_PER_ROUND: usize = 2;
/// The maximum growth of memory while requests are refused: less than the bodies and responses of one round.
const GROWTH_MAX_KIB: u64 = 16 * 1024;

fn duration() -> Duration {
    let seconds = std::env::var("TOKENWELL_LOAD_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_capacity_no_acknowledged_spend_is_lost_and_every_refused_request_gets_503() {
    let service = Service::start(PERMITS).await;
    let (spenders, operator) = (client(CLIENTS), client(1));
    let deadline = Instant::now() + duration();
    let spends = join_all((0..CLIENTS).map(|number| {
        let (service, spenders) = (&service, &spenders);
        async move { spend_until(service, spenders, number, deadline).await }
    }));
    let watch = async {
        while Instant::now() < deadline {
            assert!(service.requests_under_way(&operator).await <= PERMITS as u64);
        }
    };
    let (responses, ()) = tokio::join!(spends, watch);
    let mut all = Responses::default();
    for responses in responses {
        all.add(responses);
    }
    println!("{} spends, {} refused", all.spends.len(), all.refused);

    service.wait_until_under_way(&operator, 0).await;
    assert_eq!(service.response_count(&operator, 201).await, all.spends.len() as u64);
    assert_eq!(service.response_count(&operator, 503).await, all.refused, "every refused request got 503");
    let refused = service.metric(&operator, r#"tokenwell_turned_away_total{why="platform"}"#).await;
    assert_eq!(refused, all.refused, "every refusal was for a missing permit");
    assert!(!all.spends.is_empty(), "some spends succeed");
    nothing_is_lost(service, all.spends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_every_permit_is_taken_every_request_is_refused_and_memory_does_not_grow() {
    let service = Service::start(PERMITS).await;
    let (spenders, operator) = (client(CLIENTS), client(1));
    let deadline = Instant::now() + duration();
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

/// Takes every permit, checks that every other request is refused, and releases the permits. Returns the spends.
async fn round(service: &Service, spenders: &Client, operator: &Client, round: usize) -> Vec<String> {
    let accounts = service.accounts.iter().cycle();
    let half_sent = join_all(accounts.zip(0..PERMITS).map(async |(account, number)| {
        HalfSent::send(&service.origin, account, &format!("half-sent-{round}-{number}")).await
    }))
    .await;
    service.wait_until_under_way(operator, PERMITS).await;
    let refused = join_all((0..CLIENTS).map(async |number| {
        let account = &service.accounts[number % service.accounts.len()];
        let mut responses = Responses::default();
        for request in 0..REQUESTS_PER_ROUND {
            let key = format!("refused-{round}-{number}-{request}");
            spend(spenders, &service.origin, account, &key, &mut responses).await;
        }
        responses
    }))
    .await;
    assert!(refused.iter().all(|responses| responses.spends.is_empty()), "every permit is taken");
    assert_eq!(service.requests_under_way(operator).await, PERMITS as u64);
    let spends = join_all(half_sent.into_iter().map(HalfSent::finish)).await;
    service.wait_until_under_way(operator, 0).await;
    spends
}

async fn spend_until(service: &Service, client: &Client, number: usize, deadline: Instant) -> Responses {
    let account = &service.accounts[number % service.accounts.len()];
    let mut responses = Responses::default();
    let mut request = 0;
    while request == 0 || Instant::now() < deadline {
        let key = format!("load-{number}-{request}");
        spend(client, &service.origin, account, &key, &mut responses).await;
        request += 1;
    }
    responses
}

/// Checks that the ledger has every acknowledged spend once, and no other.
async fn nothing_is_lost(service: Service, acknowledged: Vec<String>) {
    let count = acknowledged.len();
    let acknowledged: BTreeSet<String> = acknowledged.into_iter().collect();
    assert_eq!(acknowledged.len(), count, "no two spends have the same id");
    let written = service.stop_and_read_spends().await;
    assert_eq!(written.len(), count, "the ledger has as many spends as were acknowledged");
    assert_eq!(
        written.into_iter().collect::<BTreeSet<_>>(),
        acknowledged,
        "the ledger has the acknowledged spends"
    );
}
