//! What is copied, and when there is no copy.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::tables::TABLES;
use super::{CopyError, CopyJob, CopySummary};
use crate::store::accounts::AccountStore;
use crate::store::changes::ChangeStore;
use crate::store::contract::{opened, second, spend};
use crate::store::interface::Store;
use crate::store::{Database, SqliteStore, postgres};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokenwell_stage::Postgres;
use tokio_postgres::{Client, NoTls};

/// A SQLite file with two accounts, each of which has spent something, and an empty database.
struct Move {
    folder: TempDir,
    to: String,
}

impl Move {
    async fn new() -> Self {
        let moved = Self { folder: tempfile::tempdir().unwrap(), to: Postgres::shared().database() };
        let store = SqliteStore::open(&moved.file()).unwrap();
        for name in ["ada", "bob"] {
            let account = opened(&store, name).await;
            store.commit(spend(&account, &format!("spend_of_{name}"), 40, second(1))).await.unwrap();
        }
        store.set_setting("name", b"value".to_vec()).await.unwrap();
        store.close().await;
        moved
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("service.sqlite")
    }

    /// Every file in the folder, to the byte.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.map(|file| (file.clone(), std::fs::read(file).unwrap())).collect();
        files.sort();
        files
    }

    /// Changes the file by SQL that no service would run.
    fn by_hand(&self, sql: &str) {
        let connection = Connection::open(self.file()).unwrap();
        connection.execute_batch("DROP TRIGGER IF EXISTS entries_are_never_changed").unwrap();
        connection.execute_batch(sql).unwrap();
    }

    async fn run(&self) -> Result<CopySummary, CopyError> {
        self.run_from(&self.file()).await
    }

    async fn run_from(&self, file: &Path) -> Result<CopySummary, CopyError> {
        let (from, to) = (Database::Sqlite(file.to_owned()), Database::parse(&self.to).unwrap());
        CopyJob::between(from, to).unwrap().run(|_| ()).await
    }

    async fn run_copies_everything(&self) {
        let copied = self.run().await.unwrap();
        let rows = |table| copied.tables.iter().find(|(name, _)| *name == table).unwrap().1.rows;
        assert_eq!((rows("accounts"), rows("entries"), rows("subjects"), rows("settings")), (2, 4, 2, 1));
        assert_eq!((copied.proof.accounts, copied.proof.entries), (2, 4));
    }

    /// Runs a copy of a damaged file: it must say these words and copy nothing.
    async fn assert_damaged(&self, words: &str) {
        let why = self.run().await.unwrap_err();
        assert!(matches!(why, CopyError::Damaged(_)), "{why}");
        assert!(why.to_string().contains(words), "{why}");
        assert_eq!(self.rows_there().await, 0, "nothing was copied");
    }

    async fn rows_there(&self) -> i64 {
        let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table})")).join(" + ");
        self.there().await.query_one(&format!("SELECT {counts}"), &[]).await.unwrap().get(0)
    }

    /// The database that is copied into.
    async fn there(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.to, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

#[tokio::test]
async fn every_table_and_column_of_the_file_is_copied() {
    let moved = Move::new().await;
    moved.run_copies_everything().await;
    let file = Connection::open(moved.file()).unwrap();
    let all = |sql: &str| {
        let mut statement = file.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<BTreeSet<String>, _>>().unwrap()
    };
    let tables = all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    assert_eq!(tables, TABLES.map(str::to_owned).into());
    let client = moved.there().await;
    for table in TABLES {
        let sql = "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1";
        let mut there: BTreeSet<String> =
            client.query(sql, &[&table]).await.unwrap().iter().map(|row| row.get(0)).collect();
        // SQLite numbers entries and notices over all accounts, so it has no such column.
        there.remove("last_seq");
        assert_eq!(all(&format!("SELECT name FROM pragma_table_info('{table}')")), there, "{table}");
    }
}

#[tokio::test]
async fn the_file_and_its_log_stay_as_they_were_to_the_byte() {
    let moved = Move::new().await;
    // As a killed service leaves it: the last changes are in the log only.
    let writer = Connection::open(moved.file()).unwrap();
    writer.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE settings SET value = x'00'").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for file in ["service.sqlite", "service.sqlite-wal"] {
        std::fs::copy(moved.folder.path().join(file), folder.path().join(file)).unwrap();
    }
    let killed = Move { folder, to: moved.to };
    let before = killed.bytes();
    assert_eq!(before.len(), 2);
    killed.run_copies_everything().await;
    assert_eq!(killed.bytes(), before);
}

#[tokio::test]
async fn a_file_that_is_in_use_is_not_copied() {
    let moved = Move::new().await;
    let service = SqliteStore::open(&moved.file()).unwrap();
    let why = moved.run().await.unwrap_err().to_string();
    assert!(
        why.contains("--from sqlite:") && why.contains("it is in use; stop the tokenwell-server"),
        "{why}"
    );
    service.close().await;
    moved.run_copies_everything().await;
}

#[tokio::test]
async fn only_an_empty_database_is_copied_into() {
    let moved = Move::new().await;
    moved.run_copies_everything().await;
    let why = moved.run().await.unwrap_err();
    assert!(matches!(why, CopyError::Refused(_)), "{why}");
    assert!(why.to_string().contains("it is not empty (settings has rows)"), "{why}");
}

#[tokio::test]
async fn a_copy_that_is_interrupted_near_its_end_leaves_the_database_empty_and_can_be_run_again() {
    let moved = Move::new().await;
    let Database::Postgres(address) = Database::parse(&moved.to).unwrap() else { unreachable!() };
    postgres::migrate(&address).await.unwrap();
    let last = TABLES[TABLES.len() - 1];
    let there = moved.there().await;
    there
        .batch_execute(&format!(
            "CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
             CREATE TRIGGER cut_off BEFORE INSERT ON {last} FOR EACH STATEMENT EXECUTE FUNCTION cut_off()"
        ))
        .await
        .unwrap();
    let why = moved.run().await.unwrap_err();
    assert!(matches!(why, CopyError::Unfinished(_)), "{why}");
    assert_eq!(moved.rows_there().await, 0, "nothing was copied");

    there.batch_execute(&format!("DROP TRIGGER cut_off ON {last}")).await.unwrap();
    moved.run_copies_everything().await;
}

#[tokio::test]
async fn books_that_were_changed_by_hand_are_not_copied_and_the_account_is_named() {
    for change in [
        "UPDATE entries SET amount = amount + 1 WHERE account_id = 'acct_bob'",
        "UPDATE entries SET entry = json_set(entry, '$.amount', -39) WHERE reference = 'spend_of_bob'",
        "UPDATE entries SET entry = json_set(entry, '$.amount', -39), amount = -39 WHERE reference = 'spend_of_bob'",
        "UPDATE entries SET entry = json_set(entry, '$.balance_after', 9), balance_after = 9
             WHERE reference = 'spend_of_bob'",
        "UPDATE entries SET entry = '[]' WHERE reference = 'spend_of_bob'",
        "UPDATE entries SET at = at - 1 WHERE reference = 'spend_of_bob'",
        "UPDATE accounts SET state = json_set(state, '$.fast', 150) WHERE id = 'acct_bob'",
        "DROP TRIGGER entries_are_never_removed; DELETE FROM entries WHERE reference = 'spend_of_bob'",
    ] {
        let moved = Move::new().await;
        moved.by_hand(change);
        moved.assert_damaged("the books of the account acct_bob do not add up").await;
    }
    let moved = Move::new().await;
    moved.by_hand("UPDATE accounts SET state = '{}' WHERE id = 'acct_bob'");
    moved.assert_damaged("the account acct_bob cannot be read").await;
}

#[tokio::test]
async fn rows_that_postgresql_refuses_are_not_copied() {
    let moved = Move::new().await;
    moved.by_hand(
        "PRAGMA foreign_keys = off; UPDATE subjects SET account_id = 'nobody' WHERE account_id = 'acct_bob'",
    );
    moved.assert_damaged("subjects_account_id_fkey").await;
    let moved = Move::new().await;
    moved.by_hand("UPDATE accounts SET email = 'acct_bob' || char(0) WHERE id = 'acct_bob'");
    moved.assert_damaged("COPY accounts, line 2, column email").await;
}

#[tokio::test]
async fn a_file_that_is_not_a_services_is_refused_with_the_reason() {
    let moved = Move::new().await;
    let why = moved.run_from(Path::new("/no/such/file")).await.unwrap_err().to_string();
    assert!(why.contains("there is no such file"), "{why}");
    let letter = moved.folder.path().join("letter");
    std::fs::write(&letter, "This is a letter and no database, whatever its name says.".repeat(100)).unwrap();
    let why = moved.run_from(&letter).await.unwrap_err().to_string();
    assert!(why.contains("not a database"), "{why}");
    for (version, words) in [(0, "older version"), (99, "newer version")] {
        moved.by_hand(&format!("PRAGMA user_version = {version}"));
        let why = moved.run().await.unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    }
}
