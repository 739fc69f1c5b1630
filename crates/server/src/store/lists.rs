//! What is read in pages or in order: entries, purchases, refunds due and notices.

use super::error::StoreResult;
use super::idempotency::IdempotencyRecord;
use async_trait::async_trait;
use jiff::Timestamp;
use tokenwell_ledger::{Bucket, Entry, EntryKind, Minor, Tokens};

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryRecord {
    /// Its sequence number; 0 before it is stored.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// When it took effect.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// The bucket that changed.
    pub bucket: Bucket,
    /// The signed change of the bucket.
    pub amount: i64,
    /// What the bucket held afterwards.
    pub balance_after: Tokens,
    /// Why, in the words of the caller.
    pub reason: Option<String>,
    /// The id of the spend, purchase or period that caused it.
    pub reference: Option<String>,
    /// The ledger's whole entry, as JSON.
    pub entry: String,
    /// The name of the service key of the back end that caused it.
    pub service_key: Option<String>,
}

impl EntryRecord {
    /// A new entry of the ledger, to be stored.
    pub fn of(entry: &Entry) -> StoreResult<Self> {
        Ok(Self {
            seq: 0,
            id: entry.id.to_string(),
            at: entry.at,
            kind: entry.kind,
            bucket: entry.bucket,
            amount: entry.amount,
            balance_after: entry.balance_after,
            reason: entry.reason.clone(),
            reference: entry.reference.clone(),
            entry: serde_json::to_string(entry)?,
            service_key: None,
        })
    }

    /// The ledger's whole entry.
    pub fn ledger_entry(&self) -> StoreResult<Entry> {
        Ok(serde_json::from_str(&self.entry)?)
    }
}

/// Selects entries of an account; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Only entries at or after this instant.
    pub from: Option<Timestamp>,
    /// Only entries before this instant.
    pub until: Option<Timestamp>,
    /// Only entries of these buckets; empty for every bucket.
    pub buckets: Vec<Bucket>,
    /// Only entries of these kinds; empty for every kind.
    pub kinds: Vec<EntryKind>,
}

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurchaseStatus {
    /// Its checkout waits for the buyer.
    Open,
    /// The checkout is completed, the payment still on its way (bank debit).
    Processing,
    /// Paid, and its tokens granted.
    Paid,
    /// The checkout ended unpaid.
    Expired,
    /// The payment failed after the checkout. No money moved.
    Failed,
    /// Charged, nothing granted, owed back.
    RefundDue,
    /// Paid back in full.
    Refunded,
    /// Paid back in part.
    PartiallyRefunded,
    /// The buyer's bank disputes the payment.
    Disputed,
}

/// A purchase of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRecord {
    /// The purchase's id.
    pub id: String,
    /// The account that buys.
    pub account: String,
    /// Where it stands.
    pub status: PurchaseStatus,
    /// The pack.
    pub pack_id: String,
    /// The pack's name when it was bought.
    pub pack_name: String,
    /// How many packs.
    pub quantity: u32,
    /// Tokens in all.
    pub tokens: Tokens,
    /// The price in all.
    pub amount: Minor,
    /// The price's currency.
    pub currency: String,
    /// Whether tax is in the price.
    pub tax_included: bool,
    /// What Stripe charged, once the checkout is completed.
    pub charged: Option<Charged>,
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

/// What Stripe charged for a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// The currency that was paid in. A purchase in another than its price's is to be refunded.
    pub currency: String,
    /// The price before discount and tax.
    pub subtotal: Minor,
    /// What a coupon took off.
    pub discount: Minor,
    /// The tax, in the price or on top of it.
    pub tax: Minor,
    /// What was paid.
    pub total: Minor,
}

/// A payment that granted nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundDueRecord {
    /// The Stripe object that was paid.
    pub id: String,
    /// The account that would have got the tokens.
    pub account: Option<String>,
    /// The purchase.
    pub purchase: Option<String>,
    /// The Checkout session.
    pub session: Option<String>,
    /// The payment or invoice at Stripe.
    pub payment: Option<String>,
    /// What was paid.
    pub amount: Minor,
    /// Its currency.
    pub currency: String,
    /// Why nothing was granted.
    pub why: String,
    /// When it was listed.
    pub created_at: Timestamp,
    /// When an operator resolved it, and the operator's note.
    pub resolved: Option<(Timestamp, String)>,
}

/// A row that event streams push from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeNotice {
    /// The balance changed.
    Balance,
    /// This purchase changed.
    Purchase(String),
    /// A spend was refused; the JSON that streams send.
    SpendRefused(String),
    /// The account was deleted.
    AccountDeleted,
}

/// The kinds of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// [`ChangeNotice::Balance`].
    Balance,
    /// [`ChangeNotice::Purchase`].
    Purchase,
    /// [`ChangeNotice::SpendRefused`].
    SpendRefused,
    /// [`ChangeNotice::AccountDeleted`].
    AccountDeleted,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items on it.
    pub items: Vec<T>,
    /// The last item's sequence number, if there are more: the next page is the one before it.
    pub next: Option<i64>,
}

/// Reads lists.
#[async_trait]
pub trait ListStore: Send + Sync + 'static {
    /// Returns the account's entries, newest first, below a sequence number.
    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<EntryRecord>>;
    /// Returns the account's last entry at each of these instants, in their order.
    async fn last_entries(
        &self,
        account: &str,
        instants: &[Timestamp],
    ) -> StoreResult<Vec<Option<EntryRecord>>>;
    /// Returns the account's last entry at an instant.
    async fn last_entry(&self, account: &str, at: Timestamp) -> StoreResult<Option<EntryRecord>> {
        Ok(self.last_entries(account, &[at]).await?.pop().flatten())
    }

    /// Returns a purchase.
    async fn purchase(&self, id: &str) -> StoreResult<Option<PurchaseRecord>>;
    /// Returns the purchase that a payment at Stripe is for.
    async fn purchase_of_payment(&self, payment_intent: &str) -> StoreResult<Option<PurchaseRecord>>;
    /// Returns the purchase of a Checkout session.
    async fn purchase_of_session(&self, session: &str) -> StoreResult<Option<PurchaseRecord>>;
    /// Returns the account's purchases, newest first, below a sequence number.
    async fn purchases(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<PurchaseRecord>>;
    /// Returns purchases of every account that have a Checkout session, oldest first, above a sequence number.
    async fn purchases_after(&self, seq: i64, limit: u32) -> StoreResult<Vec<(i64, PurchaseRecord)>>;

    /// Returns payments that granted nothing and that nobody has resolved, newest first.
    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefundDueRecord>>;
    /// Returns one of them, resolved or not.
    async fn refund_due(&self, id: &str) -> StoreResult<Option<RefundDueRecord>>;
    /// Lists a payment that belongs to no account.
    async fn list_refund_due(&self, refund: RefundDueRecord) -> StoreResult<()>;
    /// Resolves one that turned out not to be due, unless it is resolved.
    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> StoreResult<()>;
    /// Marks one as resolved by an operator, and stores the response to that call with it.
    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        record: IdempotencyRecord,
    ) -> StoreResult<()>;

    /// Returns the account's notices above a sequence number, oldest first. Notices of a kind that this version does not know
    /// are left out.
    async fn notices_after(&self, account: &str, seq: i64) -> StoreResult<Vec<(i64, ChangeNotice)>>;
    /// Returns a sequence number that is above none of the account's later notices and below none of its earlier ones.
    async fn last_notice(&self, account: &str) -> StoreResult<i64>;
    /// Returns such sequence numbers of several accounts. Only a store that [is shared](super::interface::Store::is_shared) knows
    /// them.
    async fn last_notices(&self, accounts: Vec<String>) -> StoreResult<Vec<(String, i64)>>;
}
