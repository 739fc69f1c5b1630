//! Spends on SQLite, compared with the service's own statements with a commit for each spend, and with inserts of the same
//! number of bytes.

use super::{CONNECTIONS, DURATION, ROUNDS, Rounds, WARM_UP, accounts};
use crate::connection::key;
use crate::load::Load;
use crate::measurement::Measurement;
use crate::payments::per_second;
use anyhow::{Result, ensure};
use rusqlite::{Connection, Row, ToSql};
use std::path::Path;
use std::time::Instant;
use tokenwell_stage::{Services, ServicesOptions};

/// The number of the first key that is not the service's.
const FIRST: u64 = 1 << 40;
/// The number of rows in a commit of bare inserts.
const BATCH: usize = 128;

/// Makes all measurements. The data is written to `folder`.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let services = Services::start(folder, &ServicesOptions::default()).await?;
    let load = Load::new(&services.service_url(), accounts(&services, CONNECTIONS).await?);
    load.run(WARM_UP).await?;
    let mut one_by_one = OneByOne::open(&folder.join("service.sqlite"), &folder.join("one-by-one.sqlite"))?;
    let mut bare = Bare::open(&folder.join("bare.sqlite"), one_by_one.sample.bytes())?;

    let (mut ours, mut singly, mut raw) = (Rounds::default(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.add(&load).await?;
        singly.push(tokio::task::block_in_place(|| repeat(1, || one_by_one.spend()))?);
        raw.push(tokio::task::block_in_place(|| repeat(BATCH, || bare.insert()))?);
    }
    services.stop().await?;
    let service = Connection::open(folder.join("service.sqlite"))?;
    let sql = "SELECT -sum(amount) FROM entries WHERE kind = 'spend'";
    let spent: u64 = service.query_row(sql, [], |row| row.get(0))?;
    ensure!(spent == load.spent(), "{} were acknowledged, {spent} are in the ledger", load.spent());

    let name = "sqlite spends";
    let one_ms = 1000.0 / super::median(&mut singly);
    let mut measurements = vec![
        ours.rate(name, "one commit each", &mut singly),
        ours.rate(name, "raw batched inserts", &mut raw),
    ];
    measurements.extend(ours.waits(name, "one commit", one_ms));
    Ok(measurements)
}

/// The operations per second of `work`, which executes `count` at a time.
fn repeat(count: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < DURATION {
        work()?;
        done += count as u64;
    }
    Ok(per_second(done, start.elapsed()))
}

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The service's settings.
    for (name, value) in [("cache_size", -65_536), ("temp_store", 2), ("wal_autocheckpoint", 8192)] {
        connection.pragma_update(None, name, value)?;
    }
    Ok(connection)
}

/// The rows that one spend of the service wrote.
struct Sample {
    state: String,
    entry: String,
    caller: String,
    route: String,
    digest: Vec<u8>,
    body: Vec<u8>,
}

impl Sample {
    fn of(connection: &Connection) -> Result<Self> {
        let sql = "SELECT state, entry, caller, route, body_digest, body
             FROM entries JOIN accounts ON accounts.id = entries.account_id JOIN idempotency_records USING (account_id)
             WHERE kind = 'spend' AND status = 201 LIMIT 1";
        let read = |row: &Row<'_>| {
            Ok(Self {
                state: row.get(0)?,
                entry: row.get(1)?,
                caller: row.get(2)?,
                route: row.get(3)?,
                digest: row.get(4)?,
                body: row.get(5)?,
            })
        };
        Ok(connection.query_row(sql, [], read)?)
    }

    fn bytes(&self) -> usize {
        let record = self.caller.len() + self.route.len() + self.digest.len() + self.body.len();
        self.state.len() + self.entry.len() + record
    }
}

/// A copy of the service's file, on which spends are written by the service's statements, each with its own commit.
struct OneByOne {
    connection: Connection,
    accounts: Vec<(String, u64)>,
    sample: Sample,
    number: u64,
}

impl OneByOne {
    fn open(service: &Path, copy: &Path) -> Result<Self> {
        Connection::open(service)?.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
        let connection = open(copy)?;
        let accounts = connection
            .prepare("SELECT id, revision FROM accounts")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let sample = Sample::of(&connection)?;
        Ok(Self { connection, accounts, sample, number: FIRST })
    }

    fn spend(&mut self) -> Result<()> {
        let Self { connection, accounts, sample, number } = self;
        let index = usize::try_from(*number)? % accounts.len();
        let (account, revision) = &mut accounts[index];
        let (key, at) = (key(*number), 1_800_000_000_000 + *number);
        let id = format!("{account}.{key}");
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let run = |sql: &str, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(values);
        let updated = run(
            "UPDATE accounts SET revision = revision + 1, state = ?
             WHERE id = ? AND revision = ? AND deleted_at IS NULL",
            &[&sample.state, account, revision],
        )?;
        ensure!(updated == 1, "no other program writes this file");
        run(
            "INSERT INTO entries (account_id, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
             VALUES (?, ?, ?, 'spend', 'fast', -1, 1000, 'A portrait in oils', ?, ?)",
            &[account, &id, &at, &key, &sample.entry],
        )?;
        run(
            "INSERT INTO idempotency_records (caller, account_id, route, key, body_digest, status, body, purchase_id)
             VALUES (?, ?, ?, ?, ?, 201, ?, NULL)",
            &[&sample.caller, account, &sample.route, &key, &sample.digest, &sample.body],
        )?;
        run("INSERT INTO notices (account_id, kind, at) VALUES (?, 'balance', ?)", &[account, &at])?;
        connection.execute_batch("COMMIT")?;
        *revision += 1;
        *number += 1;
        Ok(())
    }
}

/// Rows of as many bytes as a spend writes, in a table without indices or constraints.
struct Bare {
    connection: Connection,
    row: Vec<u8>,
}

impl Bare {
    fn open(file: &Path, bytes: usize) -> Result<Self> {
        let connection = open(file)?;
        connection.execute_batch("CREATE TABLE bare (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")?;
        Ok(Self { connection, row: vec![b'x'; bytes] })
    }

    fn insert(&mut self) -> Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..BATCH {
            self.connection.prepare_cached("INSERT INTO bare (bytes) VALUES (?)")?.execute([&self.row])?;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}
