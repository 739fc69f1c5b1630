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

/// The number of attempts at an event that fails because of an outage: about three days.
const ATTEMPTS_MAX: u32 = 100;
/// The number of attempts at an event that fails for another reason.
const ATTEMPTS_MAX_WHEN_REFUSED: u32 = 5;

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
    /// Takes up to `limit` items that are due.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn take_due(&self, lease: Lease, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let mut items: Vec<WorkItem> = Vec::new();
        let room = |items: &Vec<WorkItem>| limit.saturating_sub(u32::try_from(items.len()).unwrap_or(limit));
        let store = &self.store;
        items.extend(store.take_events(lease, room(&items)).await?.into_iter().map(WorkItem::Event));
        items.extend(store.take_chores(lease, room(&items)).await?.into_iter().map(WorkItem::Chore));
        items.extend(store.take_checkouts(lease, room(&items)).await?.into_iter().map(WorkItem::Checkout));
        items.extend((self.scans.next() <= lease.now && room(&items) > 0).then_some(WorkItem::EventScan));
        let subscriptions = store.take_subscriptions(lease, room(&items)).await?;
        items.extend(subscriptions.into_iter().map(WorkItem::Subscription));
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
            EventSubject::Checkout(session) => fulfilment.checkout(&session).await.map(drop),
            EventSubject::Payment(payment) => fulfilment.payment(&payment).await,
            EventSubject::Charge(charge) => fulfilment.charge(&charge).await,
            EventSubject::Subscription(id) => fulfilment.subscription(&id).await.map(drop),
            EventSubject::Invoice(id) => fulfilment.invoice(&id).await,
            EventSubject::Chore(kind, object) => self.repeat_chore(kind, &object, &record.id).await,
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
