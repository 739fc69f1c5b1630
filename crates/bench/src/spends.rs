//! How many spends per second are durable when they are answered, and how long one waits for that: through HTTP, on the
//! real programs, each against another way to the same end on the same disk. Both take turns, and the medians count.

#[cfg(unix)]
pub mod postgres;
pub mod sqlite;

use crate::figure::Figure;
use crate::load::{Load, Sent, Timing};
use crate::payments::{per_second, percentile};
use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use std::time::Duration;
use tokenwell_stage::{Services, User};

/// How many requests are under way at once.
const CONNECTIONS: usize = 64;
/// How often each way is measured, and how long each time.
const ROUNDS: usize = 3;
const STRETCH: Duration = Duration::from_secs(4);
/// Before the first: files grow, caches fill.
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

/// What the rounds of one way came to.
#[derive(Debug, Default)]
struct Rounds {
    rates: Vec<f64>,
    times: Vec<Duration>,
}

impl Rounds {
    async fn add(&mut self, load: &Load) -> Result<()> {
        let Sent { elapsed, spent, .. } = load.run(STRETCH).await?;
        self.rates.push(per_second(spent.len() as u64, elapsed));
        self.times.extend(spent.iter().map(|Timing { answered, .. }| *answered));
        Ok(())
    }

    /// Spends per second, against what another way came to.
    fn rate(&mut self, name: &str, against: &str, other: &mut [f64]) -> Figure {
        let value = median(&mut self.rates);
        let ratio = value / median(other);
        Figure { name: name.to_owned(), value, unit: "spends/s", against: against.to_owned(), ratio }
    }

    /// How long a spend is waited for, against what another way takes.
    fn waits(&mut self, name: &str, against: &str, other_ms: f64) -> [Figure; 2] {
        [50, 99].map(|percent| {
            let value = percentile(&mut self.times, percent);
            let (name, against) = (format!("{name}, p{percent}"), format!("{against}: {other_ms:.2} ms"));
            Figure { name, value, unit: "ms", against, ratio: value / other_ms }
        })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
