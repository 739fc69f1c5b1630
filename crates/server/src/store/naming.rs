//! Accounts as the platform names them, by its own ids of its users, and the claims of the platform that were refused.

use super::accounts::{AccountRecord, Email, Subject, SubjectKey};
use super::error::StoreResult;
use super::lists::{EntryRecord, Page, PurchaseRecord};
use async_trait::async_trait;
use jiff::Timestamp;
use tokenwell_ledger as ledger;

/// The platform's own id of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    /// The id, as the platform writes it.
    pub id: String,
    /// Its keyed hash, which is all that is kept of it after a deletion (rule 18).
    pub key: ExternalKey,
}

/// The keyed hash of an external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExternalKey(pub [u8; 32]);

/// What the platform says about an account. What is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The account.
    pub account: String,
    /// The account's first state, if this opens it.
    pub opened: Option<OpenedAccount>,
    /// The platform's id, which the account gets or has.
    pub external: ExternalId,
    /// Whether an account of this id may be opened after an earlier one was deleted.
    pub reopens: bool,
    /// The user's name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The customer at Stripe, which this service did not create.
    pub customer: Option<String>,
    /// Who is expected to sign in, with the revision that the subject was read at.
    pub subject: Option<(SubjectKey, u64)>,
    /// When, by the ledger's clock.
    pub at: Timestamp,
}

/// The first state of an account.
#[derive(Debug, Clone)]
pub struct OpenedAccount {
    /// The ledger's state of the account.
    pub state: ledger::Account,
    /// Its first entries.
    pub entries: Vec<EntryRecord>,
    /// What is written with it if it is imported.
    pub import: Option<ImportedRows>,
}

/// What is written with an account that is imported (rule 20).
#[derive(Debug, Clone)]
pub struct ImportedRows {
    /// The digest of the line that it was read from.
    pub digest: [u8; 32],
    /// The purchases of lots with a payment.
    pub purchases: Vec<PurchaseRecord>,
    /// The subscription, and the real time of its first look-up.
    pub subscription: Option<(String, Timestamp)>,
}

/// What a line of an import names.
#[derive(Debug, Clone)]
pub struct ImportNames {
    /// The platform's id.
    pub external: ExternalId,
    /// The hashes of the subject, the first under the name that the issuer has now.
    pub subjects: Vec<SubjectKey>,
    /// The customer at Stripe.
    pub customer: Option<String>,
    /// The subscription at Stripe.
    pub subscription: Option<String>,
    /// The payments of lots.
    pub payments: Vec<String>,
}

/// The account of an external id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KnownAccount {
    /// There is none.
    #[default]
    None,
    /// It was not imported.
    NotImported,
    /// It was imported from a line with this digest.
    Imported([u8; 32]),
}

impl KnownAccount {
    /// An account that exists.
    pub fn with(digest: Option<[u8; 32]>) -> Self {
        digest.map_or(Self::NotImported, Self::Imported)
    }
}

/// What is known of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says of another name whether it is taken")]
pub struct KnownNames {
    /// The account of the external id.
    pub account: KnownAccount,
    /// Whether an account of the external id was deleted, and none was opened since.
    pub is_former: bool,
    /// Whether one of the subjects has an account.
    pub subject_is_taken: bool,
    /// The subject with the first of the hashes.
    pub subject: Subject,
    /// Whether the customer has an account.
    pub customer_is_taken: bool,
    /// Whether the subscription has an account.
    pub subscription_is_taken: bool,
    /// Whether one of the payments has a purchase.
    pub payment_is_taken: bool,
}

/// What a refused claim was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// Who signs in.
    Subject,
    /// The customer at Stripe.
    Customer,
}

/// A claim of the platform that was refused: that the account of an external id is that of a subject or customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedClaim {
    /// The external id.
    pub external_id: String,
    /// What was claimed.
    pub kind: ClaimKind,
    /// The account that has the external id.
    pub account: Option<String>,
    /// The account that has the subject or customer.
    pub holder: Option<String>,
    /// When it was refused first.
    pub at: Timestamp,
}

/// Names accounts, and finds them by their names.
#[async_trait]
pub trait NamingStore: Send + Sync + 'static {
    /// Returns the account that has this external id.
    async fn account_of_external_id(&self, id: &str) -> StoreResult<Option<String>>;
    /// Returns what is known of the names of each line, in their order.
    async fn known_names(&self, lines: Vec<ImportNames>) -> StoreResult<Vec<KnownNames>>;
    /// Returns what outlives an account of this external id that was deleted, if none was opened since.
    async fn former_of_external_id(&self, key: ExternalKey) -> StoreResult<Option<ledger::Former>>;
    /// Returns who signs in to an account, and whether that is only expected.
    async fn subject_of_account(&self, account: &str) -> StoreResult<Option<(SubjectKey, bool)>>;
    /// Opens or names accounts, all of them or none. Refused claims that this settles are no longer listed.
    /// [`StoreError::Conflict`](super::error::StoreError::Conflict) if an account is deleted by now, if its external id, its
    /// customer or its subject is another one, if one of these is another account's, if the subject has another revision, or
    /// if an account of this external id was deleted and this does not reopen it.
    async fn name_accounts(&self, namings: Vec<Naming>) -> StoreResult<()>;
    /// Opens or names one account.
    async fn name_account(&self, naming: Naming) -> StoreResult<()> {
        self.name_accounts(vec![naming]).await
    }
    /// Notes that the expected subject of an account has signed in. Returns `false` if it is not expected any more.
    async fn claim_account(&self, subject: SubjectKey, account: &str) -> StoreResult<bool>;
    /// Lists a refused claim, unless neither account is there any more.
    async fn list_refused_claim(&self, claim: RefusedClaim) -> StoreResult<()>;
    /// Returns refused claims, newest first, below a sequence number.
    async fn refused_claims(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefusedClaim>>;
    /// Returns the accounts that are not deleted, in the order of their ids, above an id.
    async fn accounts_after(&self, id: &str, limit: u32) -> StoreResult<Vec<AccountRecord>>;
}
