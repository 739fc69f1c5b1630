//! Sends spends like a busy platform: as fast as responses arrive, or at a fixed rate.

use crate::connection::{Connection, Response};
use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// On every connection, as soon as the previous request has its response.
    Closed,
    /// At this rate per second, however many have no response yet. A request waits if every connection is busy.
    PerSecond(f64),
}

/// Spends of one token each, on one connection for each of these accounts.
#[derive(Debug, Clone)]
pub struct Load {
    address: String,
    accounts: Vec<String>,
    next: Arc<AtomicU64>,
    spent: Arc<AtomicU64>,
}

/// The results of the requests of one period.
#[derive(Debug, Default)]
pub struct Sent {
    /// From the first request to the last response.
    pub elapsed: Duration,
    /// The spends.
    pub spent: Vec<Timing>,
    /// The requests that were refused.
    pub refused: Vec<Timing>,
}

/// How long one request took.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// From the time when it was due until it was sent: the time in which every connection was busy.
    pub queued: Duration,
    /// From when it was sent until its response arrived.
    pub response: Duration,
}

impl Load {
    /// Creates a load on the service at `url`.
    pub fn new(url: &str, accounts: Vec<String>) -> Self {
        let address = url.trim_start_matches("http://").to_owned();
        Self { address, accounts, next: Arc::default(), spent: Arc::default() }
    }

    /// The same load, with the same count, on one connection for each of these accounts.
    pub fn on(&self, accounts: Vec<String>) -> Self {
        Self { accounts, ..self.clone() }
    }

    /// The number of tokens spent so far.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Sends spends as fast as possible for this time. Every request must succeed.
    ///
    /// # Errors
    /// If a request is refused or fails.
    pub async fn run(&self, duration: Duration) -> Result<Sent> {
        let sent = self.send(Pace::Closed, duration).await?;
        ensure!(sent.refused.is_empty(), "{} requests were refused", sent.refused.len());
        Ok(sent)
    }

    /// Sends spends for this time, from a separate thread, and waits for every response.
    ///
    /// # Errors
    /// If a request gets another response than a success or a refusal.
    pub async fn send(&self, pace: Pace, duration: Duration) -> Result<Sent> {
        let load = self.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let run = move || runtime.block_on(load.send_for(pace, duration));
        tokio::task::spawn_blocking(run).await?
    }

    async fn send_for(&self, pace: Pace, duration: Duration) -> Result<Sent> {
        let open = self.accounts.iter().map(|account| Connection::open(&self.address, account));
        let connections = try_join_all(open).await?;
        let start = Instant::now();
        let due = Due { pace, start, end: start + duration, next: AtomicU64::new(0) };
        let all = connections.into_iter().map(|connection| self.send_on(connection, &due));
        let all = try_join_all(all).await?;
        let elapsed = start.elapsed();
        let (spent, refused): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        Ok(Sent { elapsed, spent: spent.concat(), refused: refused.concat() })
    }

    /// Returns the timings of the spends and of the refused requests.
    async fn send_on(&self, mut connection: Connection, due: &Due) -> Result<(Vec<Timing>, Vec<Timing>)> {
        let (mut spent, mut refused) = (Vec::new(), Vec::new());
        while let Some(due) = due.next() {
            // The timer rounds up to a whole millisecond, so a request that is due already does not wait for it.
            if due > Instant::now() {
                sleep_until(due).await;
            }
            let start = Instant::now();
            let response = connection.spend(self.next.fetch_add(1, Ordering::Relaxed)).await?;
            let timing = Timing { queued: start - due, response: start.elapsed() };
            match response {
                Response::Spent => {
                    self.spent.fetch_add(1, Ordering::Relaxed);
                    spent.push(timing);
                }
                Response::Refused => refused.push(timing),
            }
        }
        Ok((spent, refused))
    }
}

/// When requests are due, shared by all connections.
struct Due {
    pace: Pace,
    start: Instant,
    end: Instant,
    next: AtomicU64,
}

impl Due {
    /// When the next request is due; `None` once the time is over.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests, far below 2^52")]
    fn next(&self) -> Option<Instant> {
        let due = match self.pace {
            Pace::Closed => Instant::now(),
            Pace::PerSecond(rate) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                self.start + Duration::from_secs_f64(number as f64 / rate)
            }
        };
        (due < self.end).then_some(due)
    }
}
