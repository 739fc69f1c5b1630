//! Work items, and how a worker works one off. A failure is stored, and the item is retried.

use super::back_off::{checkout_pause, retry_pause, subscription_pause};
use super::error::PaymentError;
use super::event_scan;
use super::events::{EventSubject, subject};
use super::fulfilment::CheckoutLookup;
use super::state::Payments;
use super::stripe::Event;
use crate::base::error_chain::Chain;
use crate::store::{Chore, InboxRecord, Lease, PollRecord, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// The number of attempts at an event that fails because of an outage: about three days.
const ATTEMPTS_MAX: u32 = 100;
/// The number of attempts at an event that fails for another reason.
const ATTEMPTS_MAX_WHEN_REFUSED: u32 = 5;

/// How many items are under way at once beside the one of each kind that has a place of its own.
const SHARED_PLACES: u32 = 5;

/// The kinds of work item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkKind {
    /// [`WorkItem::Event`]
    Event,
    /// [`WorkItem::Checkout`]
    Checkout,
    /// [`WorkItem::Subscription`]
    Subscription,
    /// [`WorkItem::Chore`]
    Chore,
    /// [`WorkItem::EventScan`]
    EventScan,
}

/// The places of items under way. Each kind has one of its own, so that work that one user causes delays no other kind.
#[derive(Debug)]
pub struct Room {
    shared: u32,
    under_way: HashMap<WorkKind, u32>,
}

impl Room {
    /// The places beside these items.
    pub fn beside(under_way: impl IntoIterator<Item = WorkKind>) -> Self {
        let mut room = Self::of(SHARED_PLACES);
        for kind in under_way {
            room.take(kind, 1);
        }
        room
    }

    /// This number of places, beside the one of each kind.
    pub fn of(shared: u32) -> Self {
        Self { shared, under_way: HashMap::new() }
    }

    /// How many items of a kind may be taken.
    fn left(&self, kind: WorkKind) -> u32 {
        self.shared + self.own(kind)
    }

    /// Whether the place that the kind has to itself is free.
    fn own(&self, kind: WorkKind) -> u32 {
        u32::from(self.under_way.get(&kind).is_none_or(|count| *count == 0))
    }

    fn take(&mut self, kind: WorkKind, count: u32) {
        self.shared = self.shared.saturating_sub(count.saturating_sub(self.own(kind)));
        *self.under_way.entry(kind).or_default() += count;
    }
}

/// One leased work item.
#[derive(Debug)]
pub enum WorkItem {
    /// An event from the inbox.
    Event(InboxRecord),
    /// A Checkout session to look up.
    Checkout(PollRecord),
    /// A subscription to look up.
    Subscription(PollRecord),
    /// A call to Stripe to make after a commit.
    Chore(Chore),
    /// Stripe's list of events, to be scanned.
    EventScan,
}

impl WorkItem {
    /// Its kind.
    pub fn kind(&self) -> WorkKind {
        match self {
            Self::Event(_) => WorkKind::Event,
            Self::Checkout(_) => WorkKind::Checkout,
            Self::Subscription(_) => WorkKind::Subscription,
            Self::Chore(_) => WorkKind::Chore,
            Self::EventScan => WorkKind::EventScan,
        }
    }

    /// Identifies the item among those under way.
    pub fn id(&self) -> String {
        match self {
            Self::Event(event) => event.id.clone(),
            Self::Checkout(poll) | Self::Subscription(poll) => poll.id.clone(),
            Self::Chore(chore) => chore.id.clone(),
            Self::EventScan => "event_scan".to_owned(),
        }
    }
}

impl Payments {
    /// Takes items that are due and have a place.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn take_due(&self, lease: Lease, mut room: Room) -> Result<Vec<WorkItem>, StoreError> {
        let store = &self.store;
        let mut items = Vec::new();
        let mut add = |room: &mut Room, taken: Vec<WorkItem>| {
            for item in &taken {
                room.take(item.kind(), 1);
            }
            items.extend(taken);
        };
        let events = store.take_events(lease, room.left(WorkKind::Event)).await?;
        add(&mut room, events.into_iter().map(WorkItem::Event).collect());
        let chores = store.take_chores(lease, room.left(WorkKind::Chore)).await?;
        add(&mut room, chores.into_iter().map(WorkItem::Chore).collect());
        let checkouts = store.take_checkouts(lease, room.left(WorkKind::Checkout)).await?;
        add(&mut room, checkouts.into_iter().map(WorkItem::Checkout).collect());
        if self.scans.next() <= lease.now && room.left(WorkKind::EventScan) > 0 {
            add(&mut room, vec![WorkItem::EventScan]);
        }
        let subscriptions = store.take_subscriptions(lease, room.left(WorkKind::Subscription)).await?;
        add(&mut room, subscriptions.into_iter().map(WorkItem::Subscription).collect());
        Ok(items)
    }

    /// Works one item off.
    ///
    /// # Errors
    /// If the store cannot save the outcome.
    pub async fn work(&self, item: WorkItem) -> Result<(), StoreError> {
        match item {
            WorkItem::Event(event) => self.work_event(event).await,
            WorkItem::Checkout(poll) => {
                let looked_up = self.fulfilment().checkout(&poll.id).await;
                let next = next_check(&poll, looked_up, checkout_pause);
                self.store.checkout_checked(&poll.id, next).await
            }
            WorkItem::Subscription(poll) => {
                let looked_up = self.fulfilment().subscription(&poll.id).await;
                let next = next_check(&poll, looked_up, subscription_pause);
                self.store.subscription_checked(&poll.id, next).await
            }
            WorkItem::Chore(chore) => self.work_chore(chore).await,
            WorkItem::EventScan => {
                event_scan::scan(self).await;
                Ok(())
            }
        }
    }

    /// Looks a Checkout session up, and no more once it has ended.
    ///
    /// # Errors
    /// If Stripe or the store fails.
    pub async fn look_up_checkout(&self, session: &str) -> Result<CheckoutLookup, PaymentError> {
        let found = self.fulfilment().checkout(session).await?;
        if found != CheckoutLookup::Pending {
            self.store.checkout_checked(session, None).await?;
        }
        Ok(found)
    }

    async fn work_event(&self, record: InboxRecord) -> Result<(), StoreError> {
        let error = match self.follow_up(&record).await {
            Ok(()) => {
                self.metrics.event_worked("done");
                return self.store.event_done(&record.id).await;
            }
            Err(error) => error,
        };
        let attempts = record.attempts + 1;
        let attempts_max = if error.is_retryable() { ATTEMPTS_MAX } else { ATTEMPTS_MAX_WHEN_REFUSED };
        let error = Chain(&error).to_string();
        if attempts < attempts_max {
            let next = Timestamp::now() + retry_pause(attempts);
            tracing::warn!(event = record.id, error, attempts, %next, "an event failed and is tried again");
            self.metrics.event_worked("failed");
            self.store.event_failed(&record.id, &error, next).await
        } else {
            tracing::error!(event = record.id, error, attempts, "an event failed and is set aside");
            self.metrics.event_worked("set_aside");
            self.store.set_event_aside(&record.id, &error, Timestamp::now()).await
        }
    }

    /// Updates the account of an event to the current state at Stripe.
    async fn follow_up(&self, record: &InboxRecord) -> Result<(), PaymentError> {
        let event: Event = serde_json::from_slice(&record.body).map_err(PaymentError::UnreadableEvent)?;
        let fulfilment = self.fulfilment();
        match subject(&event) {
            EventSubject::Checkout(session) => self.look_up_checkout(&session).await.map(drop),
            EventSubject::Payment(payment) => fulfilment.payment(&payment).await,
            EventSubject::Charge(charge) => fulfilment.charge(&charge).await,
            EventSubject::Subscription(id) => fulfilment.subscription(&id).await.map(drop),
            EventSubject::Invoice(id) => fulfilment.invoice(&id).await,
            EventSubject::Chore(kind, object) => self.repeat_chore(&kind, &object, &record.id).await,
            EventSubject::Nothing => Ok(()),
            EventSubject::Unknown(what) => {
                self.metrics.unclear("event");
                Err(PaymentError::Unexpected(what))
            }
        }
    }
}

/// The time of the next look-up; `None` if the object has ended.
fn next_check(
    poll: &PollRecord,
    looked_up: Result<CheckoutLookup, PaymentError>,
    pause: fn(u32) -> SignedDuration,
) -> Option<Timestamp> {
    match looked_up {
        Ok(CheckoutLookup::Paid | CheckoutLookup::RefundDue | CheckoutLookup::Ended) => None,
        Ok(CheckoutLookup::Pending) => Some(Timestamp::now() + pause(poll.checks)),
        Err(error) => {
            tracing::warn!(id = poll.id, error = %Chain(&error), "what is open at Stripe cannot be looked up");
            Some(Timestamp::now() + pause(poll.checks))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_work_of_one_kind_there_is_every_other_kind_has_a_place() {
        let kinds = [
            WorkKind::Event,
            WorkKind::Checkout,
            WorkKind::Subscription,
            WorkKind::Chore,
            WorkKind::EventScan,
        ];
        for busy in kinds {
            let mut room = Room::beside([]);
            let taken = room.left(busy);
            assert_eq!(taken, SHARED_PLACES + 1);
            room.take(busy, taken);
            for other in kinds {
                assert_eq!(room.left(other), u32::from(other != busy), "{other:?} beside {busy:?}");
            }
        }
        let room = Room::beside([WorkKind::Event, WorkKind::Event, WorkKind::Chore]);
        assert_eq!(room.left(WorkKind::Event), SHARED_PLACES - 1);
        assert_eq!(room.left(WorkKind::Checkout), SHARED_PLACES);
    }
}
