//! Whose turn it is, and how those who wait for one are served together.
//!
//! Of what is done one at a time, all that waits is done at once: whoever gets the next turn takes along every call that
//! waits by then. So the more there is to do, the less a turn costs each of them, and none waits for more than two turns.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many calls may wait in one place: no more than are done in a few seconds.
const WAITING_MAX: usize = 4096;
/// How many calls one turn takes along.
const ALONG_MAX: usize = 128;

/// A place for each account that is being changed: one change at a time in this process. (Between processes the store's
/// revisions decide.)
pub struct Turns<C, A>(Mutex<HashMap<String, Weak<Place<C, A>>>>);

/// Where calls (`C`) wait for their answers (`A`).
pub struct Place<C, A> {
    turns: Arc<Semaphore>,
    waiting: Mutex<VecDeque<Waiting<C, A>>>,
}

struct Waiting<C, A> {
    call: Arc<C>,
    answer: oneshot::Sender<A>,
}

/// A turn, until it is dropped.
pub struct Turn<C, A> {
    _permit: Option<OwnedSemaphorePermit>,
    _place: Arc<Place<C, A>>,
}

/// So many calls wait already that another is sent away.
#[derive(Debug)]
pub struct TooMany;

impl<C, A> Default for Turns<C, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C, A> Turns<C, A> {
    /// Where one waits for this account.
    pub fn place(&self, account: &str) -> Arc<Place<C, A>> {
        let mut places = locked(&self.0);
        if let Some(place) = places.get(account).and_then(Weak::upgrade) {
            return place;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let place = Place::with(1);
        places.insert(account.to_owned(), Arc::downgrade(&place));
        place
    }
}

impl<C, A> Place<C, A> {
    /// A place with so many turns at once.
    pub fn with(turns: usize) -> Arc<Self> {
        Arc::new(Self { turns: Arc::new(Semaphore::new(turns)), waiting: Mutex::default() })
    }

    /// Waits for a turn of one's own.
    pub async fn turn(self: &Arc<Self>) -> Turn<C, A> {
        let permit = Arc::clone(&self.turns).acquire_owned().await;
        // It is never closed.
        Turn { _permit: permit.ok(), _place: Arc::clone(self) }
    }

    /// Has a call answered by whoever has the next turn: `lead` answers calls in their order. If a leader is dropped in
    /// the middle, those it took along are led anew, so what a call does must do no harm twice.
    pub async fn ask<F>(self: &Arc<Self>, call: C, lead: impl Fn(Vec<Arc<C>>) -> F) -> Result<A, TooMany>
    where
        F: Future<Output = Vec<A>>,
    {
        let call = Arc::new(call);
        loop {
            let mut answered = self.leave(Arc::clone(&call))?;
            let answer = loop {
                tokio::select! {
                    biased;
                    answer = &mut answered => break answer,
                    turn = self.turn() => {
                        let (calls, answers): (Vec<_>, Vec<_>) = self.take().into_iter().unzip();
                        if !calls.is_empty() {
                            for (answer, answered) in answers.into_iter().zip(lead(calls).await) {
                                // Whoever hung up meanwhile does not mind.
                                let _ = answer.send(answered);
                            }
                        }
                        drop(turn);
                    }
                }
            };
            if let Ok(answer) = answer {
                return Ok(answer);
            }
        }
    }

    fn leave(&self, call: Arc<C>) -> Result<oneshot::Receiver<A>, TooMany> {
        let (answer, answered) = oneshot::channel();
        let mut waiting = locked(&self.waiting);
        if waiting.len() >= WAITING_MAX {
            return Err(TooMany);
        }
        waiting.push_back(Waiting { call, answer });
        Ok(answered)
    }

    /// What waits, the longest waiting first, but for calls that were hung up on.
    fn take(&self) -> Vec<(Arc<C>, oneshot::Sender<A>)> {
        let mut waiting = locked(&self.waiting);
        let count = waiting.len().min(ALONG_MAX);
        let taken = waiting.drain(..count).filter(|waiting| !waiting.answer.is_closed());
        taken.map(|Waiting { call, answer }| (call, answer)).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn what_waits_is_done_in_one_turn_in_the_order_it_came() {
        let (place, turns) = (Place::with(1), AtomicUsize::new(0));
        let lead = |calls: Vec<Arc<usize>>| {
            let turn = turns.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                calls.iter().enumerate().map(|(at, call)| (**call, turn, at)).collect()
            }
        };
        let answers = join_all((0..10).map(|call| place.ask(call, lead))).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        // The first comes alone, the others while it is served.
        let expected = (0..10).map(|call| if call == 0 { (0, 0, 0) } else { (call, 1, call - 1) });
        assert_eq!(answers, expected.collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_leader_that_hangs_up_takes_nobody_down() {
        let (place, stuck) = (Place::with(1), Notify::new());
        let hangs = |_: Vec<Arc<u32>>| {
            stuck.notify_one();
            std::future::pending()
        };
        let goes_on = |calls: Vec<Arc<u32>>| async move { calls.iter().map(|call| **call * 2).collect() };
        let held = place.turn().await;
        let (leader, others) = (place.ask(1, hangs), join_all([2, 3].map(|call| place.ask(call, goes_on))));
        let mut others = std::pin::pin!(others);
        tokio::select! {
            biased;
            _ = leader => panic!("it never answers"),
            _ = &mut others => panic!("the turn is held"),
            () = async { drop(held); stuck.notified().await } => {}
        }
        let answers: Vec<u32> = others.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [4, 6]);
    }

    #[tokio::test]
    async fn a_call_too_many_is_sent_away() {
        let place: Arc<Place<(), ()>> = Place::with(1);
        for _ in 0..WAITING_MAX {
            drop(place.leave(Arc::default()).unwrap());
        }
        let lead = |calls: Vec<Arc<()>>| async move { calls.iter().map(|_| ()).collect() };
        place.ask((), lead).await.unwrap_err();
        assert!(place.take().is_empty(), "nobody waits for these any more");
    }
}
