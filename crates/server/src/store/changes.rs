//! Changes of accounts, and the responses that are stored with them.

use super::accounts::{AccountRecord, CustomerRecord};
use super::error::StoreResult;
use super::idempotency::{IdempotencyRecord, IdempotencyScope};
use super::lists::{ChangeNotice, EntryRecord, PurchaseRecord, RefundDueRecord};
use super::work::Chore;
use async_trait::async_trait;
use jiff::Timestamp;
use tokenwell_ledger as ledger;

/// One change of one account and all that belongs to it. It is written whole, or not at all.
#[derive(Debug, Clone)]
pub struct Change {
    /// The account.
    pub account: String,
    /// The revision that it was decided on.
    pub revision: u64,
    /// The account's state after it.
    pub state: ledger::Account,
    /// Whether the change deletes the account. Everything personal is erased with it.
    pub deletion: Option<Deletion>,
    /// The customer at Stripe, unless the account has one or the customer is another account's.
    pub customer: Option<CustomerRecord>,
    /// New entries of the ledger.
    pub entries: Vec<EntryRecord>,
    /// Purchases that were made or changed.
    pub purchases: Vec<PurchaseRecord>,
    /// Ids of new holds.
    pub holds: Vec<String>,
    /// Checkout sessions that were opened.
    pub checkouts: Vec<OpenedCheckout>,
    /// Subscriptions that Stripe named, and the real time of their first look-up; `None` once they have ended.
    pub subscriptions: Vec<(String, Option<Timestamp>)>,
    /// Payments that granted nothing.
    pub refunds_due: Vec<RefundDueRecord>,
    /// Calls to Stripe to make after the commit.
    pub chores: Vec<Chore>,
    /// Rows that event streams push from.
    pub notices: Vec<ChangeNotice>,
    /// Responses to replay.
    pub idempotency_records: Vec<IdempotencyRecord>,
    /// When, by the ledger's clock.
    pub at: Timestamp,
}

/// A Checkout session that was opened.
#[derive(Debug, Clone)]
pub struct OpenedCheckout {
    /// Its id.
    pub session: String,
    /// The price of the plan that it sells; `None` if it sells a pack.
    pub plan_price: Option<String>,
    /// The real time of its first look-up.
    pub first_check: Timestamp,
}

/// The deletion of an account.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// Access tokens that were issued up to this instant are invalid. It is real time, as access tokens count it.
    pub at: Timestamp,
    /// What outlives the account (rule 18).
    pub former: ledger::Former,
}

/// Writes changes of accounts.
#[async_trait]
pub trait ChangeStore: Send + Sync + 'static {
    /// Writes a change. [`StoreError::Conflict`](super::error::StoreError::Conflict) if the account has another revision by
    /// now, or if a response is stored under one of its idempotency keys already.
    async fn commit(&self, change: Change) -> StoreResult<()>;

    /// Returns what is stored under an idempotency key.
    async fn idempotency_record(&self, scope: &IdempotencyScope) -> StoreResult<Option<IdempotencyRecord>>;
    /// Returns an account, deleted or not, with what is stored under these idempotency keys.
    async fn account_and_idempotency_records(
        &self,
        id: &str,
        scopes: Vec<IdempotencyScope>,
    ) -> StoreResult<Option<(AccountRecord, Vec<IdempotencyRecord>)>>;
}
