//! The steps that make the schema of a file.
//!
//! A file serves one instance of the service, so a step may change what it likes: the program that makes it is the only one
//! that works with the file.

use crate::store::error::OpenError;
use rusqlite::Connection;
use rusqlite_migration::{Error, M, Migrations};

/// The steps, first to last. A step that was released is never changed.
pub const STEPS: &[M<'_>] = &[M::up(include_str!("schema.sql"))];

/// The version of the schema that this program makes.
pub fn newest() -> usize {
    STEPS.len()
}

/// Makes the steps that the file lacks.
pub fn migrate(connection: &mut Connection, steps: &[M<'_>]) -> Result<(), OpenError> {
    Migrations::from_slice(steps).to_latest(connection).map_err(|error| match error {
        Error::RusqliteError { err, .. } => err.into(),
        Error::MigrationDefinition(_) => OpenError::NewerFile,
        other => OpenError::failed(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::accounts::AccountStore;
    use crate::store::interface::Store;
    use crate::store::sqlite::SqliteStore;

    const NEXT: &str =
        "ALTER TABLE settings ADD COLUMN note TEXT; UPDATE settings SET note = 'kept ' || name;";

    #[tokio::test]
    async fn a_newer_program_makes_the_steps_that_a_file_lacks_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.sqlite");
        let store = SqliteStore::open(&path).unwrap();
        store.set_setting("name", b"value".to_vec()).await.unwrap();
        store.close().await;

        let steps = [STEPS, &[M::up(NEXT)]].concat();
        let store = SqliteStore::open_with(&path, &steps).unwrap();
        assert_eq!(store.setting("name", Vec::new()).await.unwrap(), b"value");
        store.close().await;
        let file = Connection::open(&path).unwrap();
        let note: String = file.query_row("SELECT note FROM settings", [], |row| row.get(0)).unwrap();
        assert_eq!(note, "kept name");

        let refused = SqliteStore::open(&path).map(drop).unwrap_err();
        assert!(matches!(refused, OpenError::NewerFile), "{refused}");
        assert_eq!(refused.to_string(), "it was written by a newer version of tokenwell-server");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.sqlite");
        drop(SqliteStore::open(&path).unwrap());
        let steps = [STEPS, &[M::up("CREATE TABLE half (n INTEGER); INSERT INTO no_such_table VALUES (1);")]]
            .concat();
        let refused = SqliteStore::open_with(&path, &steps).map(drop).unwrap_err();
        assert!(refused.to_string().contains("no such table"), "{refused}");
        let file = Connection::open(&path).unwrap();
        let tables: i64 = file
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
        drop(SqliteStore::open(&path).unwrap());
    }
}
