//! The one thread that writes. It writes every change that waits in one transaction, each in a savepoint of its own, so
//! that one `fsync` serves them all. Callers get their answers after that commit.

use crate::metrics;
use crate::store::error::{Closed, StoreError, StoreResult};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::oneshot;

/// The most changes in one transaction.
const BATCH: usize = 128;
/// How many changes may wait. Requests are bounded before they get here, so only a fault elsewhere reaches this bound.
const QUEUE: usize = 4096;

/// Does the work in a savepoint of the open transaction, or fails if none could be opened. What it returns is called after the
/// commit, with its outcome.
type Job = Box<dyn FnOnce(Result<&Connection, Shared>) -> Deliver + Send>;
type Deliver = Box<dyn FnOnce(Result<(), Shared>) + Send>;
/// One failure for every change of a transaction.
type Shared = Arc<rusqlite::Error>;

/// Hands work to the thread that writes.
pub struct Writer {
    jobs: SyncSender<Job>,
    metrics: WriterMetrics,
}

/// Metrics of the thread that writes.
#[derive(Debug, Clone)]
pub struct WriterMetrics {
    waiting: Gauge,
    batch: Histogram,
    commit: Histogram,
}

impl Default for WriterMetrics {
    fn default() -> Self {
        let sizes = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
        Self { waiting: Gauge::default(), batch: Histogram::new(sizes), commit: metrics::seconds() }
    }
}

impl WriterMetrics {
    /// Adds them to others.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("writer_waiting", "Changes that wait to be written", self.waiting.clone());
        registry.register("writer_batch", "Changes that were written together", self.batch.clone());
        registry.register("writer_commit_seconds", "How long their commit took", self.commit.clone());
    }
}

impl Writer {
    /// Starts the thread; it ends when the writer is dropped.
    pub fn start(connection: Connection, metrics: WriterMetrics) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = sync_channel(QUEUE);
        let counted = metrics.clone();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(connection, &waiting, &counted))?;
        Ok((Self { jobs, metrics }, thread))
    }

    /// Does `work` in a transaction. What it wrote is durable once this returns.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] at once if too many changes wait.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (outcome_sent, outcome) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = connection.map_err(StoreError::failed).and_then(|open| in_savepoint(open, work));
            Box::new(move |committed| {
                let outcome = outcome.and_then(|value| committed.map(|()| value).map_err(StoreError::failed));
                // A caller that has hung up needs no answer.
                let _ = outcome_sent.send(outcome);
            })
        });
        let closed = || StoreError::failed(Closed);
        self.metrics.waiting.inc();
        self.jobs.try_send(job).map_err(|refused| {
            self.metrics.waiting.dec();
            match refused {
                TrySendError::Full(_) => StoreError::Overloaded,
                TrySendError::Disconnected(_) => closed(),
            }
        })?;
        outcome.await.map_err(|_| closed())?
    }
}

fn run(mut connection: Connection, waiting: &Receiver<Job>, metrics: &WriterMetrics) {
    while let Ok(first) = waiting.recv() {
        metrics.waiting.dec();
        let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => {
                first(Err(Arc::new(error)))(Ok(()));
                continue;
            }
        };
        let mut written = vec![first(Ok(&transaction))];
        while written.len() < BATCH
            && let Ok(job) = waiting.try_recv()
        {
            metrics.waiting.dec();
            written.push(job(Ok(&transaction)));
        }
        let begun = Instant::now();
        let committed = transaction.commit().map_err(Arc::new);
        metrics.commit.observe(begun.elapsed().as_secs_f64());
        metrics.batch.observe(u32::try_from(written.len()).unwrap_or(u32::MAX).into());
        for deliver in written {
            deliver(committed.clone());
        }
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> StoreResult<T>,
) -> StoreResult<T> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT change")?;
    let outcome = work(connection);
    if outcome.is_err() {
        run("ROLLBACK TO change")?;
    }
    run("RELEASE change")?;
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use futures_util::poll;
    use std::sync::mpsc::channel;

    #[tokio::test]
    async fn a_change_too_many_is_refused_at_once_and_those_before_it_are_written() {
        let metrics = WriterMetrics::default();
        let connection = Connection::open_in_memory().unwrap();
        let (writer, thread) = Writer::start(connection, metrics.clone()).unwrap();
        let (begun, first_begun) = channel();
        let (go_on, held) = channel::<()>();
        let mut first = Box::pin(writer.write(move |_| {
            begun.send(()).unwrap();
            held.recv().unwrap();
            Ok(())
        }));
        assert!(poll!(&mut first).is_pending());
        first_begun.recv().unwrap();
        let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(writer.write(|_| Ok(())))).collect();
        for change in &mut waiting {
            assert!(poll!(change).is_pending());
        }
        assert!(matches!(writer.write(|_| Ok(())).await, Err(StoreError::Overloaded)));
        assert_eq!(metrics.waiting.get(), 4096);

        go_on.send(()).unwrap();
        first.await.unwrap();
        assert!(join_all(waiting).await.into_iter().all(|written| written.is_ok()));
        assert_eq!(metrics.waiting.get(), 0);
        drop(writer);
        thread.join().unwrap();
    }
}
