//! Payments: how many events are stored per second, and how soon a paid checkout is on the app's stream.

use crate::measurement::Measurement;
use anyhow::{Context as _, Result, ensure};
use eventsource_stream::Eventsource as _;
use futures_util::future::try_join_all;
use futures_util::{Stream, StreamExt as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokenwell_stage::{Http, Services, ServicesOptions, WEBHOOK_SECRET};

/// How long each rate is measured.
const DURATION: Duration = Duration::from_secs(5);
/// The numbers of connections that deliver events: one, as many as Stripe uses for a small shop, and many.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// The inserts in one commit of the limit: about as many as 64 connections can deliver at once.
const BATCH: usize = 64;
/// The number of purchases whose latency is measured.
const PURCHASES: usize = 300;

/// Makes all measurements. The data is written to `folder`, which must be on a disk.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let data = folder.join("payments");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::create_dir_all(&data)?;
    let services = Services::start(&data, &ServicesOptions::default()).await?;
    // Measured first, while the inbox is empty.
    let latency = latency(&services).await?;
    let mut measurements = intake(&services, &data).await?;
    measurements.extend(latency);
    services.stop().await?;
    Ok(measurements)
}

/// Events per second that are durable before their response. They are about customers, which the service ignores, because
/// this does not measure the work after the response.
async fn intake(services: &Services, data: &Path) -> Result<Vec<Measurement>> {
    let singly = sqlite_limit(&data.join("singly.sqlite"), 1)?;
    let together = sqlite_limit(&data.join("together.sqlite"), BATCH)?;
    let next = Arc::new(AtomicU64::new(0));
    let mut measurements = Vec::new();
    for connections in CONNECTIONS {
        let url = format!("{}/webhooks/stripe", services.service_url());
        let start = Instant::now();
        let deliveries = (0..connections).map(|_| {
            let (url, next) = (url.clone(), Arc::clone(&next));
            tokio::spawn(async move { deliver_until(&url, &next, start + DURATION).await })
        });
        let taken: u64 = try_join_all(deliveries).await?.into_iter().sum::<Result<u64>>()?;
        let value = per_second(taken, start.elapsed());
        let (limit, of) = if connections == 1 { (singly, "one") } else { (together, "64") };
        measurements.push(Measurement {
            name: format!("events taken in durably, connections: {connections}"),
            value,
            unit: "events/s",
            against: format!("{limit:.0}/s bare SQLite inserts of the same bytes, {of} a commit"),
            ratio: Some(value / limit),
        });
    }
    Ok(measurements)
}

/// The rate of a count in a time.
#[expect(clippy::cast_precision_loss, reason = "counts of seconds, far below 2^52")]
pub fn per_second(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

/// Delivers events over one connection, one after the other. Returns how many were delivered.
async fn deliver_until(url: &str, next: &AtomicU64, end: Instant) -> Result<u64> {
    let client = Client::builder().no_proxy().build()?;
    let mut taken = 0;
    while Instant::now() < end {
        let body = event(next.fetch_add(1, Ordering::Relaxed));
        deliver(&client, url, body).await?;
        taken += 1;
    }
    Ok(taken)
}

async fn deliver(client: &Client, url: &str, body: String) -> Result<()> {
    let at = Timestamp::now().as_second();
    let mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes())?;
    let mac = mac.chain_update(format!("{at}.")).chain_update(&body).finalize();
    let signature = format!("t={at},v1={}", hex::encode(mac.into_bytes()));
    let response = client.post(url).header("Stripe-Signature", signature).body(body).send().await?;
    ensure!(response.status() == 200, "an event got {}", response.status());
    Ok(())
}

/// An event of the typical length of Stripe's events.
fn event(number: u64) -> String {
    let description = "x".repeat(2_500);
    json!({
        "id": format!("evt_bench_{number}"),
        "object": "event",
        "type": "customer.updated",
        "data": { "object": { "id": "cus_bench", "object": "customer", "description": description } },
    })
    .to_string()
}

/// The durable inserts of such events per second on this disk, with `batch` inserts in each commit.
fn sqlite_limit(file: &Path, batch: usize) -> Result<f64> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE inbox (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")?;
    let start = Instant::now();
    let mut number = 0;
    while start.elapsed() < DURATION {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..batch {
            let row = (format!("evt_bench_{number}"), event(number).into_bytes());
            connection.prepare_cached("INSERT INTO inbox VALUES (?, ?)")?.execute(row)?;
            number += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(per_second(number, start.elapsed()))
}

/// The time from the delivery of `checkout.session.completed` to the new balance on the app's stream. It includes the
/// service's calls to Stripe, which is the sandbox.
async fn latency(services: &Services) -> Result<Vec<Measurement>> {
    let user = services.user("Bench", "bench@example.com", "ultimate").await?;
    // The sandbox drops its events, because this program delivers them.
    services.sandbox()?.put("/sandbox/webhooks", &json!({ "drop": u32::MAX })).await?;
    let client = Client::builder().no_proxy().build()?;
    let token = services.sandbox()?.post("/sandbox/users", &json!({ "email": user.email })).await?;
    let token = token["access_token"].as_str().context("the sandbox gives an access token")?;
    let events = client.get(format!("{}/v1/events", services.service_url())).bearer_auth(token);
    let mut balances = top_ups(events.send().await?.error_for_status()?);
    let mut granted = balances.next().await.context("the stream begins with the balance")??;

    let (mut shown, mut round_trips) = (Vec::new(), Vec::new());
    let webhook = format!("{}/webhooks/stripe", services.service_url());
    for number in 0..PURCHASES {
        let start = Instant::now();
        client.get(format!("{}/healthz", services.service_url())).send().await?.bytes().await?;
        round_trips.push(start.elapsed());

        let completed = paid(services, &user.api, number).await?;
        let start = Instant::now();
        deliver(&client, &webhook, completed).await?;
        let before = granted;
        while granted <= before {
            granted = balances.next().await.context("the stream does not end")??;
        }
        shown.push(start.elapsed());
    }
    let limit = percentile(&mut round_trips, 50);
    let figure = |name: &str, value: f64| Measurement {
        name: format!("from `completed` delivered to the new balance on the app's stream, {name}"),
        value,
        unit: "ms",
        against: format!("{limit:.2} ms for a bare request to the same service and back, p50"),
        ratio: Some(value / limit),
    };
    Ok(vec![figure("p50", percentile(&mut shown, 50)), figure("p99", percentile(&mut shown, 99))])
}

/// The top-up tokens of each balance on the stream.
fn top_ups(events: reqwest::Response) -> Pin<Box<dyn Stream<Item = Result<u64>>>> {
    let events = events.bytes_stream().eventsource().filter_map(async |event| match event {
        Ok(event) if event.event == "balance" => Some(top_up(&event.data)),
        Ok(_) => None,
        Err(error) => Some(Err(error.into())),
    });
    Box::pin(events)
}

fn top_up(balance: &str) -> Result<u64> {
    let balance: Value = serde_json::from_str(balance)?;
    balance["top_up"]["available"].as_u64().context("a balance has top-up tokens")
}

/// Opens and pays a checkout. Returns its event, which is not delivered yet.
async fn paid(services: &Services, api: &Http, number: usize) -> Result<String> {
    let order = json!({ "pack_id": "small", "quantity": 1 });
    let purchase = api.post_once("/v1/purchases", &order, &format!("bench-{number}")).await?;
    let url = purchase["checkout_url"].as_str().context("a purchase has a checkout")?;
    let session = url.rsplit('/').next().unwrap_or_default();
    let card = json!({ "method": "card", "card": "4242424242424242" });
    let session = services.sandbox()?.post(&format!("/sandbox/checkout/{session}/pay"), &card).await?;
    let event = json!({
        "id": format!("evt_completed_{number}"),
        "object": "event",
        "type": "checkout.session.completed",
        "data": { "object": session },
    });
    Ok(event.to_string())
}

/// The percentile of these times, in milliseconds.
pub fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let index = (times.len() * percent).div_ceil(100).clamp(1, times.len()) - 1;
    times[index].as_secs_f64() * 1000.0
}
