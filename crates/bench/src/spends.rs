//! Durable spends per second through HTTP, and the time of one: each compared with another way to write the same on the same
//! disk. Both are measured in alternating rounds, and the medians are compared.

#[cfg(unix)]
pub mod postgres;
pub mod sqlite;

use crate::load::{Load, Sent, Timing};
use crate::measurement::Measurement;
use crate::payments::{per_second, percentile};
use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use std::time::Duration;
use tokenwell_stage::{Services, User};

/// The number of requests under way.
const CONNECTIONS: usize = 64;
/// The number of rounds of each way, and the duration of a round.
const ROUNDS: usize = 3;
const DURATION: Duration = Duration::from_secs(4);
/// The duration before the first round, in which files grow and caches fill.
const WARM_UP: Duration = Duration::from_secs(2);

/// Accounts with 60,000 tokens each.
pub async fn accounts(services: &Services, count: usize) -> Result<Vec<String>> {
    let mut accounts = Vec::new();
    let numbers: Vec<usize> = (0..count).collect();
    for some in numbers.chunks(8) {
        accounts.extend(try_join_all(some.iter().map(|number| account(services, *number))).await?);
    }
    Ok(accounts)
}

async fn account(services: &Services, number: usize) -> Result<String> {
    let email = format!("bench-{number}@example.com");
    let User { api, .. } = services.user(&format!("Bench {number}"), &email, "ultimate").await?;
    let account = api.get("/v1/account").await?;
    Ok(account["id"].as_str().context("an account has an id")?.to_owned())
}

/// The results of the rounds of one way.
#[derive(Debug, Default)]
struct Rounds {
    rates: Vec<f64>,
    times: Vec<Duration>,
}

impl Rounds {
    async fn add(&mut self, load: &Load) -> Result<()> {
        let Sent { elapsed, spent, .. } = load.run(DURATION).await?;
        self.rates.push(per_second(spent.len() as u64, elapsed));
        self.times.extend(spent.iter().map(|Timing { response, .. }| *response));
        Ok(())
    }

    /// Spends per second, compared with another way.
    fn rate(&mut self, name: &str, against: &str, other: &mut [f64]) -> Measurement {
        let value = median(&mut self.rates);
        let ratio = value / median(other);
        Measurement {
            name: name.to_owned(),
            value,
            unit: "spends/s",
            against: against.to_owned(),
            ratio: Some(ratio),
        }
    }

    /// The time of a spend, compared with another way.
    fn waits(&mut self, name: &str, against: &str, other_ms: f64) -> [Measurement; 2] {
        [50, 99].map(|percent| {
            let value = percentile(&mut self.times, percent);
            let (name, against) = (format!("{name}, p{percent}"), format!("{against}: {other_ms:.2} ms"));
            Measurement { name, value, unit: "ms", against, ratio: Some(value / other_ms) }
        })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
