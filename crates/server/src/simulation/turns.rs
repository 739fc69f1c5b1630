//! Who goes first. In a simulation everything runs on one thread and every wait is one that the seed knows of: the
//! database and the outside world answer after as many turns of the others as the seed says.

use super::dice::Dice;
use axum::Router;
use axum::body::Body;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tower::ServiceExt;

thread_local! {
    static TURNS: RefCell<Option<Dice>> = const { RefCell::new(None) };
}

/// From now on the turns on this thread come from these dice, or from the threads again.
pub fn decide_by(dice: Option<Dice>) {
    TURNS.set(dice);
}

/// The next number of turns that others take; `None` outside of simulations.
fn turns() -> Option<u32> {
    TURNS.with_borrow_mut(|dice| dice.as_mut().map(|dice| dice.below(3)))
}

/// A number by chance, which is the seed's; `None` outside of simulations.
pub fn chance() -> Option<u32> {
    TURNS.with_borrow_mut(|dice| dice.as_mut().map(|dice| dice.below(u32::MAX)))
}

/// Waits for an answer of the database: in a simulation on the spot, with turns of the others before and after. One
/// turn at least on either side, so that a crash can come before a change and between the change and its answer.
pub async fn paced<F: Future>(answer: F) -> F::Output {
    let Some(before) = turns() else { return answer.await };
    give_way(1 + before).await;
    let answer = block_on(tokio::task::unconstrained(answer));
    give_way(1 + turns().unwrap_or_default()).await;
    answer
}

/// A service's way to the world outside, for as long as the service lives.
#[derive(Clone)]
pub struct Connection {
    world: Router,
    cut: Arc<AtomicBool>,
}

impl Connection {
    pub fn to(world: Router) -> Self {
        Self { world, cut: Arc::default() }
    }

    /// The service is dead: what it left running reaches nobody any more.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// Asks the world outside, which does its work in one turn, as [`paced`] does the database.
    pub async fn answer(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        give_way(1 + turns().unwrap_or_default()).await;
        if self.cut.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let request = axum::http::Request::<reqwest::Body>::try_from(request)?;
        let Ok(response) = self.world.clone().oneshot(request.map(Body::new)).await;
        give_way(1 + turns().unwrap_or_default()).await;
        Ok(response.map(|body| reqwest::Body::wrap_stream(body.into_data_stream())).into())
    }
}

async fn give_way(turns: u32) {
    for _ in 0..turns {
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

/// Runs `life` to its end, or for so many turns: then it is dropped where it stands, as `kill -9` would, and nothing
/// comes of it.
pub async fn killed_after<T>(turns: Option<u32>, life: impl Future<Output = T>) -> Option<T> {
    let mut life = pin!(life);
    let mut left = turns;
    std::future::poll_fn(move |context| match &mut left {
        Some(0) => Poll::Ready(None),
        left => {
            *left = left.map(|left| left - 1);
            life.as_mut().poll(context).map(Some)
        }
    })
    .await
}
