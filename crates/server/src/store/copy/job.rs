//! A copy from beginning to end.

use super::cell::Tally;
use super::error::{CopyError, Interruption, Refusal};
use super::progress::CopyProgress;
use super::proof::{self, Proof};
use super::source::Source;
use super::tables::TABLES;
use super::target::Target;
use crate::store::database::Database;
use crate::store::postgres::Address;
use std::fmt;
use std::path::PathBuf;

/// A copy to be made.
#[derive(Debug, Clone)]
pub struct CopyJob {
    from: PathBuf,
    to: Box<Address>,
}

/// What was copied.
#[derive(Debug)]
pub struct CopySummary {
    /// Every table, and what it holds on both sides.
    pub tables: Vec<(&'static str, Tally)>,
    /// What was audited.
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

impl CopyJob {
    /// A copy from a SQLite file into a PostgreSQL database.
    ///
    /// # Errors
    /// For other databases, which program copies them.
    pub fn between(from: Database, to: Database) -> Result<Self, Refusal> {
        match (from, to) {
            (Database::Sqlite(from), Database::Postgres(to)) => Ok(Self { from, to }),
            (Database::Postgres(_), _) => Err(Refusal::FromPostgres),
            (_, Database::Sqlite(_)) => Err(Refusal::ToSqlite),
        }
    }

    /// Copies. While it takes long, `report` gets a line now and then.
    pub async fn run(&self, mut report: impl FnMut(&str)) -> Result<CopySummary, CopyError> {
        let mut progress = CopyProgress::new(&mut report);
        let source = Source::open(&self.from).await?;
        let target = Target::open(&self.to).await?;
        let mut copied = Vec::new();
        for table in TABLES {
            let columns = target.columns(table).await?;
            let (batches, reading) = source.read(table, &columns);
            target.write(table, &columns, batches, &mut progress).await?;
            copied.push((table, columns, reading.await??));
        }
        let mut tables = Vec::new();
        for (table, columns, read) in copied {
            let written = target.tally(table, &columns, &mut progress).await?;
            if written != read {
                return Err(Interruption::Differs { table, read, written }.into());
            }
            tables.push((table, written));
        }
        let proof = proof::audit_every_account(target.client(), &mut progress).await?;
        target.commit().await?;
        Ok(CopySummary { tables, proof })
    }
}
