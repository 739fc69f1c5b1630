//! Work that waits for a worker: events from Stripe, look-ups of checkouts and subscriptions, and chores.

use super::error::StoreResult;
use super::idempotency::IdempotencyRecord;
use super::lists::Page;
use async_trait::async_trait;
use jiff::Timestamp;

/// A call to Stripe to make after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chore {
    /// The chore's id.
    pub id: String,
    /// What to do.
    pub kind: ChoreKind,
    /// The object at Stripe.
    pub object: String,
    /// How many tries have failed.
    pub attempts: u32,
}

/// The kinds of chore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoreKind {
    /// Expire a Checkout session.
    ExpireCheckout,
    /// Cancel a subscription at once.
    CancelSubscription,
    /// Delete a customer that this service created, once nothing of the customer is left to be paid.
    DeleteCustomer,
    /// Remove this service's metadata from a customer that it did not create.
    StripCustomer,
}

/// How long a worker has the work that it takes to itself. Another worker may take it once the lease has expired. Work is
/// convergent: a worker that died loses nothing, and one that was slow does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The present.
    pub now: Timestamp,
    /// When the lease expires.
    pub until: Timestamp,
}

/// An event from Stripe that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRecord {
    /// Stripe's id of it.
    pub id: String,
    /// The body as it was received.
    pub body: Vec<u8>,
    /// How many tries have failed.
    pub attempts: u32,
}

/// The events in the inbox, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// How many events wait.
    pub waiting: u64,
    /// How many were set aside for an operator.
    pub set_aside: u64,
    /// When the oldest of those that wait was received.
    pub oldest: Option<Timestamp>,
}

/// An event from Stripe that was set aside for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAsideRecord {
    /// Stripe's id of it.
    pub id: String,
    /// The body as it was received.
    pub body: Vec<u8>,
    /// How many tries have failed.
    pub attempts: u32,
    /// Why the last try failed.
    pub error: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was set aside.
    pub set_aside_at: Timestamp,
}

/// A checkout or subscription that is looked up at Stripe until it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRecord {
    /// Its id at Stripe.
    pub id: String,
    /// How often it was looked up.
    pub checks: u32,
}

/// Hands work to workers. What one of them takes is leased to it.
#[async_trait]
pub trait WorkStore: Send + Sync + 'static {
    /// Stores an event from Stripe; `false` if it was received before.
    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> StoreResult<bool>;
    /// Takes events that are due, the longest waiting first.
    async fn take_events(&self, lease: Lease, limit: u32) -> StoreResult<Vec<InboxRecord>>;
    /// Marks an event as done, unless it was set aside meanwhile.
    async fn event_done(&self, id: &str) -> StoreResult<()>;
    /// Notes that an event failed, to be tried again.
    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()>;
    /// Sets an event aside for an operator: it failed for good.
    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> StoreResult<()>;
    /// Lists something for an operator as an event that was set aside: `body` has the form of an event. One that is listed
    /// already stays as it is.
    async fn list_set_aside(&self, id: &str, body: Vec<u8>, why: &str, at: Timestamp) -> StoreResult<()>;
    /// Counts the events in the inbox.
    async fn inbox(&self) -> StoreResult<Inbox>;
    /// Returns events that were set aside, the last one first.
    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<SetAsideRecord>>;
    /// Returns one of them.
    async fn event_set_aside(&self, id: &str) -> StoreResult<Option<SetAsideRecord>>;
    /// Puts an event that was set aside back into the inbox, and stores the response to that call with it.
    async fn retry_event(&self, id: &str, record: IdempotencyRecord) -> StoreResult<()>;

    /// Takes Checkout sessions whose look-up is due.
    async fn take_checkouts(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>>;
    /// Makes the look-up of every Checkout session that has not ended due at `now`.
    async fn check_all_checkouts(&self, now: Timestamp) -> StoreResult<()>;
    /// Notes that a session was looked up, and when to do so again; `None` once it has ended.
    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> StoreResult<()>;
    /// Whether a Checkout session was opened here and has not been tidied away.
    async fn checkout_is_known(&self, session: &str) -> StoreResult<bool>;
    /// Returns the account's Checkout sessions that have not ended.
    async fn checkouts_of(&self, account: &str) -> StoreResult<Vec<String>>;
    /// Returns those that sell plans, with the price of the plan.
    async fn plan_checkouts_of(&self, account: &str) -> StoreResult<Vec<(String, String)>>;
    /// Counts the account's purchases that are open.
    async fn open_purchases_of(&self, account: &str) -> StoreResult<u32>;

    /// Takes subscriptions whose look-up is due.
    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>>;
    /// Notes that a subscription was looked up, and when to do so again; `None` once it has ended.
    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> StoreResult<()>;
    /// Returns the account of a subscription that a change of it named.
    async fn account_of_subscription(&self, id: &str) -> StoreResult<Option<String>>;
    /// Returns the ids of subscriptions that have not ended, in order, after one of them.
    async fn subscriptions_after(&self, id: &str, limit: u32) -> StoreResult<Vec<String>>;

    /// Takes chores that are due. Those of a kind that this version does not know are left to an instance that knows it.
    async fn take_chores(&self, lease: Lease, limit: u32) -> StoreResult<Vec<Chore>>;
    /// Removes a chore that is done.
    async fn chore_done(&self, id: &str) -> StoreResult<()>;
    /// Notes that a chore failed, to be tried again.
    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()>;

    /// Returns when the next event, checkout, subscription or chore can be taken by this version.
    async fn next_due(&self) -> StoreResult<Option<Timestamp>>;
    /// Deletes checkouts that have ended. Of what is older than `before`, deletes notices and the bodies of events that are
    /// done, and lets purchases expire that never got a checkout.
    async fn tidy(&self, before: Timestamp) -> StoreResult<()>;
}
