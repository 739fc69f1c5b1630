//! Works off what waits: Stripe's events, open checkouts and live subscriptions to look up, Stripe's list of events to
//! walk, chores left at Stripe. It sleeps until the next of them is due. Nothing that fails blocks the rest: it is
//! tried again later, and an event that fails for good is set aside with its error. Instances of the service share the
//! work: each takes pieces for itself by a lease, and what one that died had taken falls to the others.

use crate::App;
use crate::fulfil::{self, Looked, WorkError};
use crate::payment_events::{Subject, subject};
use crate::reconcile;
use crate::store::{Chore, ChoreKind, InboxRecord, Lease, PollRecord, StoreError};
use crate::stripe::{CheckoutSession, Event, Subscription, fields};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How many pieces of work are under way at once.
const AT_ONCE: usize = 8;
/// How long a piece that was taken is kept from the workers of other instances. If it takes longer, one of them may
/// take it up as well: pieces of work are convergent.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How long until it is looked again what there is to do, in case another instance left something.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(10);
/// An event that Stripe's outage keeps from being worked off is tried for this many times: about three days.
const ATTEMPTS_MAX: u32 = 100;
/// An event that fails for another reason.
const ATTEMPTS_MAX_WHEN_REFUSED: u32 = 5;
/// How long notices and the bodies of events that were worked off are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How often they are tidied away.
const TIDY_EVERY: Duration = Duration::from_hours(1);

/// A piece of work.
#[derive(Debug)]
pub enum Piece {
    Event(InboxRecord),
    Checkout(PollRecord),
    Subscription(PollRecord),
    Chore(Chore),
    Walk,
}

impl Piece {
    pub fn id(&self) -> String {
        match self {
            Self::Event(event) => event.id.clone(),
            Self::Checkout(watched) | Self::Subscription(watched) => watched.id.clone(),
            Self::Chore(chore) => chore.id.clone(),
            Self::Walk => "walk".to_owned(),
        }
    }
}

/// Works until the service stops.
pub async fn run(app: Arc<App>) {
    let mut under_way = HashSet::new();
    let mut tasks = JoinSet::new();
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    // Somebody may have paid while the service was away.
    if let Err(error) = app.store.check_all_checkouts(Timestamp::now()).await {
        tracing::error!(%error, "open checkouts are looked up later than they should be");
    }
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
            () = app.stripe.is_back() => app.walks.at_once(Timestamp::now()),
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
    let room = u32::try_from(AT_ONCE.saturating_sub(tasks.len())).unwrap_or(0);
    for piece in take_due(app, lease(now), room).await? {
        let id = piece.id();
        // What is still under way when its lease runs out is taken again.
        if under_way.insert(id.clone()) {
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
    let walk = app.walks.next();
    let due = app.store.next_due().await?.map_or(walk, |due| due.min(walk));
    let rest = due.duration_since(now).clamp(SignedDuration::from_millis(50), LONGEST_REST);
    Ok(Duration::try_from(rest).unwrap_or_default())
}

fn lease(now: Timestamp) -> Lease {
    Lease { now, until: now + LEASE }
}

/// Takes what is due, at most so many pieces.
pub async fn take_due(app: &App, lease: Lease, most: u32) -> Result<Vec<Piece>, StoreError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let room = |pieces: &Vec<Piece>| most.saturating_sub(u32::try_from(pieces.len()).unwrap_or(most));
    pieces.extend(app.store.take_events(lease, room(&pieces)).await?.into_iter().map(Piece::Event));
    pieces.extend(app.store.take_chores(lease, room(&pieces)).await?.into_iter().map(Piece::Chore));
    pieces.extend(app.store.take_checkouts(lease, room(&pieces)).await?.into_iter().map(Piece::Checkout));
    pieces.extend((app.walks.next() <= lease.now && room(&pieces) > 0).then_some(Piece::Walk));
    let subscriptions = app.store.take_subscriptions(lease, room(&pieces)).await?;
    pieces.extend(subscriptions.into_iter().map(Piece::Subscription));
    Ok(pieces)
}

/// Does one piece; what fails is written down to be tried again.
pub async fn work(app: &App, piece: Piece) -> Result<(), StoreError> {
    match piece {
        Piece::Event(event) => work_off(app, event).await,
        Piece::Checkout(checkout) => look_up_checkout(app, checkout).await,
        Piece::Subscription(subscription) => look_up_subscription(app, subscription).await,
        Piece::Chore(chore) => see_to(app, chore).await,
        Piece::Walk => {
            reconcile::walk(app).await;
            Ok(())
        }
    }
}

async fn work_off(app: &App, record: InboxRecord) -> Result<(), StoreError> {
    let error = match converge(app, &record).await {
        Ok(()) => {
            app.metrics.event_worked("done");
            return app.store.event_done(&record.id).await;
        }
        Err(error) => error,
    };
    let attempts = record.attempts + 1;
    let most = if error.is_passing() { ATTEMPTS_MAX } else { ATTEMPTS_MAX_WHEN_REFUSED };
    if attempts < most {
        let next = Timestamp::now() + back_off(attempts);
        tracing::warn!(event = record.id, %error, attempts, %next, "an event failed and is tried again");
        app.metrics.event_worked("failed");
        app.store.event_failed(&record.id, &error.to_string(), next).await
    } else {
        tracing::error!(event = record.id, %error, attempts, "an event failed and is set aside");
        app.metrics.event_worked("set_aside");
        app.store.set_event_aside(&record.id, &error.to_string(), Timestamp::now()).await
    }
}

async fn converge(app: &App, record: &InboxRecord) -> Result<(), WorkError> {
    let event: Event = serde_json::from_slice(&record.body)?;
    match subject(&event) {
        Subject::Checkout(session) => fulfil::checkout(app, &session).await.map(drop),
        Subject::Payment(payment) => fulfil::payment(app, &payment).await,
        Subject::Charge(charge) => fulfil::charge(app, &charge).await,
        Subject::Subscription(subscription) => fulfil::subscription(app, &subscription).await.map(drop),
        Subject::Nothing => Ok(()),
    }
}

async fn look_up_checkout(app: &App, watched: PollRecord) -> Result<(), StoreError> {
    let looked = fulfil::checkout(app, &watched.id).await;
    let next = next_check(&watched, looked, reconcile::next_checkout_check);
    app.store.checkout_checked(&watched.id, next).await
}

async fn look_up_subscription(app: &App, watched: PollRecord) -> Result<(), StoreError> {
    let looked = fulfil::subscription(app, &watched.id).await;
    let next = next_check(&watched, looked, reconcile::next_subscription_check);
    app.store.subscription_checked(&watched.id, next).await
}

/// When to look again; never at what has ended.
fn next_check(
    watched: &PollRecord,
    looked: Result<Looked, WorkError>,
    pause: fn(u32) -> SignedDuration,
) -> Option<Timestamp> {
    match looked {
        Ok(Looked::Done | Looked::Gone) => None,
        Ok(Looked::Waiting) => Some(Timestamp::now() + pause(watched.checks)),
        Err(error) => {
            tracing::warn!(id = watched.id, %error, "what is open at Stripe cannot be looked up");
            Some(Timestamp::now() + pause(watched.checks))
        }
    }
}

/// Sees to every chore that is due, each once.
pub async fn see_to_all(app: &App) -> Result<(), StoreError> {
    for chore in app.store.take_chores(lease(Timestamp::now()), u32::MAX).await? {
        see_to(app, chore).await?;
    }
    Ok(())
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
        Err(error) if !error.is_passing() => {
            tracing::info!(object, kind = ?chore.kind, %error, "nothing was left to do at Stripe");
            app.store.chore_done(&chore.id).await
        }
        Err(error) => {
            let next = Timestamp::now() + back_off(chore.attempts + 1);
            tracing::warn!(object, kind = ?chore.kind, %error, %next, "a chore at Stripe failed and is tried again");
            app.store.chore_failed(&chore.id, &error.to_string(), next).await
        }
    }
}

/// Half a second after the first failure, twice as long after each further one, an hour at most.
fn back_off(attempts: u32) -> SignedDuration {
    reconcile::doubled(SignedDuration::from_millis(250), attempts, SignedDuration::from_hours(1))
}
