//! Spends as a busy platform sends them. The load shares the machine with what it measures, so it does next to nothing:
//! requests that are ready but for their key, on connections that stay, and of each answer no more than is checked.

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokenwell_stage::SERVICE_KEY;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What stands in a request where its key comes.
const KEY: &str = "00000000000000000000000000000000";
const BODY: &str = r#"{"amount":1,"reason":"A portrait in oils"}"#;

/// Spends of one token each, on one connection for each of these accounts, as fast as they are answered.
#[derive(Debug, Clone)]
pub struct Load {
    address: String,
    accounts: Vec<String>,
    next: Arc<AtomicU64>,
}

/// What came of it.
#[derive(Debug)]
pub struct Spent {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long each was waited for; every one was answered with 201.
    pub times: Vec<Duration>,
}

impl Load {
    /// Of the service at `url`.
    pub fn new(url: &str, accounts: Vec<String>) -> Self {
        let address = url.trim_start_matches("http://").to_owned();
        Self { address, accounts, next: Arc::default() }
    }

    /// How many tokens were spent so far.
    pub fn spent(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Spends for so long, from a thread of its own.
    pub async fn run(&self, stretch: Duration) -> Result<Spent> {
        let load = self.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let run = move || runtime.block_on(load.spend_for(stretch));
        tokio::task::spawn_blocking(run).await?
    }

    async fn spend_for(&self, stretch: Duration) -> Result<Spent> {
        let open = self.accounts.iter().map(|account| Connection::open(&self.address, account));
        let connections = try_join_all(open).await?;
        let start = Instant::now();
        let spend =
            connections.into_iter().map(|connection| connection.spend_until(start + stretch, &self.next));
        let times = try_join_all(spend).await?.concat();
        Ok(Spent { elapsed: start.elapsed(), times })
    }
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    key_at: usize,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str, account: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/accounts/{account}/spends HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SERVICE_KEY}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nIdempotency-Key: ",
            BODY.len()
        );
        let key_at = head.len();
        let request = format!("{head}{KEY}\r\n\r\n{BODY}").into_bytes();
        Ok(Self { stream, request, key_at, answer: Vec::with_capacity(4096) })
    }

    async fn spend_until(mut self, end: Instant, next: &AtomicU64) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        let mut start = Instant::now();
        while start < end {
            let key = key(next.fetch_add(1, Ordering::Relaxed));
            self.request[self.key_at..][..key.len()].copy_from_slice(key.as_bytes());
            self.stream.write_all(&self.request).await?;
            self.read_answer().await?;
            let now = Instant::now();
            times.push(now - start);
            start = now;
        }
        Ok(times)
    }

    async fn read_answer(&mut self) -> Result<()> {
        self.answer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the service hung up");
            let Some(head) = position(&self.answer, b"\r\n\r\n") else { continue };
            if !self.answer.starts_with(b"HTTP/1.1 201 ") {
                bail!("a spend was answered: {}", String::from_utf8_lossy(&self.answer));
            }
            if self.answer.len() >= head + 4 + body_length(&self.answer[..head])? {
                return Ok(());
            }
        }
    }
}

fn body_length(head: &[u8]) -> Result<usize> {
    let name = b"content-length: ";
    let value = position(head, name).map(|at| &head[at + name.len()..]).context("an answer has a length")?;
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// A key that is like no other and comes in no order, as random ones do (splitmix64, which is one to one).
pub fn key(number: u64) -> String {
    let mix = |seed: u64| {
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    format!("{:016x}{:016x}", mix(number), mix(!number))
}
