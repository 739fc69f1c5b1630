//! More spends than the service can execute: how many succeed, how long the admitted ones take, and how fast the others are
//! refused.

use crate::load::{Load, Pace, Sent, Timing};
use crate::measurement::Measurement;
use crate::payments::{per_second, percentile};
use crate::server::empty;
use crate::spends::accounts;
use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tokenwell_stage::{Services, ServicesOptions};

/// The number of permits of the service's platform lane.
const PERMITS: usize = 64;
/// The number of connections that send requests: several for each permit.
const CONNECTIONS: usize = 400;
/// The number of accounts.
const ACCOUNTS: usize = 64;
/// The seconds of each run. `TOKENWELL_LOAD_SECONDS` overrides it.
const SECONDS: u64 = 5;
/// The overload, as a multiple of the capacity.
const OVERLOAD: f64 = 3.0;
/// The maximum growth of memory beyond the capacity.
const GROWTH_MAX_BYTES: f64 = 48.0 * 1024.0 * 1024.0;

/// Makes all measurements. The data is written to `folder`, which must be on a disk.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let folder = empty(folder, "overload")?;
    let seconds = std::env::var("TOKENWELL_LOAD_SECONDS");
    let seconds = seconds.map_or(Ok(SECONDS), |text| text.parse()).context("TOKENWELL_LOAD_SECONDS")?;
    let duration = Duration::from_secs(seconds);
    let flags = vec!["--requests-max".to_owned(), PERMITS.to_string()];
    let services = Services::start(&folder, &ServicesOptions { flags, ..Default::default() }).await?;
    let accounts = accounts(&services, ACCOUNTS).await?;
    let few = Load::new(&services.service_url(), accounts.iter().cycle().take(PERMITS).cloned().collect());
    let many = few.on(accounts.iter().cycle().take(CONNECTIONS).cloned().collect());

    few.run(duration).await?;
    let at_capacity = few.run(duration).await?;
    let capacity = per_second(at_capacity.spent.len() as u64, at_capacity.elapsed);
    let before = services.resident_bytes()?;
    let runs = [
        ("at capacity", many.send(Pace::PerSecond(capacity), duration).await?),
        ("at 3 times the capacity", many.send(Pace::PerSecond(OVERLOAD * capacity), duration).await?),
        ("with every connection busy", many.send(Pace::Closed, duration).await?),
    ];
    let growth = services.resident_bytes()? - before;
    services.stop().await?;
    everything_acknowledged_is_in_the_ledger(&folder, many.spent())?;

    let mut measurements: Vec<Measurement> =
        runs.into_iter().flat_map(|(name, sent)| measurements_of(name, sent, capacity)).collect();
    measurements.push(Measurement {
        name: "memory past the capacity".to_owned(),
        value: growth / (1024.0 * 1024.0),
        unit: "MiB",
        against: "48 MiB".to_owned(),
        ratio: Some(growth / GROWTH_MAX_BYTES),
    });
    Ok(measurements)
}

fn everything_acknowledged_is_in_the_ledger(folder: &Path, acknowledged: u64) -> Result<()> {
    let ledger = Connection::open(folder.join("service.sqlite"))?;
    let sql = "SELECT count(*) FROM entries WHERE kind = 'spend'";
    let written: u64 = ledger.query_row(sql, [], |row| row.get(0))?;
    ensure!(written == acknowledged, "{acknowledged} spends were acknowledged, {written} are in the ledger");
    Ok(())
}

/// The measurements of one run, compared with the capacity.
fn measurements_of(name: &str, sent: Sent, capacity: f64) -> Vec<Measurement> {
    let done = per_second(sent.spent.len() as u64, sent.elapsed);
    let refused = sent.refused.len();
    let mut measurements = vec![Measurement {
        name: format!("spends {name}"),
        value: done,
        unit: "spends/s",
        against: format!("{capacity:.0} spends/s; {refused} were refused"),
        ratio: Some(done / capacity),
    }];
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let permits_ms = 1000.0 * PERMITS as f64 / capacity;
    let mut row = |what: &str, timings: &[Timing], part: fn(&Timing) -> Duration| {
        let mut times: Vec<Duration> = timings.iter().map(part).collect();
        if times.is_empty() {
            return;
        }
        for percent in [50, 99] {
            let value = percentile(&mut times, percent);
            measurements.push(Measurement {
                name: format!("{what} {name}, p{percent}"),
                value,
                unit: "ms",
                against: format!("{PERMITS} spends at the capacity: {permits_ms:.1} ms"),
                ratio: Some(value / permits_ms),
            });
        }
    };
    row("spend", &sent.spent, |timing| timing.response);
    row("refusal", &sent.refused, |timing| timing.response);
    row("wait for a connection", &[sent.spent, sent.refused].concat(), |timing| timing.queued);
    measurements
}
