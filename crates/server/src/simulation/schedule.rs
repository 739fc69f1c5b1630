//! Who runs next. A simulation runs on one thread, and its seed decides every wait: the database and the outside world
//! answer after as many steps of other tasks as the seed says.

use super::dice::Dice;
use crate::base::outgoing::HttpTransport;
use crate::base::random::RandomSource;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use tower::ServiceExt;

thread_local! {
    static DICE: RefCell<Option<Dice>> = const { RefCell::new(None) };
}

/// From now on these dice decide what happens next on this thread. `None` ends the simulation.
pub fn decide_by(dice: Option<Dice>) {
    crate::store::simulate(dice.is_some().then_some(steps));
    DICE.set(dice);
}

/// How many steps other tasks take next.
fn steps() -> u32 {
    DICE.with_borrow_mut(|dice| dice.as_mut().map(|dice| dice.below(3))).unwrap_or_default()
}

/// The seed's randomness.
pub struct SeededRandom;

impl RandomSource for SeededRandom {
    fn random_u32(&self) -> u32 {
        DICE.with_borrow_mut(|dice| dice.as_mut().map(|dice| dice.below(u32::MAX))).unwrap_or_default()
    }
}

/// A service's connection to the outside world, for as long as the service lives.
#[derive(Clone)]
pub struct Connection {
    world: Router,
    is_cut: Arc<AtomicBool>,
}

impl Connection {
    pub fn to(world: Router) -> Self {
        Self { world, is_cut: Arc::default() }
    }

    /// The service was killed: tasks that it left running reach nobody.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl HttpTransport for Connection {
    /// The outside world does its work in one step, with steps of other tasks before and after, as the database does.
    async fn send(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        give_way(1 + steps()).await;
        if self.is_cut.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let request = axum::http::Request::<reqwest::Body>::try_from(request)?;
        let Ok(response) = self.world.clone().oneshot(request.map(Body::new)).await;
        give_way(1 + steps()).await;
        Ok(response.map(|body| reqwest::Body::wrap_stream(body.into_data_stream())).into())
    }
}

async fn give_way(steps: u32) {
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
}

/// Runs `life` to its end, or for so many steps: then it is dropped where it stands, as by `kill -9`, and `None` is returned.
pub async fn killed_after<T>(steps: Option<u32>, life: impl Future<Output = T>) -> Option<T> {
    let mut life = pin!(life);
    let mut left = steps;
    std::future::poll_fn(move |context| match &mut left {
        Some(0) => Poll::Ready(None),
        left => {
            *left = left.map(|left| left - 1);
            life.as_mut().poll(context).map(Some)
        }
    })
    .await
}
