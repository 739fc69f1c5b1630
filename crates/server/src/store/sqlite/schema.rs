//! The steps that make the schema of a file.

use super::plainly;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

const STEPS: &[M<'_>] = &[
    M::up(include_str!("migrations/01-accounts-and-ledger.sql")),
    M::up(include_str!("migrations/02-entries-by-time.sql")),
    M::up(include_str!("migrations/03-reconciler.sql")),
    M::up(include_str!("migrations/04-leases.sql")),
    M::up(include_str!("migrations/05-one-index-of-entries.sql")),
];
const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// The version of the schema that this program makes.
pub fn newest() -> usize {
    STEPS.len()
}

/// Makes the steps that the file lacks.
pub fn migrate(connection: &mut Connection) -> Result<(), String> {
    MIGRATIONS.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => plainly(&err),
        rusqlite_migration::Error::MigrationDefinition(_) => {
            "it was written by a newer version of tokenwell-server".to_owned()
        }
        other => other.to_string(),
    })
}
