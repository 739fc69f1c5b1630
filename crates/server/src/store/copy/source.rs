//! The SQLite file that is copied: locked against every other program, and never written.

use super::cell::{Cell, Row, Tally};
use super::error::{CopyError, FileRefusal, Interruption, Refusal};
use super::tables::Column;
use crate::store::sqlite;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::cmp::Ordering;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

/// Rows are sent in batches of about this size.
const BATCH_BYTES: usize = 256 * 1024;
/// The most batches that wait to be written.
const BATCHES: usize = 4;

/// A SQLite file that no other program has open.
#[derive(Clone)]
pub struct Source(Arc<Mutex<Connection>>);

impl Source {
    /// Opens the file and locks every other program out of it.
    pub async fn open(path: &Path) -> Result<Self, CopyError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            open(&path).map_err(|source| Refusal::File { file: path, source })
        });
        Ok(Self(Arc::new(Mutex::new(opened.await??))))
    }

    /// Reads these columns of a table in batches. The task returns what it has read.
    pub fn read(
        &self,
        table: &'static str,
        columns: &[Column],
    ) -> (Receiver<Vec<Row>>, JoinHandle<Result<Tally, CopyError>>) {
        let (batches, received) = channel(BATCHES);
        let sql =
            format!("SELECT {} FROM {table}", columns.iter().map(read_as).collect::<Vec<_>>().join(", "));
        let width = columns.len();
        let source = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let unreadable = |source| Interruption::File { table, source };
            let connection = source.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut statement = connection.prepare(&sql).map_err(unreadable)?;
            let mut rows = statement.query([]).map_err(unreadable)?;
            let (mut tally, mut batch, mut size) = (Tally::default(), Vec::new(), 0);
            while let Some(row) = rows.next().map_err(unreadable)? {
                let cells = (0..width).map(|n| row.get(n)).collect::<Result<Row, _>>().map_err(unreadable)?;
                tally.count(&cells);
                size += cells.iter().map(Cell::size).sum::<usize>();
                batch.push(cells);
                if size >= BATCH_BYTES {
                    size = 0;
                    // The writer has failed, and returns why.
                    if batches.blocking_send(std::mem::take(&mut batch)).is_err() {
                        return Ok(tally);
                    }
                }
            }
            let _ = batches.blocking_send(batch);
            Ok(tally)
        });
        (received, reading)
    }
}

/// A column as it is read from the file. SQLite numbers entries and notices over all accounts, PostgreSQL for each account. So
/// each account continues after the last number of all: whatever a client saw last (`Last-Event-ID`, a page's cursor) is
/// below every new number.
fn read_as(column: &Column) -> &str {
    match column.name.as_str() {
        "last_seq" => {
            "(SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name IN ('entries', 'notices')) AS last_seq"
        }
        stored => stored,
    }
}

fn open(path: &Path) -> Result<Connection, FileRefusal> {
    if !path.is_file() {
        return Err(FileRefusal::Missing);
    }
    let opened =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
            // Every program that has the file open holds a lock on it, so nobody else has it open once this one is granted.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            // Changes that are in the write-ahead log only are read, and stay there.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            Ok((connection, version))
        });
    let (connection, version) = opened.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => FileRefusal::InUse,
        _ => FileRefusal::Unusable(error),
    })?;
    match version.cmp(&sqlite::newest()) {
        Ordering::Equal => Ok(connection),
        Ordering::Less => Err(FileRefusal::Older),
        Ordering::Greater => Err(FileRefusal::Newer),
    }
}
