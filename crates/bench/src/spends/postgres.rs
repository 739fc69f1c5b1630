//! Spends on PostgreSQL: on many accounts, compared with `pgbench` on the same server; and on one hot account, compared with
//! one transaction for each spend that locks its row.

use super::{CONNECTIONS, DURATION, ROUNDS, Rounds, WARM_UP, accounts, median};
use crate::connection::key;
use crate::load::Load;
use crate::measurement::Measurement;
use crate::payments::per_second;
use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokenwell_stage::{Postgres, Services, ServicesOptions};
use tokio_postgres::{Client, Config, NoTls};

/// More tokens than all rounds spend.
const PLENTY: u64 = 100_000_000;
/// The account of the locking transactions.
const LOCKING_ACCOUNT: &str = "bench-by-hand";

/// Makes all measurements. Logs are written to `folder`.
pub async fn measure(folder: &Path) -> Result<Vec<Measurement>> {
    let postgres = Postgres::durable()?;
    let database = postgres.database();
    let options = ServicesOptions { database: Some(database.clone()), ..ServicesOptions::default() };
    let services = Services::start(folder, &options).await?;
    let mut accounts = accounts(&services, CONNECTIONS + 1).await?;
    let hot = accounts.pop().context("there are accounts")?;
    let gift = json!({ "amount": PLENTY, "reason": "For the benchmark" });
    services.platform()?.post_once(&format!("/v1/accounts/{hot}/adjustments"), &gift, "gift").await?;
    let many = Load::new(&services.service_url(), accounts);
    let one = Load::new(&services.service_url(), vec![hot; CONNECTIONS]);
    let tpc_b = TpcB::new(&postgres)?;
    let locking_spends = LockingSpends::new(&database).await?;
    many.run(WARM_UP).await?;
    one.run(WARM_UP).await?;

    let (mut ours, mut theirs) = (Rounds::default(), Vec::new());
    let (mut on_one, mut locking) = (Rounds::default(), Vec::new());
    for _ in 0..ROUNDS {
        ours.add(&many).await?;
        theirs.push(tokio::task::block_in_place(|| tpc_b.run())?);
        on_one.add(&one).await?;
        locking.push(locking_spends.run().await?);
    }
    services.stop().await?;
    let sql = "SELECT (-sum(amount))::int8 FROM entries WHERE kind = 'spend' AND account_id <> $1";
    let spent: i64 = locking_spends.connect().await?.query_one(sql, &[&LOCKING_ACCOUNT]).await?.get(0);
    let acknowledged = many.spent() + one.spent();
    ensure!(
        u64::try_from(spent)? == acknowledged,
        "{acknowledged} were acknowledged, {spent} are in the ledger"
    );

    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let wait_ms = |rate: f64| CONNECTIONS as f64 * 1000.0 / rate;
    let (many, one) = ("postgres spends", "hot account spends");
    let mut measurements = vec![
        ours.rate(many, "pgbench tpc-b", &mut theirs),
        on_one.rate(one, "select for update", &mut locking),
    ];
    measurements.extend(ours.waits(many, "pgbench tpc-b, on average", wait_ms(median(&mut theirs))));
    measurements.extend(on_one.waits(one, "select for update, on average", wait_ms(median(&mut locking))));
    Ok(measurements)
}

/// `pgbench`'s TPC-B benchmark, with the same number of clients, and as many branches, so that clients rarely conflict.
struct TpcB<'a>(&'a Postgres);

impl<'a> TpcB<'a> {
    fn new(postgres: &'a Postgres) -> Result<Self> {
        let created = postgres.command("createdb").arg("tpc_b").status()?;
        ensure!(created.success(), "createdb failed");
        let mut fill = postgres.command("pgbench");
        fill.args([
            "--initialize",
            "--quiet",
            "--init-steps=dtGvp",
            &format!("--scale={CONNECTIONS}"),
            "tpc_b",
        ]);
        let filled = fill.output()?;
        ensure!(filled.status.success(), "pgbench: {}", String::from_utf8_lossy(&filled.stderr));
        Ok(Self(postgres))
    }

    /// Runs it. Returns transactions per second.
    fn run(&self) -> Result<f64> {
        let (clients, seconds) =
            (format!("--client={CONNECTIONS}"), format!("--time={}", DURATION.as_secs()));
        let mut run = self.0.command("pgbench");
        let run = run
            .args(["--protocol=prepared", "--jobs=2", "--no-vacuum", &clients, &seconds, "tpc_b"])
            .output()?;
        let output = String::from_utf8_lossy(&run.stdout);
        let rate =
            output.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench: {output}{}", String::from_utf8_lossy(&run.stderr)))
    }
}

/// Spends from one account in the simplest way: each transaction locks the row, and writes an entry and the new state.
struct LockingSpends {
    config: Config,
    next: Arc<AtomicU64>,
}

impl LockingSpends {
    async fn new(database: &str) -> Result<Self> {
        let locking_spends = Self { config: database.parse()?, next: Arc::default() };
        let copy = "INSERT INTO accounts (id, revision, last_seq, state, created_at)
             SELECT $1, 0, 0, state, created_at FROM accounts LIMIT 1";
        locking_spends.connect().await?.execute(copy, &[&LOCKING_ACCOUNT]).await?;
        Ok(locking_spends)
    }

    async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs it. Returns spends per second.
    async fn run(&self) -> Result<f64> {
        let clients = try_join_all((0..CONNECTIONS).map(|_| self.connect())).await?;
        let start = Instant::now();
        let spent = try_join_all(clients.into_iter().map(|client| self.spend_until(client, start))).await?;
        Ok(per_second(spent.iter().sum(), start.elapsed()))
    }

    async fn spend_until(&self, mut client: Client, start: Instant) -> Result<u64> {
        let lock = client.prepare("SELECT state, last_seq FROM accounts WHERE id = $1 FOR UPDATE").await?;
        let enter = client
            .prepare(
                "INSERT INTO entries (account_id, seq, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
                 VALUES ($1, $2, $3, 0, 'spend', 'fast', -1, 1000, 'A portrait in oils', $3, $4)",
            )
            .await?;
        let update = client
            .prepare("UPDATE accounts SET revision = revision + 1, last_seq = $2, state = $3 WHERE id = $1")
            .await?;
        let mut spent = 0;
        while start.elapsed() < DURATION {
            let id = key(self.next.fetch_add(1, Ordering::Relaxed));
            let transaction = client.transaction().await?;
            let locked = transaction.query_one(&lock, &[&LOCKING_ACCOUNT]).await?;
            let (state, seq): (String, i64) = (locked.get(0), locked.get::<_, i64>(1) + 1);
            transaction.execute(&enter, &[&LOCKING_ACCOUNT, &seq, &id, &r#"{"kind":"spend"}"#]).await?;
            transaction.execute(&update, &[&LOCKING_ACCOUNT, &seq, &state]).await?;
            transaction.commit().await?;
            spent += 1;
        }
        Ok(spent)
    }
}
