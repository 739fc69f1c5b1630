//! Where accounts, entries, purchases and events are kept: one interface in plain types, so that a database is one
//! module and the rules know none of them.
//!
//! A change of an account is decided outside, on the state that was read, and written in one transaction as a
//! [`Change`]. It carries the revision it was decided on; if another change came first it is refused with
//! [`StoreError::Conflict`] and decided anew.

#[cfg(test)]
mod contract;
mod copy;
mod database;
mod postgres;
mod records;
mod sqlite;
mod writer;

pub use copy::{Copied, CopyError, Copying};
pub use database::Database;
#[cfg(all(test, unix))]
pub use postgres::{Address as PostgresAddress, PostgresStore};
pub use sqlite::SqliteStore;

use async_trait::async_trait;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use tokenwell_ledger as ledger;
use tokenwell_wire::{Bucket, Minor, PurchaseStatus, Tokens};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another change came first: read again and decide anew.
    #[error("another change came first")]
    Conflict,
    /// Too much waits to be done already: this was not begun.
    #[error("too much waits for the database")]
    Overloaded,
    /// The database cannot be reached: the same again may succeed in a moment, and does nothing twice.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The database failed; nothing was changed.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// What the store gives back.
pub type Stored<T> = Result<T, StoreError>;

/// The keyed hash of who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectKey(pub [u8; 32]);

/// What is known of someone who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Their account, if they have one.
    pub account: Option<String>,
    /// When their last account was deleted, if one was.
    pub deleted_at: Option<Timestamp>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    /// Its id.
    pub id: String,
    /// Grows with every change.
    pub revision: u64,
    /// The e-mail address that the issuer gives.
    pub email: Option<String>,
    /// Stripe's customer.
    pub customer: Option<String>,
    /// What the rules know of it.
    pub state: ledger::Account,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// The first sign-in of someone.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub id: String,
    /// Who.
    pub subject: SubjectKey,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The account by the rules.
    pub state: ledger::Account,
    /// Its first entries.
    pub entries: Vec<EntryRecord>,
    /// When.
    pub at: Timestamp,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryRecord {
    /// Its place in the ledger; 0 before it is stored.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// When it took effect.
    pub at: Timestamp,
    /// Such as `spend`.
    pub kind: String,
    /// The bucket that changed.
    pub bucket: Bucket,
    /// By how much.
    pub amount: i64,
    /// What the bucket held after it.
    pub balance_after: Tokens,
    /// Why.
    pub reason: Option<String>,
    /// The spend, purchase or period that caused it.
    pub reference: Option<String>,
    /// The ledger's entry whole, as JSON.
    pub entry: String,
}

/// Which of an account's entries; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Those from this instant on.
    pub from: Option<Timestamp>,
    /// Those before this instant.
    pub until: Option<Timestamp>,
    /// Those of these buckets; empty for every bucket.
    pub buckets: Vec<Bucket>,
    /// Those of these kinds, such as `spend`; empty for every kind.
    pub kinds: Vec<String>,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRecord {
    /// Its id.
    pub id: String,
    /// Whose.
    pub account: String,
    /// Where it stands.
    pub status: PurchaseStatus,
    /// Which pack.
    pub pack_id: String,
    /// The pack's name as it was.
    pub pack_name: String,
    /// How many.
    pub quantity: u32,
    /// Tokens over the quantity.
    pub tokens: Tokens,
    /// The price over the quantity.
    pub amount: Minor,
    /// Of the price.
    pub currency: String,
    /// Whether tax is in the price.
    pub tax_included: bool,
    /// Stripe's Checkout session, once there is one.
    pub session: Option<String>,
    /// Where to pay, while it is open.
    pub checkout_url: Option<String>,
    /// When the checkout expires.
    pub expires_at: Option<Timestamp>,
    /// Stripe's payment, once there is one.
    pub payment_intent: Option<String>,
    /// Stripe's receipt.
    pub receipt_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Under what an answer is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnswerScope {
    /// Who calls.
    pub caller: String,
    /// Whose account it is about; empty if none.
    pub account: String,
    /// Method and path.
    pub route: String,
    /// The `Idempotency-Key`.
    pub key: String,
}

/// An answer kept for replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRecord {
    /// Under what.
    pub scope: AnswerScope,
    /// Of the request's body.
    pub body_digest: [u8; 32],
    /// Status and body; `None` while the work is under way.
    pub answer: Option<(u16, Vec<u8>)>,
    /// The purchase that the work made.
    pub purchase: Option<String>,
}

/// A payment that granted nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundDueRecord {
    /// The Stripe object that was paid.
    pub id: String,
    /// Whose it would have been.
    pub account: Option<String>,
    /// The purchase.
    pub purchase: Option<String>,
    /// The Checkout session.
    pub session: Option<String>,
    /// The payment or invoice at Stripe.
    pub payment: Option<String>,
    /// What was paid.
    pub amount: Minor,
    /// Of what.
    pub currency: String,
    /// Why nothing was granted.
    pub why: String,
    /// When it was listed.
    pub created_at: Timestamp,
    /// When an operator was done with it, and what they noted.
    pub resolved: Option<(Timestamp, String)>,
}

/// What is left to do at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chore {
    /// Its id.
    pub id: String,
    /// What.
    pub kind: ChoreKind,
    /// The object at Stripe.
    pub object: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// The kinds of chore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoreKind {
    /// Expire a Checkout session.
    ExpireCheckout,
    /// Cancel a subscription at once.
    CancelSubscription,
}

/// How long someone who takes a piece of work has it to itself. Once the lease has run out, another may take it: work
/// is convergent, so nothing is lost by a worker that died, and nothing is doubled by one that was slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Now.
    pub now: Timestamp,
    /// When it has run out.
    pub until: Timestamp,
}

/// An event of Stripe that waits to be worked off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRecord {
    /// Stripe's id.
    pub id: String,
    /// As it came.
    pub body: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
}

/// How the inbox stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// How many events wait.
    pub waiting: u64,
    /// How many were set aside for an operator.
    pub set_aside: u64,
    /// When the one that waits longest came.
    pub oldest: Option<Timestamp>,
}

/// An event of Stripe that was set aside for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAsideRecord {
    /// Stripe's id.
    pub id: String,
    /// As it came.
    pub body: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: String,
    /// When it came.
    pub received_at: Timestamp,
    /// When it was set aside.
    pub set_aside_at: Timestamp,
}

/// A Checkout session or subscription that is looked up at Stripe until it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedRecord {
    /// Its id at Stripe.
    pub id: String,
    /// How often it was looked up.
    pub checks: u32,
}

/// What the streams of an account are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The balance changed.
    Balance,
    /// This purchase changed.
    Purchase(String),
    /// A spend was refused; the JSON that tells it.
    SpendRefused(String),
    /// The account was deleted.
    AccountDeleted,
}

/// One change of one account and all that belongs to it: written whole, or not at all.
#[derive(Debug, Clone)]
pub struct Change {
    /// The account.
    pub account: String,
    /// The revision that it was decided on.
    pub revision: u64,
    /// The account after it.
    pub state: ledger::Account,
    /// When the account is deleted by it, in real time as access tokens count it; everything personal goes too.
    pub deleted_at: Option<Timestamp>,
    /// New lines of the ledger.
    pub entries: Vec<EntryRecord>,
    /// Purchases that were made or changed.
    pub purchases: Vec<PurchaseRecord>,
    /// Holds that were made.
    pub holds: Vec<String>,
    /// Checkout sessions that were opened, each to be looked up first at the given real time.
    pub checkouts: Vec<(String, Timestamp)>,
    /// Subscriptions that were told of, each to be looked up first at the given real time; never again if it has ended.
    pub subscriptions: Vec<(String, Option<Timestamp>)>,
    /// Payments that granted nothing.
    pub refunds_due: Vec<RefundDueRecord>,
    /// What is left to do at Stripe.
    pub chores: Vec<Chore>,
    /// What streams are told.
    pub notices: Vec<Notice>,
    /// The answers to replay.
    pub answers: Vec<AnswerRecord>,
    /// When, by the rules' time.
    pub at: Timestamp,
}

/// A page of a list, and what to ask for next.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The last place on it, if there is more.
    pub next: Option<i64>,
}

/// Where everything is kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// A value that the service keeps for itself; `fresh` is stored and returned if there is none yet.
    async fn setting(&self, name: &'static str, fresh: Vec<u8>) -> Stored<Vec<u8>>;
    /// Changes such a value.
    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> Stored<()>;

    /// What is known of someone who signs in.
    async fn subject(&self, key: SubjectKey) -> Stored<Subject>;
    /// Opens an account, unless they have one: two first calls at once make one account. Returns its id.
    async fn open_account(&self, account: NewAccount) -> Stored<String>;
    /// An account, deleted or not.
    async fn account(&self, id: &str) -> Stored<Option<AccountRecord>>;
    /// An account, deleted or not, with those of these answers that are kept.
    async fn account_and_answers(
        &self,
        id: &str,
        scopes: Vec<AnswerScope>,
    ) -> Stored<Option<(AccountRecord, Vec<AnswerRecord>)>>;
    /// The accounts of an e-mail address, whatever its case.
    async fn accounts_of_email(&self, email: &str) -> Stored<Vec<AccountRecord>>;
    /// The account of a customer of Stripe.
    async fn account_of_customer(&self, customer: &str) -> Stored<Option<String>>;
    /// Keeps the e-mail address that the issuer gives now.
    async fn set_email(&self, account: &str, email: &str) -> Stored<()>;
    /// Makes this Stripe's customer of the account, unless it has one. Returns the one it has.
    async fn claim_customer(&self, account: &str, customer: &str) -> Stored<String>;

    /// Writes a change.
    async fn commit(&self, change: Change) -> Stored<()>;

    /// The answer kept under an idempotency key.
    async fn answer(&self, scope: &AnswerScope) -> Stored<Option<AnswerRecord>>;

    /// The account's entries, newest first, before a place in the ledger.
    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Stored<Page<EntryRecord>>;
    /// The account's last entry at an instant.
    async fn last_entry(&self, account: &str, at: Timestamp) -> Stored<Option<EntryRecord>>;

    /// A purchase.
    async fn purchase(&self, id: &str) -> Stored<Option<PurchaseRecord>>;
    /// The purchase that a payment of Stripe is for.
    async fn purchase_of_payment(&self, payment_intent: &str) -> Stored<Option<PurchaseRecord>>;
    /// The purchase of a Checkout session.
    async fn purchase_of_session(&self, session: &str) -> Stored<Option<PurchaseRecord>>;
    /// The account's purchases, newest first, before a place in the list.
    async fn purchases(&self, account: &str, before: Option<i64>, limit: u32)
    -> Stored<Page<PurchaseRecord>>;
    /// All purchases that have a Checkout session, oldest first, after a place in the list.
    async fn purchases_after(&self, seq: i64, limit: u32) -> Stored<Vec<(i64, PurchaseRecord)>>;
    /// Whose hold it is.
    async fn account_of_hold(&self, hold: &str) -> Stored<Option<String>>;

    /// Keeps an event of Stripe; `false` if it was there already.
    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> Stored<bool>;
    /// Takes events that are due, the longest waiting first.
    async fn take_events(&self, lease: Lease, limit: u32) -> Stored<Vec<InboxRecord>>;
    /// An event was worked off.
    async fn event_done(&self, id: &str) -> Stored<()>;
    /// An event failed and is tried again.
    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()>;
    /// An event failed for good and is set aside for an operator.
    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> Stored<()>;
    /// How the inbox stands.
    async fn inbox(&self) -> Stored<Inbox>;
    /// Events that were set aside, the last one first.
    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> Stored<Page<SetAsideRecord>>;
    /// One of them.
    async fn event_set_aside(&self, id: &str) -> Stored<Option<SetAsideRecord>>;
    /// Has an event that was set aside tried again; the answer to that call is kept with it.
    async fn retry_event(&self, id: &str, answer: AnswerRecord) -> Stored<()>;

    /// Takes Checkout sessions that are to be looked up.
    async fn take_checkouts(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>>;
    /// Has every Checkout session that has not ended looked up at `now`.
    async fn check_all_checkouts(&self, now: Timestamp) -> Stored<()>;
    /// A session was looked up; the next time, or never again.
    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> Stored<()>;

    /// Whether a Checkout session was opened here and has not been tidied away.
    async fn checkout_is_known(&self, session: &str) -> Stored<bool>;
    /// The account's Checkout sessions that have not ended.
    async fn checkouts_of(&self, account: &str) -> Stored<Vec<String>>;

    /// Takes subscriptions that are to be looked up.
    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>>;
    /// A subscription was looked up; the next time, or never again.
    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> Stored<()>;
    /// Whether an account was ever told of this subscription.
    async fn subscription_is_known(&self, id: &str) -> Stored<bool>;
    /// The subscriptions that have not ended, by id, after one of them.
    async fn subscriptions_after(&self, id: &str, limit: u32) -> Stored<Vec<String>>;

    /// Takes chores that are due.
    async fn take_chores(&self, lease: Lease, limit: u32) -> Stored<Vec<Chore>>;
    /// A chore is done.
    async fn chore_done(&self, id: &str) -> Stored<()>;
    /// A chore failed and is tried again.
    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()>;
    /// When the next event, checkout, subscription or chore can be taken.
    async fn next_due(&self) -> Stored<Option<Timestamp>>;

    /// Payments that granted nothing, newest first; those that nobody has resolved.
    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> Stored<Page<RefundDueRecord>>;
    /// One of them, resolved or not.
    async fn refund_due(&self, id: &str) -> Stored<Option<RefundDueRecord>>;
    /// Lists a payment that belongs to no account.
    async fn list_refund_due(&self, refund: RefundDueRecord) -> Stored<()>;
    /// An operator is done with one; the answer to that call is kept with it.
    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        answer: AnswerRecord,
    ) -> Stored<()>;

    /// What an account's streams were told after `seq`, oldest first.
    async fn notices_after(&self, account: &str, seq: i64) -> Stored<Vec<(i64, Notice)>>;
    /// A place in the account's notices: every later notice of the account comes after it, none before.
    async fn last_notice(&self, account: &str) -> Stored<i64>;

    /// Whether other instances write to this database too.
    fn is_shared(&self) -> bool;
    /// Such places of several accounts; what an instance that has the database to itself never asks.
    async fn last_notices(&self, accounts: Vec<String>) -> Stored<Vec<(String, i64)>>;

    /// Forgets what is no longer needed: notices, bodies of events that were worked off, purchases that never got a
    /// checkout.
    async fn tidy(&self, before: Timestamp) -> Stored<()>;
    /// Whether the database can be written.
    async fn ready(&self) -> Stored<()>;
    /// Adds to the figures what is counted here.
    fn register(&self, registry: &mut Registry);
    /// Finishes what is being written and lets go of the database.
    async fn close(&self);
}
