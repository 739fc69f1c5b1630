//! More spends than the service can do: how many are done all the same, how long those that are let in take, and how
//! soon the others are refused.

use crate::figure::Figure;
use crate::load::{Load, Pace, Sent, Timing};
use crate::payments::{per_second, percentile};
use crate::server::empty;
use crate::spends::accounts;
use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tokenwell_stage::{Services, ServicesOptions};

/// How many requests the service works on at once.
const PERMITS: usize = 64;
/// How many connections send requests; several for each permit.
const CONNECTIONS: usize = 400;
/// How many accounts are spent from.
const ACCOUNTS: usize = 64;
/// How long each stretch lasts, unless `TOKENWELL_LOAD_SECONDS` says otherwise.
const SECONDS: u64 = 5;
/// How many times the capacity is asked for.
const OVERLOAD: f64 = 3.0;
/// The most that memory may grow by past the capacity.
const GROWTH_MAX_BYTES: f64 = 48.0 * 1024.0 * 1024.0;

/// All figures; the data stays in `folder`, which has to be on a real disk.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>> {
    let folder = empty(folder, "overload")?;
    let seconds = std::env::var("TOKENWELL_LOAD_SECONDS");
    let seconds = seconds.map_or(Ok(SECONDS), |text| text.parse()).context("TOKENWELL_LOAD_SECONDS")?;
    let stretch = Duration::from_secs(seconds);
    let flags = vec!["--requests-max".to_owned(), PERMITS.to_string()];
    let services = Services::start(&folder, &ServicesOptions { flags, ..Default::default() }).await?;
    let accounts = accounts(&services, ACCOUNTS).await?;
    let few = Load::new(&services.service_url(), accounts.iter().cycle().take(PERMITS).cloned().collect());
    let many = few.on(accounts.iter().cycle().take(CONNECTIONS).cloned().collect());

    few.run(stretch).await?;
    let at_capacity = few.run(stretch).await?;
    let capacity = per_second(at_capacity.spent.len() as u64, at_capacity.elapsed);
    let before = services.resident_bytes()?;
    let stretches = [
        ("at capacity", many.send(Pace::PerSecond(capacity), stretch).await?),
        ("at 3 times the capacity", many.send(Pace::PerSecond(OVERLOAD * capacity), stretch).await?),
        ("with every connection busy", many.send(Pace::Closed, stretch).await?),
    ];
    let growth = services.resident_bytes()? - before;
    services.stop().await?;
    everything_acknowledged_is_in_the_ledger(&folder, many.spent())?;

    let mut figures: Vec<Figure> =
        stretches.into_iter().flat_map(|(name, sent)| figures_of(name, sent, capacity)).collect();
    figures.push(Figure {
        name: "memory past the capacity".to_owned(),
        value: growth / (1024.0 * 1024.0),
        unit: "MiB",
        against: "48 MiB".to_owned(),
        ratio: growth / GROWTH_MAX_BYTES,
    });
    Ok(figures)
}

fn everything_acknowledged_is_in_the_ledger(folder: &Path, acknowledged: u64) -> Result<()> {
    let ledger = Connection::open(folder.join("service.sqlite"))?;
    let sql = "SELECT count(*) FROM entries WHERE kind = 'spend'";
    let written: u64 = ledger.query_row(sql, [], |row| row.get(0))?;
    ensure!(written == acknowledged, "{acknowledged} spends were acknowledged, {written} are in the ledger");
    Ok(())
}

/// What one stretch comes to, against the capacity.
fn figures_of(name: &str, sent: Sent, capacity: f64) -> Vec<Figure> {
    let done = per_second(sent.spent.len() as u64, sent.elapsed);
    let refused = sent.refused.len();
    let mut figures = vec![Figure {
        name: format!("spends {name}"),
        value: done,
        unit: "spends/s",
        against: format!("{capacity:.0} spends/s; {refused} were refused"),
        ratio: done / capacity,
    }];
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let permits_ms = 1000.0 * PERMITS as f64 / capacity;
    let mut row = |what: &str, timings: &[Timing], part: fn(&Timing) -> Duration| {
        let mut times: Vec<Duration> = timings.iter().map(part).collect();
        if times.is_empty() {
            return;
        }
        for percent in [50, 99] {
            let value = percentile(&mut times, percent);
            figures.push(Figure {
                name: format!("{what} {name}, p{percent}"),
                value,
                unit: "ms",
                against: format!("{PERMITS} spends at the capacity: {permits_ms:.1} ms"),
                ratio: value / permits_ms,
            });
        }
    };
    row("spend", &sent.spent, |timing| timing.answered);
    row("refusal", &sent.refused, |timing| timing.answered);
    row("wait for a connection", &[sent.spent, sent.refused].concat(), |timing| timing.queued);
    figures
}
