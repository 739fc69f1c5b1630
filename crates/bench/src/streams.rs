//! Event streams: the memory of an idle stream, and the time until a change is pushed.

use crate::herd;
use crate::measurement::Measurement;
use crate::payments::{per_second, percentile};
use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;
use tokenwell_stage::{Services, ServicesOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The number of open streams, each of another account.
const STREAMS: usize = 10_000;
/// The number of streams that are opened and closed before memory is first measured, so that caches and the thread pool have
/// their size.
const WARM_UP: usize = 500;
/// The number of streams that are opened concurrently.
const AT_ONCE: usize = 32;
/// The number of pushed changes.
const PUSHES: usize = 300;
/// The maximum memory of an open stream.
const BYTES_MAX: f64 = 16_384.0;

/// Makes all measurements. The data is written to `folder`.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let services = Services::start(folder, &ServicesOptions::default()).await?;
    drop(open(&services, 0..WARM_UP).await?);
    let before = services.resident_bytes()?;
    let mut streams = open(&services, WARM_UP..WARM_UP + STREAMS).await?;
    let each = (services.resident_bytes()? - before) / f64::from(u32::try_from(STREAMS)?);
    let memory = Measurement {
        name: "stream memory".to_owned(),
        value: each,
        unit: "bytes",
        against: "16 KiB".to_owned(),
        ratio: Some(each / BYTES_MAX),
    };
    let push = push(&services, &mut streams).await?;
    let reopened = reopen(&services, streams).await?;
    services.stop().await?;
    let herd = herd::measure(reopened.value);
    Ok([vec![memory], push, vec![reopened], herd].concat())
}

/// Closes and reopens all streams, as after a restart. Measures how many an instance opens per second.
async fn reopen(services: &Services, streams: Vec<Listener>) -> Result<Measurement> {
    let (address, count) = (address(services), streams.len() as u64);
    let tokens: Vec<String> = streams.into_iter().map(|listener| listener.token).collect();
    let start = Instant::now();
    let mut open = Vec::new();
    for some in tokens.chunks(AT_ONCE) {
        open.extend(try_join_all(some.iter().map(|token| Listener::open(&address, token.clone()))).await?);
    }
    let value = per_second(count, start.elapsed());
    drop(open);
    let start = Instant::now();
    for some in tokens.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|token| Listener::get(&address, "/healthz", token))).await?;
    }
    let bare = per_second(count, start.elapsed());
    Ok(Measurement {
        name: "streams opened again".to_owned(),
        value,
        unit: "streams/s",
        against: format!("{bare:.0}/s bare requests, each on a new connection"),
        ratio: Some(value / bare),
    })
}

/// The time from sending an adjustment to the balance on the account's stream, while all other streams are open.
async fn push(services: &Services, streams: &mut [Listener]) -> Result<Vec<Measurement>> {
    let platform = services.platform()?;
    let (mut pushed, mut responses) = (Vec::new(), Vec::new());
    let every = streams.len() / PUSHES;
    for (number, stream) in streams.iter_mut().step_by(every).enumerate() {
        let account = stream.account(&address(services)).await?;
        stream.catch_up()?;
        let path = format!("/v1/accounts/{account}/adjustments");
        let (body, key) = (json!({ "amount": 1, "reason": "A small gift" }), format!("push-{number}"));
        let start = Instant::now();
        let adjust = async {
            platform.post_once(&path, &body, &key).await?;
            anyhow::Ok(start.elapsed())
        };
        let push = async {
            stream.read_until(b"event: balance").await?;
            anyhow::Ok(start.elapsed())
        };
        let (responded, arrived) = tokio::try_join!(adjust, push)?;
        responses.push(responded);
        pushed.push(arrived);
    }
    let response_ms = percentile(&mut responses, 50);
    Ok([50, 99]
        .map(|percent| {
            let value = percentile(&mut pushed, percent);
            Measurement {
                name: if percent == 50 {
                    "stream push".to_owned()
                } else {
                    format!("stream push, p{percent}")
                },
                value,
                unit: "ms",
                against: format!("the response to the change itself: {response_ms:.2} ms"),
                ratio: Some(value / response_ms),
            }
        })
        .to_vec())
}

/// Opens a stream for each of these users and waits for its first balance.
async fn open(services: &Services, numbers: Range<usize>) -> Result<Vec<Listener>> {
    let (sandbox, address) = (services.sandbox()?, address(services));
    let open = async |number: usize| {
        let email = format!("stream-{number}@example.com");
        let user = sandbox.post("/sandbox/users", &json!({ "email": email })).await?;
        let token = user["access_token"].as_str().context("the sandbox gives an access token")?;
        Listener::open(&address, token.to_owned()).await
    };
    let mut streams = Vec::new();
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(AT_ONCE) {
        streams.extend(try_join_all(some.iter().map(|number| open(*number))).await?);
    }
    Ok(streams)
}

fn address(services: &Services) -> String {
    services.service_url().trim_start_matches("http://").to_owned()
}

/// The client of a stream.
struct Listener {
    stream: TcpStream,
    token: String,
}

impl Listener {
    async fn open(address: &str, token: String) -> Result<Self> {
        let stream = send(address, "/v1/events", &token, "keep-alive").await?;
        let mut listener = Self { stream, token };
        listener.read_until(b"event: balance").await?;
        Ok(listener)
    }

    /// Sends a GET request on a new connection. Returns the complete response.
    async fn get(address: &str, path: &str, token: &str) -> Result<Vec<u8>> {
        let mut response = Vec::new();
        send(address, path, token, "close").await?.read_to_end(&mut response).await?;
        Ok(response)
    }

    async fn account(&self, address: &str) -> Result<String> {
        let response = Self::get(address, "/v1/account", &self.token).await?;
        let body = response.iter().position(|byte| *byte == b'{').context("a response has a body")?;
        let account: Value = serde_json::from_slice(&response[body..])?;
        Ok(account["id"].as_str().context("an account has an id")?.to_owned())
    }

    /// Reads and drops the bytes that have arrived.
    fn catch_up(&mut self) -> Result<()> {
        let mut bytes = [0; 4096];
        loop {
            match self.stream.try_read(&mut bytes) {
                Ok(0) => bail!("the stream ended"),
                Ok(_) => {}
                Err(nothing) if nothing.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn read_until(&mut self, part: &[u8]) -> Result<()> {
        let mut bytes = Vec::new();
        while !bytes.windows(part.len()).any(|window| window == part) {
            let more = self.stream.read_buf(&mut bytes).await?;
            ensure!(more > 0, "the stream ended: {}", String::from_utf8_lossy(&bytes));
        }
        Ok(())
    }
}

async fn send(address: &str, path: &str, token: &str, connection: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: {connection}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(stream)
}
