//! Look-ups for visitors of the return pages. Visitors need no sign-in, so what they can cause is bounded: one look-up of an
//! object is under way, its answer is kept, and few look-ups are under way at once.

use super::error::PaymentError;
use super::fulfilment::CheckoutLookup;
use crate::base::error_chain::Chain;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

/// How many look-ups are under way at once.
const AT_ONCE: usize = 8;
/// How many answers are kept.
const ANSWERS_MAX: usize = 1000;
/// For how long an answer is kept that can change. A waiting page reloads after a longer pause.
const KEPT: Duration = Duration::from_secs(3);
/// For how long an answer is kept that is final.
const KEPT_IF_FINAL: Duration = Duration::from_mins(10);
/// The maximum time for which a visitor waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// An answer, and until when it is kept. Without a look-up, the look-up failed.
#[derive(Debug, Clone, Copy)]
struct Answer {
    lookup: Option<CheckoutLookup>,
    kept_until: Instant,
}

/// The look-ups under way, and the answers of the last ones.
pub struct VisitorLookups {
    answers: Mutex<HashMap<String, watch::Receiver<Option<Answer>>>>,
    permits: Arc<Semaphore>,
}

impl Default for VisitorLookups {
    fn default() -> Self {
        Self { answers: Mutex::default(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl VisitorLookups {
    /// What the object is like: as the last look-up says, or else as a new one says if this visitor `may_begin` one. `None` if
    /// nobody knows in time. A look-up that takes too long continues.
    pub async fn get(
        &self,
        id: &str,
        may_begin: impl FnOnce() -> bool,
        look_up: impl Future<Output = Result<CheckoutLookup, PaymentError>> + Send + 'static,
    ) -> Option<CheckoutLookup> {
        let mut answer = self.answer(id, may_begin, look_up)?;
        let answer = tokio::time::timeout(PATIENCE, answer.wait_for(Option::is_some)).await.ok()?.ok()?;
        answer.and_then(|answer| answer.lookup)
    }

    fn answer(
        &self,
        id: &str,
        may_begin: impl FnOnce() -> bool,
        begun: impl Future<Output = Result<CheckoutLookup, PaymentError>> + Send + 'static,
    ) -> Option<watch::Receiver<Option<Answer>>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.get(id).filter(|answer| is_current(answer)) {
            return Some(answer.clone());
        }
        if answers.len() >= ANSWERS_MAX {
            answers.retain(|_, answer| is_current(answer));
        }
        if answers.len() >= ANSWERS_MAX || !may_begin() {
            return None;
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        let (sender, receiver) = watch::channel(None);
        answers.insert(id.to_owned(), receiver.clone());
        tokio::spawn(async move {
            let found = begun.await.inspect_err(|error| {
                tracing::warn!(
                    error = %Chain(error),
                    "what a customer returned from could not be looked up"
                );
            });
            let lookup = found.ok();
            sender.send_replace(Some(Answer { lookup, kept_until: Instant::now() + kept(lookup) }));
            drop(permit);
        });
        Some(receiver)
    }
}

/// Whether the look-up is under way, or its answer is kept. One that broke off has neither.
fn is_current(answer: &watch::Receiver<Option<Answer>>) -> bool {
    match *answer.borrow() {
        Some(answer) => Instant::now() < answer.kept_until,
        None => answer.has_changed().is_ok(),
    }
}

fn kept(lookup: Option<CheckoutLookup>) -> Duration {
    match lookup {
        Some(CheckoutLookup::Paid | CheckoutLookup::RefundDue | CheckoutLookup::Ended) => KEPT_IF_FINAL,
        Some(CheckoutLookup::Pending) | None => KEPT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts look-ups, each of which takes a second.
    #[derive(Clone, Default)]
    struct Counted(Arc<AtomicUsize>);

    impl Counted {
        fn look_up(
            &self,
            answer: CheckoutLookup,
        ) -> impl Future<Output = Result<CheckoutLookup, PaymentError>> + use<> {
            let counted = Arc::clone(&self.0);
            async move {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(answer)
            }
        }

        fn count(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_is_looked_up_once_for_all_of_its_visitors_and_again_after_some_seconds() {
        let (lookups, counted) = (VisitorLookups::default(), Counted::default());
        let visit = || lookups.get("cs_1", || true, counted.look_up(CheckoutLookup::Pending));
        assert_eq!(join_all((0..200).map(|_| visit())).await, [Some(CheckoutLookup::Pending); 200]);
        assert_eq!(visit().await, Some(CheckoutLookup::Pending));
        assert_eq!(counted.count(), 1);
        tokio::time::advance(KEPT).await;
        visit().await;
        assert_eq!(counted.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_final_answer_is_kept_for_minutes() {
        let (lookups, counted) = (VisitorLookups::default(), Counted::default());
        let visit = || lookups.get("cs_1", || true, counted.look_up(CheckoutLookup::Paid));
        visit().await;
        tokio::time::advance(KEPT_IF_FINAL.saturating_sub(Duration::from_secs(1))).await;
        assert_eq!((visit().await, counted.count()), (Some(CheckoutLookup::Paid), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn few_look_ups_are_under_way_at_once_even_if_their_visitors_have_left() {
        let (lookups, counted) = (VisitorLookups::default(), Counted::default());
        let ids: Vec<String> = (0..100).map(|n| format!("cs_{n}")).collect();
        for id in &ids {
            let visit = lookups.get(id, || true, counted.look_up(CheckoutLookup::Pending));
            let _ = tokio::time::timeout(Duration::from_millis(1), visit).await;
        }
        assert_eq!(counted.count(), AT_ONCE);
        let may_not = lookups.get("cs_of_another", || false, counted.look_up(CheckoutLookup::Paid)).await;
        assert_eq!((may_not, counted.count()), (None, AT_ONCE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_up_that_broke_off_is_made_again() {
        let lookups = VisitorLookups::default();
        assert_eq!(lookups.get("cs_1", || true, async { panic!("as a test") }).await, None);
        let again = lookups.get("cs_1", || true, async { Ok(CheckoutLookup::Paid) }).await;
        assert_eq!(again, Some(CheckoutLookup::Paid));
    }
}
