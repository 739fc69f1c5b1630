//! A connection that spends. The load shares the machine with what it measures, so it does as little as possible: the
//! request is prepared except for its key, and only the status of the response is read.

use anyhow::{Context as _, Result, bail, ensure};
use tokenwell_stage::SERVICE_KEY;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The placeholder for the key in the request.
const KEY: &str = "00000000000000000000000000000000";
const BODY: &str = r#"{"amount":1,"reason":"A portrait in oils"}"#;
/// The allowed values of `Retry-After`, in seconds.
const RETRY_AFTER_S: std::ops::RangeInclusive<usize> = 1..=5;

/// How the service responded to a spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// The spend is durable.
    Spent,
    /// The service is overloaded: 503 with `Retry-After`.
    Refused,
}

/// Spends one token at a time from one account.
pub struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    key_at: usize,
    response: Vec<u8>,
}

impl Connection {
    /// Connects to the service at `address`.
    pub async fn open(address: &str, account: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/accounts/{account}/spends HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SERVICE_KEY}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nIdempotency-Key: ",
            BODY.len()
        );
        let key_at = head.len();
        let request = format!("{head}{KEY}\r\n\r\n{BODY}").into_bytes();
        Ok(Self { stream, request, key_at, response: Vec::with_capacity(4096) })
    }

    /// Spends a token under the key of this number.
    pub async fn spend(&mut self, number: u64) -> Result<Response> {
        let key = key(number);
        self.request[self.key_at..][..key.len()].copy_from_slice(key.as_bytes());
        self.stream.write_all(&self.request).await?;
        let head = self.read_response().await?;
        if self.response.starts_with(b"HTTP/1.1 201 ") {
            return Ok(Response::Spent);
        }
        let (head, body) = self.response.split_at(head);
        if head.starts_with(b"HTTP/1.1 503 ") && position(body, br#""code":"overloaded""#).is_some() {
            let retry_after = header(head, b"retry-after: ")?;
            ensure!(RETRY_AFTER_S.contains(&retry_after), "Retry-After is {retry_after}");
            return Ok(Response::Refused);
        }
        bail!("a spend got the response {}", String::from_utf8_lossy(&self.response));
    }

    /// Reads a response. Returns the length of its head.
    async fn read_response(&mut self) -> Result<usize> {
        self.response.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.response).await? > 0, "the service closed the connection");
            let Some(head) = position(&self.response, b"\r\n\r\n") else { continue };
            if self.response.len() >= head + 4 + header(&self.response[..head], b"content-length: ")? {
                return Ok(head);
            }
        }
    }
}

/// The number in a header.
fn header(head: &[u8], name: &[u8]) -> Result<usize> {
    let missing = || format!("the response has no {}", String::from_utf8_lossy(name));
    let value = position(head, name).map(|at| &head[at + name.len()..]).with_context(missing)?;
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// A unique key for each number. The keys are as unordered as random ones (splitmix64 is a bijection).
pub fn key(number: u64) -> String {
    let mix = |seed: u64| {
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    format!("{:016x}{:016x}", mix(number), mix(!number))
}
