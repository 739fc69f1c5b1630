//! The file: one connection that writes, and some that read.

use super::private;
use super::query::run;
use super::schema;
use super::writer::{Writer, WriterMetrics};
use crate::base::pace::{on_another_thread, paced};
use crate::store::error::{Closed, OpenError, StoreError, StoreResult};
use crate::store::interface::Store;
use async_trait::async_trait;
use prometheus_client::registry::Registry;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a write of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Settings of the one connection that writes: 64 MiB of pages in memory, the undo log of savepoints in memory too, and up
/// to 32 MiB of log between two checkpoints, so that a page that many changes touch is copied once.
const WRITER_PRAGMAS: [(&str, i64); 3] =
    [("cache_size", -65_536), ("temp_store", 2), ("wal_autocheckpoint", 8192)];
/// How many idle connections are kept open for reading.
const IDLE_READERS_MAX: usize = 4;

/// The store on a SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Option<Arc<Writer>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    metrics: WriterMetrics,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl SqliteStore {
    /// Opens the file, or creates it, and makes the steps that its schema lacks.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, schema::STEPS)
    }

    /// Opens the file as a program would whose schema has these steps.
    pub fn open_with(path: &Path, steps: &[M<'_>]) -> Result<Self, OpenError> {
        private::create(path);
        let mut connection = connect(path)?;
        schema::migrate(&mut connection, steps)?;
        end_leases(&connection)?;
        for (name, value) in WRITER_PRAGMAS {
            connection.pragma_update(None, name, value)?;
        }
        let metrics = WriterMetrics::default();
        let (writer, thread) = Writer::start(connection, metrics.clone()).map_err(OpenError::failed)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Some(Arc::new(writer))),
            thread: Mutex::new(Some(thread)),
            metrics,
            readers: Arc::default(),
        })
    }

    /// Does `work` in a transaction on the thread that writes.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let writer = writer.ok_or_else(|| StoreError::failed(Closed))?;
        paced(writer.write(work)).await
    }

    /// Does `work` on a connection for reading.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let read = on_another_thread(move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) => connection,
                None => connect(&path)?,
            };
            let outcome = work(&connection);
            let mut readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < IDLE_READERS_MAX {
                readers.push(connection);
            }
            outcome
        });
        read.await.map_err(StoreError::failed)?
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Ends every lease: a file serves one instance, so nobody works on what an earlier run had taken. If one does, work is
/// done twice, which does no harm. This is also a first write, so a file that is read-only is noticed at the start.
fn end_leases(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "BEGIN IMMEDIATE; UPDATE settings SET value = value;
         UPDATE inbox SET leased_until = 0 WHERE state = 'waiting';
         UPDATE checkouts SET leased_until = 0 WHERE next_check_at IS NOT NULL;
         UPDATE subscriptions SET leased_until = 0 WHERE next_check_at IS NOT NULL;
         UPDATE chores SET leased_until = 0; COMMIT",
    )
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::failed(error)
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::failed(error)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn is_shared(&self) -> bool {
        false
    }

    async fn ready(&self) -> StoreResult<()> {
        self.write(|db| run(db, "UPDATE settings SET value = value WHERE name = ''", []).map(drop)).await
    }

    fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    async fn close(&self) {
        drop(self.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It has committed every change that it was given. A panic in it was logged when it happened.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}
