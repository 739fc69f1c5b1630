//! Who goes first. In a simulation everything runs on one thread and every wait is one that the seed knows of: the
//! database and the outside world answer after as many turns of the others as the seed says.

use super::dice::Dice;
use axum::Router;
use axum::body::Body;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use tower::ServiceExt;

thread_local! {
    static TURNS: RefCell<Option<Dice>> = const { RefCell::new(None) };
}

/// From now on the turns on this thread come from these dice, or from the threads again.
pub fn decide_by(dice: Option<Dice>) {
    crate::store::simulate(dice.is_some().then_some(|| turns().unwrap_or_default()));
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

    /// Asks the world outside, which does its work in one turn, as the database does.
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
