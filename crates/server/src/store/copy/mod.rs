//! From one file to a cluster: copies a SQLite file into an empty PostgreSQL database, all of it or nothing, and proves
//! that what arrived is what was there.
//!
//! The tables are the same in both, so rows are copied as they are, through a bounded buffer. Before the copy is made
//! final, each table is read back and compared, and the books of every account are gone through.

mod cell;
mod proof;
mod source;
mod target;
#[cfg(all(test, unix))]
mod tests;

pub use cell::Tally;
pub use proof::Proof;

use super::Database;
use super::postgres::Address;
use source::Source;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use target::Target;

/// Every table, those first that others refer to.
const TABLES: [&str; 13] = [
    "settings",
    "accounts",
    "subjects",
    "entries",
    "purchases",
    "checkouts",
    "subscriptions",
    "holds",
    "answers",
    "inbox",
    "chores",
    "refunds_due",
    "notices",
];

/// How often it is told how far a copy is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// A copy to be made.
#[derive(Debug, Clone)]
pub struct CopyJob {
    from: PathBuf,
    to: Box<Address>,
}

/// Why there is no copy. The file is as it was, and the database is as empty as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It did not begin: one line that names the flag and the fix.
    #[error("{0}")]
    Refused(String),
    /// The file holds what cannot be.
    #[error("{0}; nothing was copied: mend the file, or bring back a backup of it")]
    Damaged(String),
    /// It was begun and not finished.
    #[error("{0}; nothing was copied: run it again")]
    Unfinished(String),
}

/// What was copied.
#[derive(Debug)]
pub struct CopySummary {
    /// Every table, and what it holds on both sides.
    pub tables: Vec<(&'static str, Tally)>,
    /// That the books add up.
    pub proof: Proof,
}

/// A line for each table, and one for the proof.
impl fmt::Display for CopySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, tally) in &self.tables {
            writeln!(f, "{table}: {tally}")?;
        }
        let Proof { accounts, entries } = self.proof;
        write!(f, "the fold of {entries} entries is the balance, in each of {accounts} accounts")
    }
}

/// Tells now and then how far a long copy is.
pub struct CopyProgress<'a> {
    tell: &'a mut dyn FnMut(&str),
    told: Instant,
}

impl CopyProgress<'_> {
    fn tell(&mut self, done: &str, table: &str, rows: u64) {
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            (self.tell)(&format!("{table}: {rows} {done} so far"));
        }
    }
}

impl CopyJob {
    /// From a SQLite file into a PostgreSQL database.
    ///
    /// # Errors
    /// What does the same for other databases, after the flag's name.
    pub fn between(from: Database, to: Database) -> Result<Self, String> {
        match (from, to) {
            (Database::Sqlite(from), Database::Postgres(to)) => Ok(Self { from, to }),
            (Database::Postgres(_), _) => {
                Err("--from is a PostgreSQL database: only a SQLite file is copied; pg_dump and pg_restore move one \
                     PostgreSQL database to another"
                    .to_owned())
            }
            (_, Database::Sqlite(_)) => {
                Err("--to is a SQLite file: a file is copied into a PostgreSQL database; the VACUUM INTO of sqlite3 \
                     makes a second file"
                    .to_owned())
            }
        }
    }

    /// Copies. `tell` is handed a line now and then while it takes long.
    ///
    /// # Errors
    /// Why there is no copy.
    pub async fn run(&self, mut tell: impl FnMut(&str)) -> Result<CopySummary, CopyError> {
        let mut progress = CopyProgress { tell: &mut tell, told: Instant::now() };
        let source = Source::open(&self.from).await?;
        let target = Target::open(&self.to).await?;
        let mut read = Vec::new();
        for table in TABLES {
            let columns = target.columns(table).await?;
            let (batches, reading) = source.read(table, &columns);
            target.write(table, &columns, batches, &mut progress).await?;
            read.push((table, columns, reading.await??));
        }
        let mut tables = Vec::new();
        for (table, columns, read) in read {
            let written = target.tally(table, &columns, &mut progress).await?;
            if written != read {
                let why = format!("{table}: {read} were read, and {written} written");
                return Err(CopyError::Unfinished(why));
            }
            tables.push((table, written));
        }
        let proof = proof::of_every_account(target.client(), &mut progress).await?;
        target.commit().await?;
        Ok(CopySummary { tables, proof })
    }
}
