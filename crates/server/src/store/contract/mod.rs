//! What every store promises, as stories that run on each of them.

mod accounts;
mod changes;
mod lists;
mod work;

use super::{
    AccountRecord, AnswerRecord, AnswerScope, Change, Lease, NewAccount, Notice, PurchaseRecord,
    RefundDueRecord, SqliteStore, Store, StoreError, SubjectKey,
};
use crate::http::wire_types;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokenwell_ledger::{self as ledger, Catalogue, Command};
use tokenwell_wire::{Minor, PurchaseStatus, Tokens};

/// A kind of database, and an empty one of it.
pub trait Database: Sized {
    /// An empty one.
    async fn fresh() -> Self;
    /// A store on it; every time this is called it is another one, as another process would have.
    async fn open(&self) -> Arc<dyn Store>;
    /// Does something that no store would do.
    async fn by_hand(&self, sql: &str) -> Result<(), String>;
}

/// Runs each story on every kind of database.
macro_rules! on_every_database {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                super::$story(<crate::store::contract::SqliteFile as super::Database>::fresh().await).await;
            })+
        }

        #[cfg(unix)]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(<crate::store::contract::OnPostgres as super::Database>::fresh().await).await;
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

    async fn by_hand(&self, sql: &str) -> Result<(), String> {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        connection.execute_batch(sql).map_err(|error| error.to_string())
    }
}

/// A database on a PostgreSQL server of this test run.
#[cfg(unix)]
pub struct OnPostgres(super::PostgresAddress);

#[cfg(unix)]
impl Database for OnPostgres {
    async fn fresh() -> Self {
        Self(super::PostgresAddress::parse(&tokenwell_stage::Postgres::shared().database()).unwrap())
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(super::PostgresStore::open(&self.0).await.unwrap())
    }

    async fn by_hand(&self, sql: &str) -> Result<(), String> {
        let (client, _) = self.0.connect().await.unwrap();
        client.batch_execute(sql).await.map_err(|error| error.as_db_error().unwrap().to_string())
    }
}

/// An instant so many seconds into the stories.
pub fn second(n: i64) -> Timestamp {
    "2027-03-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(n)
}

/// A lease of a minute, taken so many seconds into the stories.
fn lease(n: i64) -> Lease {
    Lease { now: second(n), until: second(n + 60) }
}

fn subject(name: &str) -> SubjectKey {
    let mut key = [0; 32];
    key[..name.len()].copy_from_slice(name.as_bytes());
    SubjectKey(key)
}

fn new_account(name: &str) -> NewAccount {
    let id = format!("acct_{name}");
    let (state, entries) =
        ledger::Account::open(ledger::AccountId::from(id.as_str()), &Catalogue::built_in(), second(0));
    NewAccount {
        id,
        subject: subject(name),
        email: Some(format!("{name}@Example.com")),
        state,
        entries: wire_types::entry_records(&entries).unwrap(),
        at: second(0),
    }
}

/// A free account with its 150 tokens.
pub async fn opened(store: &dyn Store, name: &str) -> AccountRecord {
    let id = store.open_account(new_account(name)).await.unwrap();
    account(store, &id).await
}

pub async fn account(store: &dyn Store, id: &str) -> AccountRecord {
    store.account(id).await.unwrap().unwrap()
}

/// A change that changes nothing yet.
fn change(of: &AccountRecord) -> Change {
    Change {
        account: of.id.clone(),
        revision: of.revision,
        state: of.state.clone(),
        deleted_at: None,
        entries: Vec::new(),
        purchases: Vec::new(),
        holds: Vec::new(),
        checkouts: Vec::new(),
        subscriptions: Vec::new(),
        refunds_due: Vec::new(),
        chores: Vec::new(),
        notices: Vec::new(),
        answers: Vec::new(),
        at: second(1),
    }
}

/// A change that the rules decided, at an instant.
fn decided(of: &AccountRecord, command: Command, at: Timestamp) -> Change {
    let decision = ledger::decide(&of.state, &Catalogue::built_in(), command, at).unwrap();
    Change {
        state: decision.account,
        entries: wire_types::entry_records(&decision.entries).unwrap(),
        notices: vec![Notice::Balance],
        at,
        ..change(of)
    }
}

/// A spend.
pub fn spend(of: &AccountRecord, id: &str, amount: u64, at: Timestamp) -> Change {
    let id = ledger::SpendId::from(id);
    decided(of, Command::Spend { id, amount: ledger::Tokens(amount), reason: "A portrait".to_owned() }, at)
}

fn purchase(of: &AccountRecord, id: &str) -> PurchaseRecord {
    PurchaseRecord {
        id: id.to_owned(),
        account: of.id.clone(),
        status: PurchaseStatus::Open,
        pack_id: "small".to_owned(),
        pack_name: "Small".to_owned(),
        quantity: 2,
        tokens: Tokens(10_000),
        amount: Minor(1800),
        currency: "usd".to_owned(),
        tax_included: true,
        session: Some(format!("cs_{id}")),
        checkout_url: Some(format!("https://checkout.stripe.com/c/pay/cs_{id}")),
        expires_at: Some(second(86_400)),
        payment_intent: None,
        receipt_url: None,
        created_at: second(1),
    }
}

fn scope(of: &AccountRecord, key: &str) -> AnswerScope {
    AnswerScope {
        caller: "platform".to_owned(),
        account: of.id.clone(),
        route: "POST /v1/spends".to_owned(),
        key: key.to_owned(),
    }
}

/// An answer to a body; `None` while its work is under way.
fn answer(scope: AnswerScope, body: u8, answer: Option<(u16, &str)>) -> AnswerRecord {
    let answer = answer.map(|(status, body)| (status, body.as_bytes().to_vec()));
    AnswerRecord { scope, body_digest: [body; 32], answer, purchase: Some("pur_1".to_owned()) }
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

#[track_caller]
fn is_conflict<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
}
