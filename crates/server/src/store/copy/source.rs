//! The SQLite file that is copied: had to oneself, and left as it is.

use super::CopyError;
use super::cell::{Cell, Row, Tally};
use super::target::Column;
use crate::store::sqlite;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

/// Rows are handed over in batches of about this size.
const BATCH_BYTES: usize = 256 * 1024;
/// How many batches wait at most to be written.
const BATCHES: usize = 4;

/// A SQLite file that nobody else has open.
#[derive(Clone)]
pub struct Source(Arc<Mutex<Connection>>);

impl Source {
    /// Opens the file and keeps everybody else out of it.
    ///
    /// # Errors
    /// If it is not there, in use, or not of this version.
    pub async fn open(path: &Path) -> Result<Self, CopyError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            open(&path).map_err(|why| CopyError::Refused(format!("--from sqlite:{}: {why}", path.display())))
        });
        Ok(Self(Arc::new(Mutex::new(opened.await??))))
    }

    /// Reads these columns of a table in batches, and at the end what there was.
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
            let unreadable = |error: rusqlite::Error| CopyError::Unfinished(format!("{table}: {error}"));
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
                    // Whoever does not listen any more says why.
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

impl From<tokio::task::JoinError> for CopyError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Unfinished(error.to_string())
    }
}

/// Places are counted over all accounts here, and for each account there: an account goes on after the last of all, so
/// that whatever a client saw last (`Last-Event-ID`, a page's cursor) still comes before what is new.
fn read_as(column: &Column) -> &str {
    match column.name.as_str() {
        "last_seq" => {
            "(SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name IN ('entries', 'notices')) AS last_seq"
        }
        stored => stored,
    }
}

fn open(path: &Path) -> Result<Connection, String> {
    if !path.is_file() {
        return Err("there is no such file; give the one that the service kept its data in".to_owned());
    }
    let opened =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
            // Whoever has the file open holds a lock of it for as long, so this lock is only had alone.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            // What the last run left in the write-ahead log is read, and stays there.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            Ok((connection, version))
        });
    match opened {
        Ok((connection, version)) => match version.cmp(&sqlite::newest()) {
            std::cmp::Ordering::Equal => Ok(connection),
            std::cmp::Ordering::Less => {
                Err("it is of an older version; run tokenwell-server migrate on it first".to_owned())
            }
            std::cmp::Ordering::Greater => {
                Err("it is of a newer version; copy it with the tokenwell-server that wrote it".to_owned())
            }
        },
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => {
                "it is in use; stop the tokenwell-server that runs on it, then copy".to_owned()
            }
            _ => format!("{error}; give a file of tokenwell-server that this program may read and write"),
        }),
    }
}
