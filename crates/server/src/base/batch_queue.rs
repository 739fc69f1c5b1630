//! A queue whose calls are handled in batches: whoever gets its lock next handles every call that waits by then.
//!
//! The more calls wait, the less each of them costs. A batch has at most [`BATCH_MAX`] calls, so a call is handled by the
//! first batch after it was queued, unless more than that wait before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many calls may wait in one queue: no more than are handled within a few seconds.
const WAITING_MAX: usize = 4096;
/// How many calls one batch takes.
const BATCH_MAX: usize = 128;

/// Where calls (`C`) wait for their responses (`R`).
pub struct BatchQueue<C, R> {
    locks: Arc<Semaphore>,
    waiting: Mutex<VecDeque<Waiting<C, R>>>,
}

struct Waiting<C, R> {
    call: Arc<C>,
    response: oneshot::Sender<R>,
}

/// The right to handle calls of a queue, until it is dropped.
pub struct QueueLock<C, R> {
    _permit: Option<OwnedSemaphorePermit>,
    /// Keeps the queue alive for a registry that holds it weakly.
    _queue: Arc<BatchQueue<C, R>>,
}

/// The queue takes no more calls for now.
#[derive(Debug, thiserror::Error)]
#[error("too many calls wait already")]
pub struct QueueFull;

impl<C, R> BatchQueue<C, R> {
    /// A queue of which so many batches are handled at once.
    pub fn new(batches_at_once: usize) -> Arc<Self> {
        Arc::new(Self { locks: Arc::new(Semaphore::new(batches_at_once)), waiting: Mutex::default() })
    }

    /// Waits for the lock.
    pub async fn lock(self: &Arc<Self>) -> QueueLock<C, R> {
        let permit = Arc::clone(&self.locks).acquire_owned().await;
        // The semaphore is never closed, so this is always a permit.
        QueueLock { _permit: permit.ok(), _queue: Arc::clone(self) }
    }

    /// Queues a call and waits for its response. `handle` handles a batch of calls and returns their responses in the same
    /// order. If whoever handles a batch is dropped in the middle, its calls are queued again, so a call must do no harm
    /// when it is handled twice.
    pub async fn submit<F>(
        self: &Arc<Self>,
        call: C,
        handle: impl Fn(Vec<Arc<C>>) -> F,
    ) -> Result<R, QueueFull>
    where
        F: Future<Output = Vec<R>>,
    {
        let call = Arc::new(call);
        loop {
            let mut responded = self.enqueue(Arc::clone(&call))?;
            let response = loop {
                tokio::select! {
                    biased;
                    response = &mut responded => break response,
                    lock = self.lock() => {
                        self.handle_batch(&handle).await;
                        drop(lock);
                    }
                }
            };
            if let Ok(response) = response {
                return Ok(response);
            }
        }
    }

    async fn handle_batch<F: Future<Output = Vec<R>>>(&self, handle: impl Fn(Vec<Arc<C>>) -> F) {
        let (calls, callers): (Vec<_>, Vec<_>) = self.dequeue_batch().into_iter().unzip();
        if calls.is_empty() {
            return;
        }
        for (caller, response) in callers.into_iter().zip(handle(calls).await) {
            // A caller that has hung up needs no response.
            let _ = caller.send(response);
        }
    }

    fn enqueue(&self, call: Arc<C>) -> Result<oneshot::Receiver<R>, QueueFull> {
        let (response, responded) = oneshot::channel();
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING_MAX {
            return Err(QueueFull);
        }
        waiting.push_back(Waiting { call, response });
        Ok(responded)
    }

    /// Takes the calls that wait, the longest waiting first, and drops those whose caller has hung up.
    fn dequeue_batch(&self) -> Vec<(Arc<C>, oneshot::Sender<R>)> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(BATCH_MAX);
        let batch = waiting.drain(..count).filter(|waiting| !waiting.response.is_closed());
        batch.map(|Waiting { call, response }| (call, response)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting<C, R>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn calls_that_wait_are_handled_in_one_batch_in_the_order_they_came() {
        let (queue, batches) = (BatchQueue::new(1), AtomicUsize::new(0));
        let handle = |calls: Vec<Arc<usize>>| {
            let batch = batches.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                calls.iter().enumerate().map(|(index, call)| (**call, batch, index)).collect()
            }
        };
        let responses = join_all((0..10).map(|call| queue.submit(call, handle))).await;
        let responses: Vec<_> = responses.into_iter().map(Result::unwrap).collect();
        // The first call is a batch of its own; the others wait until it is handled.
        let expected = (0..10).map(|call| if call == 0 { (0, 0, 0) } else { (call, 1, call - 1) });
        assert_eq!(responses, expected.collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_batch_takes_so_many_calls_at_most_and_leaves_the_rest_to_the_next() {
        let (queue, sizes) = (BatchQueue::new(1), Mutex::new(Vec::new()));
        let handle = |calls: Vec<Arc<usize>>| {
            sizes.lock().unwrap().push(calls.len());
            async move { calls.iter().map(|call| **call).collect() }
        };
        let lock = queue.lock().await;
        let mut calls = std::pin::pin!(join_all((0..=BATCH_MAX).map(|call| queue.submit(call, handle))));
        assert!(futures_util::poll!(&mut calls).is_pending());
        drop(lock);
        let responses: Vec<_> = calls.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(responses, (0..=BATCH_MAX).collect::<Vec<_>>());
        assert_eq!(*sizes.lock().unwrap(), [BATCH_MAX, 1]);
    }

    #[tokio::test]
    async fn calls_of_a_batch_whose_handler_is_dropped_are_handled_by_another() {
        let (queue, stuck) = (BatchQueue::new(1), Notify::new());
        let hangs = |_: Vec<Arc<u32>>| {
            stuck.notify_one();
            std::future::pending()
        };
        let doubles = |calls: Vec<Arc<u32>>| async move { calls.iter().map(|call| **call * 2).collect() };
        let lock = queue.lock().await;
        let (first, others) =
            (queue.submit(1, hangs), join_all([2, 3].map(|call| queue.submit(call, doubles))));
        let mut others = std::pin::pin!(others);
        tokio::select! {
            biased;
            _ = first => panic!("it never gets a response"),
            _ = &mut others => panic!("the queue is locked"),
            () = async { drop(lock); stuck.notified().await } => {}
        }
        let responses: Vec<u32> = others.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(responses, [4, 6]);
    }

    #[tokio::test]
    async fn a_call_too_many_is_refused() {
        let queue: Arc<BatchQueue<(), ()>> = BatchQueue::new(1);
        for _ in 0..WAITING_MAX {
            drop(queue.enqueue(Arc::default()).unwrap());
        }
        let handle = |calls: Vec<Arc<()>>| async move { calls.iter().map(|_| ()).collect() };
        queue.submit((), handle).await.unwrap_err();
        assert!(queue.dequeue_batch().is_empty(), "the callers have hung up");
    }
}
