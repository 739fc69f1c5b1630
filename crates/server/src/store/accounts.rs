//! Accounts, and the people and customers that they belong to.

use super::error::StoreResult;
use super::lists::EntryRecord;
use async_trait::async_trait;
use jiff::Timestamp;
use tokenwell_ledger as ledger;

/// The keyed hash of someone who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectKey(pub [u8; 32]);

/// Someone who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Their account, if they have one.
    pub account: Option<String>,
    /// Until when access tokens that were issued are invalid, because their account was deleted.
    pub deleted_at: Option<Timestamp>,
    /// What outlives the accounts that they deleted (rule 18).
    pub former: ledger::Former,
    /// Whether the platform has named the account for them, and they have not signed in to it yet.
    pub is_expected: bool,
    /// Grows by one with every account that is opened or deleted after the first, and every other change.
    pub revision: u64,
}

/// An account.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    /// The account's id.
    pub id: String,
    /// Grows by one with every change.
    pub revision: u64,
    /// The e-mail address that the issuer gave last.
    pub email: Option<Email>,
    /// The customer at Stripe.
    pub customer: Option<CustomerRecord>,
    /// The platform's own id of the user.
    pub external_id: Option<String>,
    /// The user's name, as the platform gives it.
    pub name: Option<String>,
    /// The ledger's state of the account.
    pub state: ledger::Account,
    /// When it was opened, by the ledger's clock.
    pub opened_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether the issuer says that it is the user's.
    pub is_verified: bool,
}

/// A customer at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRecord {
    /// The customer's id.
    pub id: String,
    /// Whether this service created it. It may then delete it, too (rule 18).
    pub made_here: bool,
}

/// An account that a first sign-in opens.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub id: String,
    /// Who signed in.
    pub subject: SubjectKey,
    /// The revision of the subject that the account was opened on.
    pub subject_revision: u64,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// The ledger's state of the account.
    pub state: ledger::Account,
    /// Its first entries.
    pub entries: Vec<EntryRecord>,
    /// When it is opened.
    pub at: Timestamp,
}

/// Reads accounts, and writes what does not change their balance.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Returns a value that the service keeps for itself. Stores `initial` and returns it if there is none yet.
    async fn setting(&self, name: &'static str, initial: Vec<u8>) -> StoreResult<Vec<u8>>;
    /// Changes such a value.
    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> StoreResult<()>;

    /// Returns someone who signs in, and their account if they have one; an empty [`Subject`] if nothing is known of them.
    async fn subject_and_account(&self, key: SubjectKey) -> StoreResult<(Subject, Option<AccountRecord>)>;
    /// Gives a subject another key, unless nothing is known of it, or something is known under that key. Returns whether it
    /// did.
    async fn rename_subject(&self, from: SubjectKey, to: SubjectKey) -> StoreResult<bool>;
    /// Opens an account, unless the subject has one: two first calls at once open one account. Returns its id.
    /// [`StoreError::Conflict`](super::error::StoreError::Conflict) if the subject has another revision by now.
    async fn open_account(&self, account: NewAccount) -> StoreResult<String>;
    /// Returns whose deleted account had a dispute that outlives it.
    async fn subject_of_dispute(&self, dispute: &str) -> StoreResult<Option<(SubjectKey, Subject)>>;
    /// Changes what outlives the accounts that a subject deleted.
    /// [`StoreError::Conflict`](super::error::StoreError::Conflict) if the subject has another revision by now.
    async fn set_former(&self, subject: SubjectKey, revision: u64, former: ledger::Former)
    -> StoreResult<()>;
    /// Returns an account, deleted or not.
    async fn account(&self, id: &str) -> StoreResult<Option<AccountRecord>>;
    /// Returns the accounts of an e-mail address; upper and lower case are the same.
    async fn accounts_of_email(&self, email: &str) -> StoreResult<Vec<AccountRecord>>;
    /// Returns the account of a customer at Stripe.
    async fn account_of_customer(&self, customer: &str) -> StoreResult<Option<String>>;
    /// Returns the account that a hold belongs to.
    async fn account_of_hold(&self, hold: &str) -> StoreResult<Option<String>>;
    /// Stores the e-mail address that the issuer gives now.
    async fn set_email(&self, account: &str, email: &Email) -> StoreResult<()>;
    /// Makes this the account's customer at Stripe, unless it has one or the customer is another account's. Returns the one
    /// that it has. [`StoreError::Conflict`](super::error::StoreError::Conflict) if it has none then.
    async fn claim_customer(&self, account: &str, customer: CustomerRecord) -> StoreResult<String>;
    /// Forgets the account's customer at Stripe if it is this one.
    async fn forget_customer(&self, account: &str, customer: &str) -> StoreResult<()>;
}
