//! Works off what waits: Stripe's events, open checkouts to look up, chores left at Stripe. Nothing that fails blocks
//! the rest: it is tried again later, and an event that fails for good is set aside with its error.

use crate::App;
use crate::fulfil::{self, Looked, WorkError};
use crate::payment_events::{Subject, subject};
use crate::store::{CheckoutRecord, Chore, ChoreKind, InboxRecord, StoreError};
use crate::stripe::{CheckoutSession, Event, StripeError, Subscription, fields};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How many pieces of work are under way at once.
const AT_ONCE: usize = 8;
/// How many are read at once: more than that, since some of them are under way already.
const READ_AT_ONCE: u32 = 32;
/// An event that Stripe's outage keeps from being worked off is tried for this many times: about three days.
const ATTEMPTS_MAX: u32 = 100;
/// An event that fails for another reason.
const ATTEMPTS_MAX_WHEN_REFUSED: u32 = 5;
/// The first look at an open checkout comes after this; each further one after twice as long.
pub const FIRST_CHECK: SignedDuration = SignedDuration::from_secs(15);
/// And at most this.
const LONGEST_CHECK: SignedDuration = SignedDuration::from_hours(1);
/// How long notices and the bodies of events that were worked off are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How often they are tidied away.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// A piece of work.
#[derive(Debug)]
enum Piece {
    Event(InboxRecord),
    Checkout(CheckoutRecord),
    Chore(Chore),
}

impl Piece {
    fn id(&self) -> String {
        match self {
            Self::Event(event) => event.id.clone(),
            Self::Checkout(checkout) => checkout.session.clone(),
            Self::Chore(chore) => chore.id.clone(),
        }
    }
}

/// Works until the service stops.
pub async fn run(app: Arc<App>) {
    let mut under_way = HashSet::new();
    let mut tasks = JoinSet::new();
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    while !app.stopping.is_cancelled() {
        let next = match take(&app, &mut under_way, &mut tasks).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the work that waits cannot be read");
                Duration::from_secs(5)
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => {}
            () = app.work.notified() => {}
            () = tokio::time::sleep(next) => {}
            Some(done) = tasks.join_next() => match done {
                Ok(id) => drop(under_way.remove::<String>(&id)),
                // Which one is not told: all are looked at again.
                Err(error) => {
                    tracing::error!(%error, "a piece of work broke off");
                    under_way.clear();
                }
            },
            _ = tidy.tick() => {
                if let Err(error) = app.store.tidy(Timestamp::now() - KEPT).await {
                    tracing::error!(%error, "what is no longer needed cannot be tidied away");
                }
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Starts on what is due and not under way. Returns how long to wait for the next to be due.
async fn take(
    app: &Arc<App>,
    under_way: &mut HashSet<String>,
    tasks: &mut JoinSet<String>,
) -> Result<Duration, StoreError> {
    let now = Timestamp::now();
    let mut pieces: Vec<Piece> = Vec::new();
    pieces.extend(app.store.events_due(now, READ_AT_ONCE).await?.into_iter().map(Piece::Event));
    pieces.extend(app.store.chores_due(now, READ_AT_ONCE).await?.into_iter().map(Piece::Chore));
    pieces.extend(app.store.checkouts_due(now, READ_AT_ONCE).await?.into_iter().map(Piece::Checkout));
    for piece in pieces {
        let id = piece.id();
        if tasks.len() < AT_ONCE && under_way.insert(id.clone()) {
            let app = Arc::clone(app);
            tasks.spawn(async move {
                if let Err(error) = work(&app, piece).await {
                    tracing::error!(%error, id, "how a piece of work went cannot be kept");
                }
                id
            });
        }
    }
    if !tasks.is_empty() {
        // What is due sooner than they end is not kept waiting for them.
        return Ok(Duration::from_secs(1));
    }
    let left = app.store.next_due().await?.map_or(SignedDuration::MAX, |due| due.duration_since(now));
    let longest = SignedDuration::from_mins(10);
    Ok(Duration::try_from(left.clamp(SignedDuration::from_millis(50), longest)).unwrap_or_default())
}

async fn work(app: &App, piece: Piece) -> Result<(), StoreError> {
    match piece {
        Piece::Event(event) => work_off(app, event).await,
        Piece::Checkout(checkout) => look_up(app, checkout).await,
        Piece::Chore(chore) => see_to(app, chore).await,
    }
}

async fn work_off(app: &App, record: InboxRecord) -> Result<(), StoreError> {
    let error = match converge(app, &record).await {
        Ok(()) => return app.store.event_done(&record.id).await,
        Err(error) => error,
    };
    let attempts = record.attempts + 1;
    let most = if error.is_passing() { ATTEMPTS_MAX } else { ATTEMPTS_MAX_WHEN_REFUSED };
    let next = (attempts < most).then(|| Timestamp::now() + back_off(attempts));
    if let Some(next) = next {
        tracing::warn!(event = record.id, %error, attempts, %next, "an event failed and is tried again");
    } else {
        tracing::error!(event = record.id, %error, attempts, "an event failed and is set aside");
    }
    app.store.event_failed(&record.id, &error.to_string(), next).await
}

async fn converge(app: &App, record: &InboxRecord) -> Result<(), WorkError> {
    let event: Event = serde_json::from_slice(&record.body)?;
    match subject(&event) {
        Subject::Checkout(session) => fulfil::checkout(app, &session).await.map(drop),
        Subject::Payment(payment) => fulfil::payment(app, &payment).await,
        Subject::Charge(charge) => fulfil::charge(app, &charge).await,
        Subject::Subscription(subscription) => fulfil::subscription(app, &subscription).await,
        Subject::Nothing => Ok(()),
    }
}

async fn look_up(app: &App, record: CheckoutRecord) -> Result<(), StoreError> {
    let next = match fulfil::checkout(app, &record.session).await {
        Ok(Looked::Ended) => None,
        Ok(Looked::Waiting) => Some(Timestamp::now() + next_check(record.checks)),
        Err(error) => {
            tracing::warn!(session = record.session, %error, "an open checkout cannot be looked up");
            Some(Timestamp::now() + next_check(record.checks))
        }
    };
    app.store.checkout_checked(&record.session, next).await
}

/// After 15 s, 30 s, 1 min, then at growing intervals.
fn next_check(checks: u32) -> SignedDuration {
    (FIRST_CHECK * 2_i32.pow(checks.min(10))).min(LONGEST_CHECK)
}

async fn see_to(app: &App, chore: Chore) -> Result<(), StoreError> {
    let object = &chore.object;
    let done = match chore.kind {
        ChoreKind::ExpireCheckout => {
            let path = format!("/v1/checkout/sessions/{object}/expire");
            app.stripe
                .post::<CheckoutSession>(&path, &fields![], &format!("chore-{}", chore.id))
                .await
                .map(drop)
        }
        ChoreKind::CancelSubscription => {
            app.stripe.delete::<Subscription>(&format!("/v1/subscriptions/{object}")).await.map(drop)
        }
    };
    match done {
        Ok(()) => app.store.chore_done(&chore.id).await,
        // It ended on its own, which is what was wanted.
        Err(StripeError::NotFound(_) | StripeError::Refused { .. }) => {
            tracing::info!(object, kind = ?chore.kind, "nothing was left to do at Stripe");
            app.store.chore_done(&chore.id).await
        }
        Err(error @ StripeError::Unavailable(_)) => {
            let next = Timestamp::now() + back_off(chore.attempts + 1);
            tracing::warn!(object, kind = ?chore.kind, %error, %next, "a chore at Stripe failed and is tried again");
            app.store.chore_failed(&chore.id, &error.to_string(), next).await
        }
    }
}

/// Half a second after the first failure, twice as long after each further one, an hour at most.
fn back_off(attempts: u32) -> SignedDuration {
    (SignedDuration::from_millis(250) * 2_i32.pow(attempts.min(14))).min(SignedDuration::from_hours(1))
}
