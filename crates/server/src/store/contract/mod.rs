//! What every store promises, as tests that run on each database.

mod accounts;
mod changes;
mod lists;
pub mod naming;
mod plan_prices;
mod work;

use super::error::Cause;
#[cfg(unix)]
use super::postgres::{Address, PostgresError, PostgresStore};
use super::{
    AccountRecord, Change, ChangeNotice, Email, EntryRecord, IdempotencyRecord, IdempotencyScope, Lease,
    NewAccount, OpenedCheckout, PurchaseRecord, PurchaseStatus, RefundDueRecord, SqliteStore, Store,
    StoreError, StoredResponse, SubjectKey,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokenwell_ledger::{self as ledger, Catalogue, Command, Minor, Tokens};

/// A database of one kind.
pub trait Database: Sized {
    /// Creates an empty one.
    async fn fresh() -> Self;
    /// Opens a store on it. Each call opens another one, as another process would.
    async fn open(&self) -> Arc<dyn Store>;
    /// Runs SQL that no store would run.
    async fn by_hand(&self, sql: &str) -> Result<(), Cause>;
}

/// Runs each test on every kind of database.
macro_rules! on_every_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(<crate::store::contract::SqliteFile as super::Database>::fresh().await).await;
            })+
        }

        #[cfg(unix)]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(<crate::store::contract::OnPostgres as super::Database>::fresh().await).await;
            })+
        }
    };
}
use on_every_database;

/// A SQLite file.
pub struct SqliteFile(tempfile::TempDir);

impl SqliteFile {
    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("store.sqlite")
    }
}

impl Database for SqliteFile {
    async fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.path()).unwrap())
    }

    async fn by_hand(&self, sql: &str) -> Result<(), Cause> {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        Ok(connection.execute_batch(sql)?)
    }
}

/// A database on a PostgreSQL server of this test run.
#[cfg(unix)]
pub struct OnPostgres(Address);

#[cfg(unix)]
impl Database for OnPostgres {
    async fn fresh() -> Self {
        Self(Address::parse(&tokenwell_stage::Postgres::shared().database()).unwrap())
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(&self.0).await.unwrap())
    }

    async fn by_hand(&self, sql: &str) -> Result<(), Cause> {
        let (client, _) = self.0.connect().await.unwrap();
        Ok(client.batch_execute(sql).await.map_err(PostgresError::from)?)
    }
}

/// An instant so many seconds into a test.
pub fn second(n: i64) -> Timestamp {
    "2027-03-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(n)
}

/// A lease of a minute, taken so many seconds into a test.
fn lease(n: i64) -> Lease {
    Lease { now: second(n), until: second(n + 60) }
}

fn subject(name: &str) -> SubjectKey {
    let mut key = [0; 32];
    key[..name.len()].copy_from_slice(name.as_bytes());
    SubjectKey(key)
}

fn email(address: &str) -> Email {
    Email { address: address.to_owned(), is_verified: true }
}

fn new_account(name: &str) -> NewAccount {
    let id = format!("acct_{name}");
    let (state, entries) =
        ledger::Account::open(ledger::AccountId::from(id.as_str()), &Catalogue::built_in(), second(0));
    NewAccount {
        id,
        subject: subject(name),
        subject_revision: 0,
        email: Some(email(&format!("{name}@Example.com"))),
        state,
        entries: entry_records(&entries),
        at: second(0),
    }
}

fn entry_records(entries: &[ledger::Entry]) -> Vec<EntryRecord> {
    entries.iter().map(|entry| EntryRecord::of(entry).unwrap()).collect()
}

/// A free account with its 150 tokens.
pub async fn opened(store: &dyn Store, name: &str) -> AccountRecord {
    let id = store.open_account(new_account(name)).await.unwrap();
    account(store, &id).await
}

pub async fn account(store: &dyn Store, id: &str) -> AccountRecord {
    store.account(id).await.unwrap().unwrap()
}

/// A change without content.
fn change(of: &AccountRecord) -> Change {
    Change {
        account: of.id.clone(),
        revision: of.revision,
        state: of.state.clone(),
        deletion: None,
        customer: None,
        entries: Vec::new(),
        purchases: Vec::new(),
        holds: Vec::new(),
        checkouts: Vec::new(),
        subscriptions: Vec::new(),
        refunds_due: Vec::new(),
        chores: Vec::new(),
        notices: Vec::new(),
        idempotency_records: Vec::new(),
        at: second(1),
    }
}

/// A checkout of a pack, first looked up so many seconds into a test.
fn pack_checkout(session: &str, first_check: i64) -> OpenedCheckout {
    OpenedCheckout { session: session.to_owned(), plan_price: None, first_check: second(first_check) }
}

/// A change that the ledger decided at an instant.
fn decided(of: &AccountRecord, command: Command, at: Timestamp) -> Change {
    let decision = ledger::decide(&of.state, &Catalogue::built_in(), command, at).unwrap();
    Change {
        state: decision.account,
        entries: entry_records(&decision.entries),
        notices: vec![ChangeNotice::Balance],
        at,
        ..change(of)
    }
}

/// A spend.
pub fn spend(of: &AccountRecord, id: &str, amount: u64, at: Timestamp) -> Change {
    let id = ledger::SpendId::from(id);
    decided(of, Command::Spend { id, amount: Tokens(amount), reason: "A portrait".to_owned() }, at)
}

fn purchase(of: &AccountRecord, id: &str) -> PurchaseRecord {
    purchase_of(&of.id, id)
}

fn purchase_of(account: &str, id: &str) -> PurchaseRecord {
    PurchaseRecord {
        id: id.to_owned(),
        account: account.to_owned(),
        status: PurchaseStatus::Open,
        pack_id: "small".to_owned(),
        pack_name: "Small".to_owned(),
        quantity: 2,
        tokens: Tokens(10_000),
        amount: Minor(1800),
        currency: "usd".to_owned(),
        tax_included: true,
        charged: None,
        session: Some(format!("cs_{id}")),
        checkout_url: Some(format!("https://checkout.stripe.com/c/pay/cs_{id}")),
        expires_at: Some(second(86_400)),
        payment_intent: None,
        receipt_url: None,
        created_at: second(1),
    }
}

fn scope(of: &AccountRecord, key: &str) -> IdempotencyScope {
    IdempotencyScope {
        caller: "platform".to_owned(),
        account: of.id.clone(),
        route: "POST /v1/spends".to_owned(),
        key: key.to_owned(),
    }
}

/// What is stored for a request whose body has this digest; without a response while its work is under way.
fn idempotency_record(
    scope: IdempotencyScope,
    digest: u8,
    response: Option<(u16, &str)>,
) -> IdempotencyRecord {
    let response = response.map(|(status, body)| StoredResponse { status, body: body.as_bytes().to_vec() });
    IdempotencyRecord { scope, body_digest: [digest; 32], response, purchase: Some("pur_1".to_owned()) }
}

fn refund_due(id: &str) -> RefundDueRecord {
    RefundDueRecord {
        id: id.to_owned(),
        account: Some("acct_ada".to_owned()),
        purchase: None,
        session: Some(id.to_owned()),
        payment: Some(format!("pi_{id}")),
        amount: Minor(900),
        currency: "usd".to_owned(),
        why: "the account was deleted before the payment arrived".to_owned(),
        created_at: second(1),
        resolved: None,
    }
}

/// What a newer version may have written: no kind, status or bucket of this one.
const UNKNOWN: &str = "of_a_newer_version";

/// The call must fail, and the cause must say all of these words.
#[track_caller]
fn assert_fails_with<T: std::fmt::Debug>(outcome: &Result<T, StoreError>, words: &[&str]) {
    let Err(StoreError::Failed(cause)) = outcome else { panic!("{outcome:?}") };
    let text = cause.to_string();
    assert!(words.iter().all(|word| text.contains(word)), "`{text}` does not say {words:?}");
}

#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
}
