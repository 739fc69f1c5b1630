//! Answers of other threads, and a seam for simulations: when a caller gets such an answer.
//!
//! A simulation runs on one thread and takes every choice from a seed. Other threads would answer in an order that no seed
//! repeats. So a simulation waits for each answer on the spot, and says how often other tasks run before and after it.

use tokio::task::{JoinError, spawn_blocking};

/// Does `work` on a thread of its own, so that requests and signals go on meanwhile.
///
/// # Errors
/// If it panics.
pub async fn on_another_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    paced(spawn_blocking(work)).await
}

#[cfg(test)]
pub use simulated::{paced, simulate};

/// Waits for an answer of another thread.
#[cfg(not(test))]
pub async fn paced<F: Future>(answer: F) -> F::Output {
    answer.await
}

#[cfg(test)]
mod simulated {
    use std::cell::Cell;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::Thread;

    thread_local! {
        static YIELDS: Cell<Option<fn() -> u32>> = const { Cell::new(None) };
    }

    /// From now on, `yields` says how often this thread yields to other tasks before an answer, and then after it. `None` ends
    /// the simulation.
    pub fn simulate(yields: Option<fn() -> u32>) {
        YIELDS.set(yields);
    }

    /// Waits for an answer of another thread. In a simulation other tasks run at least once before it and once after it,
    /// so that a crash can come before a change, and between the change and its answer.
    pub async fn paced<F: Future>(answer: F) -> F::Output {
        let Some(yields) = YIELDS.get() else { return answer.await };
        yield_to_others(1 + yields()).await;
        let answer = block_on(tokio::task::unconstrained(answer));
        yield_to_others(1 + yields()).await;
        answer
    }

    async fn yield_to_others(times: u32) {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Waits on this thread for what other threads do.
    fn block_on<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}
