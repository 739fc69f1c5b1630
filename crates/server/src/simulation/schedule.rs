//! The order of tasks. A simulation runs on one thread, and its seed decides how many steps of other tasks pass before the
//! database or Stripe responds.

use super::dice::Dice;
use crate::base::outgoing::HttpTransport;
use crate::base::pace::simulate;
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

/// Sets the dice that decide the order of tasks on this thread. `None` ends the simulation.
pub fn decide_by(dice: Option<Dice>) {
    simulate(dice.is_some().then_some(steps));
    DICE.set(dice);
}

/// Draws the number of steps that other tasks take next.
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

/// The connection of one process of the service to Stripe and the issuer.
#[derive(Clone)]
pub struct Connection {
    sandbox: Router,
    is_cut: Arc<AtomicBool>,
}

impl Connection {
    pub fn to(sandbox: Router) -> Self {
        Self { sandbox, is_cut: Arc::default() }
    }

    /// Cuts the connection, because the service was killed: requests of its remaining tasks never arrive.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl HttpTransport for Connection {
    /// The sandbox handles the request in one step. Other tasks take steps before and after it, as for the database.
    async fn send(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        yield_for(1 + steps()).await;
        if self.is_cut.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let request = axum::http::Request::<reqwest::Body>::try_from(request)?;
        let Ok(response) = self.sandbox.clone().oneshot(request.map(Body::new)).await;
        yield_for(1 + steps()).await;
        Ok(response.map(|body| reqwest::Body::wrap_stream(body.into_data_stream())).into())
    }
}

async fn yield_for(steps: u32) {
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
}

/// Runs `work` to its end or for this number of steps. After them it is dropped, as by `kill -9`, and `None` is returned.
pub async fn killed_after<T>(steps: Option<u32>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut remaining = steps;
    std::future::poll_fn(move |context| match &mut remaining {
        Some(0) => Poll::Ready(None),
        remaining => {
            *remaining = remaining.map(|steps| steps - 1);
            work.as_mut().poll(context).map(Some)
        }
    })
    .await
}
