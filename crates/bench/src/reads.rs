//! Reads of balances: they take the same time on a long ledger as on a short one.

use crate::measurement::Measurement;
use crate::payments::percentile;
use anyhow::{Context as _, Result};
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};
use tokenwell_stage::{Http, Services, ServicesOptions};

/// The number of entries of the short and of the long ledger. All are of the account that is read.
const SHORT: u32 = 1_000;
const LONG: u32 = 10_000_000;
/// The number of alternating rounds, and of reads in each.
const ROUNDS: usize = 20;
const READS: usize = 200;

/// Makes all measurements. The data is written to `folder`; the long ledger is removed at the end.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let (short, long) = (folder.join("short.sqlite"), folder.join("long.sqlite"));
    let account = ledger(folder, &short, &long).await?;
    let at = |file: &Path| ServicesOptions {
        database: Some(format!("sqlite:{}", file.display())),
        ..Default::default()
    };
    let on_short = Services::start(&folder.join("on-short"), &at(&short)).await?;
    let on_long = Services::start(&folder.join("on-long"), &at(&long)).await?;
    let (mut short_times, mut long_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        short_times.extend(read(&on_short.platform()?, &account).await?);
        long_times.extend(read(&on_long.platform()?, &account).await?);
    }
    on_short.stop().await?;
    on_long.stop().await?;
    std::fs::remove_file(long)?;
    Ok([50, 99]
        .map(|percent| {
            let (value, short) =
                (percentile(&mut long_times, percent), percentile(&mut short_times, percent));
            let (name, against) = if percent == 50 {
                ("balance read".to_owned(), "1 k entries".to_owned())
            } else {
                (format!("balance read, p{percent}"), format!("1 k entries: {short:.2} ms"))
            };
            Measurement { name, value, unit: "ms", against, ratio: Some(value / short) }
        })
        .to_vec())
}

async fn read(platform: &Http, account: &str) -> Result<Vec<Duration>> {
    let path = format!("/v1/accounts/{account}/balance");
    let mut times = Vec::new();
    for _ in 0..READS {
        let start = Instant::now();
        platform.get(&path).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// Creates both ledgers from the entries that the service writes for a premium account. Returns the account's id.
async fn ledger(folder: &Path, short: &Path, long: &Path) -> Result<String> {
    let services = Services::start(folder, &ServicesOptions::default()).await?;
    let user = services.user("Bench", "bench@example.com", "premium").await?;
    for number in 0..20 {
        services.spend(&user, 1, &format!("picture {number}")).await?;
    }
    let account = user.api.get("/v1/account").await?;
    let account = account["id"].as_str().context("an account has an id")?.to_owned();
    services.stop().await?;
    let file = folder.join("service.sqlite");
    for (copy, entries) in [(short, SHORT), (long, LONG)] {
        Connection::open(&file)?.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
        let (copy, account) = (copy.to_owned(), account.clone());
        tokio::task::spawn_blocking(move || lengthen(&copy, &account, entries)).await??;
    }
    Ok(account)
}

/// Repeats the last entry until there are this many entries.
fn lengthen(file: &Path, account: &str, entries: u32) -> Result<()> {
    let connection = Connection::open(file)?;
    // The file need not survive a crash while it is created.
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.execute(
        "WITH RECURSIVE last AS (SELECT * FROM entries WHERE account_id = ?1 ORDER BY at DESC, seq DESC LIMIT 1),
             more (n) AS (SELECT count(*) + 1 FROM entries UNION ALL SELECT n + 1 FROM more WHERE n < ?2)
         INSERT INTO entries (account_id, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
         SELECT account_id, printf('%s.%08d', id, n), at, kind, bucket, amount, balance_after, reason, reference, entry
         FROM more, last",
        (account, entries),
    )?;
    let count: u32 = connection.query_row("SELECT count(*) FROM entries", [], |row| row.get(0))?;
    anyhow::ensure!(count == entries, "{count} entries were created");
    Ok(())
}
