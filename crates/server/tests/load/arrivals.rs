//! Spends that arrive at a pace of their own. The load shares the machine with the program, so it does little else: bytes
//! that are ready but for their key, on connections that stay.

use crate::program::{Program, SERVICE_KEY};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

const BODY: &str = r#"{"amount":1,"reason":"A portrait in oils"}"#;

/// How requests come.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many at once, the next as soon as one is answered.
    AtOnce(usize),
    /// So many each second, whatever becomes of them.
    PerSecond(f64),
}

/// Who sends them.
pub struct Arrivals {
    connections: Vec<Connection>,
    keys: Arc<AtomicU64>,
}

/// What came of a stretch.
#[derive(Debug, Default)]
pub struct Answers {
    /// The ids of what was spent.
    pub spends: Vec<String>,
    /// How long each of them took from when it was due, in milliseconds.
    pub took_ms: Vec<f64>,
    /// How long those took that were sent away.
    pub sent_away: Vec<f64>,
}

impl Arrivals {
    pub async fn at(program: &Program, connections: usize) -> Self {
        let mut all = Vec::new();
        for number in 0..connections {
            let account = &program.accounts[number % program.accounts.len()];
            all.push(Connection::open(&program.address, account).await);
        }
        Self { connections: all, keys: Arc::default() }
    }

    /// Sends for so long and waits for every answer.
    pub async fn send(&mut self, pace: Pace, stretch: Duration) -> Answers {
        let begin = Instant::now();
        let due = Arc::new(AtomicU64::new(0));
        let senders = match pace {
            Pace::AtOnce(count) => count,
            Pace::PerSecond(_) => self.connections.len(),
        };
        let idle = self.connections.split_off(senders.min(self.connections.len()));
        let mut tasks = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            let (due, keys) = (Arc::clone(&due), Arc::clone(&self.keys));
            tasks.spawn(async move {
                let mut answers = Answers::default();
                loop {
                    let due = match pace {
                        Pace::AtOnce(_) => Instant::now(),
                        Pace::PerSecond(rate) => {
                            begin + Duration::from_secs_f64(due.fetch_add(1, Ordering::Relaxed) as f64 / rate)
                        }
                    };
                    if due >= begin + stretch {
                        return (connection, answers);
                    }
                    tokio::time::sleep_until(due).await;
                    let key = keys.fetch_add(1, Ordering::Relaxed);
                    connection.spend(key, due, &mut answers).await;
                }
            });
        }
        let mut all = Answers::default();
        while let Some(sent) = tasks.join_next().await {
            let (connection, answers) = sent.unwrap();
            self.connections.push(connection);
            all.spends.extend(answers.spends);
            all.took_ms.extend(answers.took_ms);
            all.sent_away.extend(answers.sent_away);
        }
        self.connections.extend(idle);
        all
    }
}

impl Answers {
    pub fn came(&self) -> usize {
        self.spends.len() + self.sent_away.len()
    }

    /// Of those that were spent, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        percentile(&self.took_ms, percent)
    }

    /// Of those that were sent away, in milliseconds.
    pub fn sent_away_percentile(&self, percent: usize) -> f64 {
        percentile(&self.sent_away, percent)
    }

    pub fn into_ids(self) -> Vec<String> {
        self.spends
    }
}

fn percentile(times: &[f64], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable_by(f64::total_cmp);
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}

struct Connection {
    stream: TcpStream,
    head: String,
    answer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str, account: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let head = format!(
            "POST /v1/accounts/{account}/spends HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SERVICE_KEY}\r\n\
             Content-Length: {}\r\nIdempotency-Key: ",
            BODY.len()
        );
        Self { stream, head, answer: Vec::new() }
    }

    async fn spend(&mut self, key: u64, due: Instant, answers: &mut Answers) {
        let request = format!("{}load-{key}\r\n\r\n{BODY}", self.head);
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let (head, body) = self.read_answer().await;
        let took_ms = due.elapsed().as_secs_f64() * 1000.0;
        let body: Value = serde_json::from_slice(&body).unwrap();
        if head.starts_with("HTTP/1.1 201 ") {
            answers.spends.push(body["id"].as_str().unwrap().to_owned());
            answers.took_ms.push(took_ms);
        } else {
            assert!(head.starts_with("HTTP/1.1 503 ") && body["code"] == "overloaded", "{head} {body}");
            let retry_after = value(&head, "retry-after").unwrap();
            assert!((1..=5).contains(&retry_after), "{head}");
            answers.sent_away.push(took_ms);
        }
    }

    async fn read_answer(&mut self) -> (String, Vec<u8>) {
        self.answer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.answer).await.unwrap() > 0, "the program hung up");
            let Some(end) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(self.answer[..end].to_vec()).unwrap();
            let body = &self.answer[end + 4..];
            if body.len() >= value(&head, "content-length").unwrap() {
                return (head, body.to_vec());
            }
        }
    }
}

/// A number of the head.
fn value(head: &str, name: &str) -> Option<usize> {
    head.lines().find_map(|line| {
        let (named, value) = line.split_once(": ")?;
        named.eq_ignore_ascii_case(name).then(|| value.parse().ok())?
    })
}
