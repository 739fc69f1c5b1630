//! The store on PostgreSQL, or on what speaks its protocol. Any number of instances of the service share one database:
//! nothing is kept with a connection, so a transaction pooler may stand between, and nothing is locked but rows.
//!
//! What the database undoes because of others at the same time, and what a lost connection leaves open, is tried again.

mod changes;
mod connection;
mod figures;
mod schema;
mod statement;
#[cfg(all(test, unix))]
mod tests;

pub use connection::{Address, plainly};

use super::records::{self, Columns, unreadable};
use super::{
    AccountRecord, AnswerRecord, AnswerScope, Change, Chore, EntryFilter, EntryRecord, Inbox, InboxRecord,
    Lease, NewAccount, Notice, Page, PurchaseRecord, RefundDueRecord, SetAsideRecord, Store, StoreError,
    Stored, Subject, SubjectKey, WatchedRecord,
};
use crate::base::batch_queue::{Place, TooMany};
use async_trait::async_trait;
use connection::{Failed, at_once, once, retrying};
use deadpool_postgres::Pool;
use figures::PoolFigures;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use schema::Unfit;
use statement::{Column, Statement, sql};
use std::sync::Arc;
use tokio_postgres::Row;

/// How many groups of changes are written at once: while one waits for the disk, the next is under way.
const AT_ONCE: usize = 3;

/// The store on PostgreSQL.
pub struct PostgresStore {
    pool: Pool,
    /// Where common changes wait to be written together.
    together: Arc<Place<Change, Result<(), Arc<Change>>>>,
}

impl PostgresStore {
    /// Opens the database and makes the steps that its schema lacks.
    ///
    /// # Errors
    /// In words: what is wrong and what to do.
    pub async fn open(address: &Address) -> Result<Self, String> {
        migrate(address).await?;
        let store = Self { pool: address.pool()?, together: Place::with(AT_ONCE) };
        store.ready().await.map_err(|error| error.to_string())?;
        Ok(store)
    }

    /// Writes, or reads what is then written.
    async fn run(&self, statement: Statement) -> Stored<Vec<Row>> {
        retrying!(once(&self.pool, &statement).await)
    }

    /// Reads; nothing is found under a text that PostgreSQL cannot keep.
    async fn all<T>(&self, statement: Statement, read: impl Fn(&dyn Columns) -> Stored<T>) -> Stored<Vec<T>> {
        let rows = retrying!(match once(&self.pool, &statement).await {
            Err(Failed::NoSuchText) => Ok(Vec::new()),
            answer => answer,
        })?;
        rows.iter().map(|row| read(row)).collect()
    }

    async fn one<T>(
        &self,
        statement: Statement,
        read: impl Fn(&dyn Columns) -> Stored<T>,
    ) -> Stored<Option<T>> {
        Ok(self.all(statement, read).await?.pop())
    }

    /// A page of a list; the statement asks for one row more than `limit`.
    async fn page<T>(
        &self,
        statement: Statement,
        limit: u32,
        read: impl Fn(&dyn Columns) -> Stored<T>,
    ) -> Stored<Page<T>> {
        let items = self.all(statement, |row| Ok((row.whole("seq")?, read(row)?))).await?;
        Ok(records::page(items, limit))
    }
}

/// Makes the steps that the schema of a database lacks. Returns how many it made.
pub async fn migrate(address: &Address) -> Result<usize, String> {
    schema::bring_up_to_date(address).await.map_err(|unfit| match unfit {
        Unfit::Newer { version } => format!(
            "its schema (version {version}) is of a newer tokenwell-server that left version {} behind",
            schema::newest()
        ),
        Unfit::Failed(failed) => match StoreError::from(failed) {
            StoreError::Failed(why) | StoreError::Unavailable(why) => why,
            other => other.to_string(),
        },
    })
}

impl Columns for Row {
    fn int(&self, name: &str) -> Stored<Option<i64>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn string(&self, name: &str) -> Stored<Option<String>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn blob(&self, name: &str) -> Stored<Option<Vec<u8>>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn flag(&self, name: &str) -> Stored<bool> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
}

/// More rows than there are.
fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

#[async_trait]
impl Store for PostgresStore {
    async fn setting(&self, name: &'static str, fresh: Vec<u8>) -> Stored<Vec<u8>> {
        self.run(sql!(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            name,
            fresh
        ))
        .await?;
        let kept = sql!("SELECT value FROM settings WHERE name = $1", name);
        Ok(self.one(kept, |row| row.blob("value")).await?.flatten().unwrap_or_default())
    }

    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> Stored<()> {
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql!(sql, name, value)).await.map(drop)
    }

    async fn subject(&self, key: SubjectKey) -> Stored<Subject> {
        let known = sql!("SELECT account_id, deleted_at FROM subjects WHERE subject = $1", key.0);
        Ok(self.one(known, records::subject).await?.unwrap_or_default())
    }

    async fn open_account(&self, account: NewAccount) -> Stored<String> {
        let opened: Stored<_> = retrying!(changes::open_account(&self.pool, &account).await);
        match opened? {
            Some(id) => Ok(id),
            // They have one; if it was deleted just now, the caller looks again.
            None => self.subject(account.subject).await?.account.ok_or(StoreError::Conflict),
        }
    }

    async fn account(&self, id: &str) -> Stored<Option<AccountRecord>> {
        self.one(sql!("SELECT * FROM accounts WHERE id = $1", id), records::account).await
    }

    async fn account_and_answers(
        &self,
        id: &str,
        scopes: Vec<AnswerScope>,
    ) -> Stored<Option<(AccountRecord, Vec<AnswerRecord>)>> {
        let asked = [
            sql!("SELECT * FROM accounts WHERE id = $1", id),
            sql!(
                "SELECT answers.* FROM unnest($2, $3, $4) AS asked (caller, route, key)
                 JOIN answers USING (caller, route, key) WHERE account_id = $1",
                id,
                scopes.iter().map(|scope| &scope.caller).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.route).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.key).collect::<Column<_>>(),
            ),
        ];
        let rows = retrying!(match at_once(&self.pool, &asked).await {
            Err(Failed::NoSuchText) => Ok(Vec::new()),
            read => read,
        })?;
        let [account, answers] = rows.as_slice() else { return Ok(None) };
        let Some(account) = account.first() else { return Ok(None) };
        let answers = answers.iter().map(|row| records::answer(row)).collect::<Stored<_>>()?;
        Ok(Some((records::account(account)?, answers)))
    }

    async fn accounts_of_email(&self, email: &str) -> Stored<Vec<AccountRecord>> {
        let sql = "SELECT * FROM accounts WHERE lower(email) = lower($1) ORDER BY created_at LIMIT 200";
        self.all(sql!(sql, email), records::account).await
    }

    async fn account_of_customer(&self, customer: &str) -> Stored<Option<String>> {
        let sql = "SELECT id FROM accounts WHERE customer_id = $1";
        self.one(sql!(sql, customer), |row| row.text("id")).await
    }

    async fn set_email(&self, account: &str, email: &str) -> Stored<()> {
        let sql = "UPDATE accounts SET email = $2 WHERE id = $1 AND deleted_at IS NULL";
        self.run(sql!(sql, account, email)).await.map(drop)
    }

    async fn claim_customer(&self, account: &str, customer: &str) -> Stored<String> {
        let sql = "UPDATE accounts SET customer_id = $2
             WHERE id = $1 AND customer_id IS NULL AND deleted_at IS NULL";
        self.run(sql!(sql, account, customer)).await?;
        let kept = sql!("SELECT customer_id FROM accounts WHERE id = $1", account);
        // No customer means that the account was deleted meanwhile.
        self.one(kept, |row| row.string("customer_id")).await?.flatten().ok_or(StoreError::Conflict)
    }

    async fn commit(&self, change: Change) -> Stored<()> {
        if !changes::is_common(&change) {
            return retrying!(changes::commit(&self.pool, &change).await);
        }
        let lead = |changes| changes::commit_together(&self.pool, changes);
        match self.together.ask(change, lead).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(change)) => retrying!(changes::commit(&self.pool, &change).await),
            Err(TooMany) => Err(StoreError::Overloaded),
        }
    }

    async fn answer(&self, scope: &AnswerScope) -> Stored<Option<AnswerRecord>> {
        let AnswerScope { caller, account, route, key } = scope;
        let sql = "SELECT * FROM answers WHERE account_id = $1 AND caller = $2 AND route = $3 AND key = $4";
        self.one(sql!(sql, account, caller, route, key), records::answer).await
    }

    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Stored<Page<EntryRecord>> {
        let buckets = filter.buckets.iter().map(records::word).collect::<Stored<Vec<_>>>()?;
        let some_of = |words: Vec<String>| (!words.is_empty()).then_some(Column(words));
        // Entries of one account never go back in time, so a stretch of time is a stretch of the ledger.
        let statement = sql!(
            "SELECT * FROM entries
             WHERE account_id = $1
                 AND seq >= CASE WHEN $3 IS NULL THEN 0 ELSE coalesce((SELECT seq FROM entries
                     WHERE account_id = $1 AND at >= $3 ORDER BY at, seq LIMIT 1), 9223372036854775807) END
                 AND seq < CASE WHEN $4 IS NULL THEN 9223372036854775807 ELSE coalesce((SELECT seq + 1 FROM entries
                     WHERE account_id = $1 AND at < $4 ORDER BY at DESC, seq DESC LIMIT 1), 0) END
                 AND seq < $2 AND ($5 IS NULL OR bucket = ANY($5)) AND ($6 IS NULL OR kind = ANY($6))
             ORDER BY seq DESC LIMIT $7",
            account,
            before.unwrap_or(i64::MAX),
            filter.from,
            filter.until,
            some_of(buckets),
            some_of(filter.kinds.clone()),
            one_more(limit),
        );
        self.page(statement, limit, records::entry).await
    }

    async fn last_entry(&self, account: &str, at: Timestamp) -> Stored<Option<EntryRecord>> {
        let sql =
            "SELECT * FROM entries WHERE account_id = $1 AND at <= $2 ORDER BY at DESC, seq DESC LIMIT 1";
        self.one(sql!(sql, account, at), records::entry).await
    }

    async fn purchase(&self, id: &str) -> Stored<Option<PurchaseRecord>> {
        self.one(sql!("SELECT * FROM purchases WHERE id = $1", id), records::purchase).await
    }

    async fn purchase_of_payment(&self, payment_intent: &str) -> Stored<Option<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE payment_intent_id = $1";
        self.one(sql!(sql, payment_intent), records::purchase).await
    }

    async fn purchase_of_session(&self, session: &str) -> Stored<Option<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE session_id = $1";
        self.one(sql!(sql, session), records::purchase).await
    }

    async fn purchases(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Stored<Page<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
        let statement = sql!(sql, account, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, records::purchase).await
    }

    async fn purchases_after(&self, seq: i64, limit: u32) -> Stored<Vec<(i64, PurchaseRecord)>> {
        let sql = "SELECT * FROM purchases WHERE seq > $1 AND session_id IS NOT NULL ORDER BY seq LIMIT $2";
        self.all(sql!(sql, seq, limit), |row| Ok((row.whole("seq")?, records::purchase(row)?))).await
    }

    async fn account_of_hold(&self, hold: &str) -> Stored<Option<String>> {
        let sql = "SELECT account_id FROM holds WHERE id = $1";
        self.one(sql!(sql, hold), |row| row.text("account_id")).await
    }

    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> Stored<bool> {
        let sql =
            "INSERT INTO inbox (id, body, received_at, state, next_try_at) VALUES ($1, $2, $3, 'waiting', 0)
             ON CONFLICT DO NOTHING RETURNING 1";
        Ok(!self.run(sql!(sql, id, body, at)).await?.is_empty())
    }

    async fn take_events(&self, lease: Lease, limit: u32) -> Stored<Vec<InboxRecord>> {
        // Rows that another worker is just taking are passed over.
        let sql = "WITH due AS (
                 SELECT id FROM inbox WHERE state = 'waiting' AND next_try_at <= $1 AND leased_until <= $1
                 ORDER BY next_try_at, received_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE inbox SET leased_until = $2 FROM due WHERE inbox.id = due.id
                 RETURNING inbox.id, body, attempts, next_try_at, received_at
             ) SELECT * FROM taken ORDER BY next_try_at, received_at";
        self.all(sql!(sql, lease.now, lease.until, limit), records::event).await
    }

    async fn event_done(&self, id: &str) -> Stored<()> {
        self.run(sql!("UPDATE inbox SET state = 'done' WHERE id = $1", id)).await.map(drop)
    }

    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()> {
        let sql =
            "UPDATE inbox SET attempts = attempts + 1, last_error = $2, next_try_at = $3, leased_until = 0
             WHERE id = $1 AND state = 'waiting'";
        self.run(sql!(sql, id, error, next_try)).await.map(drop)
    }

    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> Stored<()> {
        let sql = "UPDATE inbox SET attempts = attempts + 1, last_error = $2, state = 'set_aside',
                 set_aside_at = $3, set_aside_seq = nextval('inbox_set_aside')
             WHERE id = $1 AND state = 'waiting'";
        self.run(sql!(sql, id, error, at)).await.map(drop)
    }

    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> Stored<Page<SetAsideRecord>> {
        let sql = "SELECT *, set_aside_seq AS seq FROM inbox WHERE state = 'set_aside' AND set_aside_seq < $1
             ORDER BY set_aside_seq DESC LIMIT $2";
        let statement = sql!(sql, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, records::set_aside).await
    }

    async fn event_set_aside(&self, id: &str) -> Stored<Option<SetAsideRecord>> {
        let sql = "SELECT * FROM inbox WHERE id = $1 AND state = 'set_aside'";
        self.one(sql!(sql, id), records::set_aside).await
    }

    async fn retry_event(&self, id: &str, answer: AnswerRecord) -> Stored<()> {
        let retry = || {
            sql!(
                "UPDATE inbox SET state = 'waiting', attempts = 0, next_try_at = 0, leased_until = 0,
                     set_aside_seq = NULL, set_aside_at = NULL
                 WHERE id = $1 AND state = 'set_aside' RETURNING 1",
                id
            )
        };
        retrying!(changes::answered(&self.pool, retry(), &answer).await)
    }

    async fn inbox(&self) -> Stored<Inbox> {
        Ok(self.one(sql!(records::INBOX), records::inbox).await?.unwrap_or_default())
    }

    async fn take_checkouts(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>> {
        let sql = "WITH due AS (
                 SELECT session_id FROM checkouts WHERE next_check_at <= $1 AND leased_until <= $1
                 ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE checkouts SET leased_until = $2 FROM due WHERE checkouts.session_id = due.session_id
                 RETURNING checkouts.session_id AS id, checks, next_check_at
             ) SELECT * FROM taken ORDER BY next_check_at, id";
        self.all(sql!(sql, lease.now, lease.until, limit), records::watched).await
    }

    async fn check_all_checkouts(&self, now: Timestamp) -> Stored<()> {
        let sql = "UPDATE checkouts SET next_check_at = $1 WHERE next_check_at > $1";
        self.run(sql!(sql, now)).await.map(drop)
    }

    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> Stored<()> {
        let sql = "UPDATE checkouts SET checks = checks + 1, next_check_at = $2, leased_until = 0
             WHERE session_id = $1";
        self.run(sql!(sql, session, next_check)).await.map(drop)
    }

    async fn checkout_is_known(&self, session: &str) -> Stored<bool> {
        let sql = "SELECT session_id FROM checkouts WHERE session_id = $1";
        Ok(self.one(sql!(sql, session), |row| row.text("session_id")).await?.is_some())
    }

    async fn checkouts_of(&self, account: &str) -> Stored<Vec<String>> {
        let sql = "SELECT session_id FROM checkouts WHERE account_id = $1 AND next_check_at IS NOT NULL";
        self.all(sql!(sql, account), |row| row.text("session_id")).await
    }

    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>> {
        let sql = "WITH due AS (
                 SELECT id FROM subscriptions WHERE next_check_at <= $1 AND leased_until <= $1
                 ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE subscriptions SET leased_until = $2 FROM due WHERE subscriptions.id = due.id
                 RETURNING subscriptions.id, checks, next_check_at
             ) SELECT * FROM taken ORDER BY next_check_at, id";
        self.all(sql!(sql, lease.now, lease.until, limit), records::watched).await
    }

    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> Stored<()> {
        let sql = "UPDATE subscriptions SET checks = checks + 1, next_check_at = $2, leased_until = 0 WHERE id = $1";
        self.run(sql!(sql, id, next_check)).await.map(drop)
    }

    async fn subscription_is_known(&self, id: &str) -> Stored<bool> {
        let sql = "SELECT id FROM subscriptions WHERE id = $1";
        Ok(self.one(sql!(sql, id), |row| row.text("id")).await?.is_some())
    }

    async fn subscriptions_after(&self, id: &str, limit: u32) -> Stored<Vec<String>> {
        let sql =
            "SELECT id FROM subscriptions WHERE id > $1 AND next_check_at IS NOT NULL ORDER BY id LIMIT $2";
        self.all(sql!(sql, id, limit), |row| row.text("id")).await
    }

    async fn take_chores(&self, lease: Lease, limit: u32) -> Stored<Vec<Chore>> {
        let sql = "WITH due AS (
                 SELECT id FROM chores WHERE next_try_at <= $1 AND leased_until <= $1
                 ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE chores SET leased_until = $2 FROM due WHERE chores.id = due.id RETURNING chores.*
             ) SELECT * FROM taken ORDER BY next_try_at, id";
        self.all(sql!(sql, lease.now, lease.until, limit), records::chore).await
    }

    async fn chore_done(&self, id: &str) -> Stored<()> {
        self.run(sql!("DELETE FROM chores WHERE id = $1", id)).await.map(drop)
    }

    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()> {
        let sql =
            "UPDATE chores SET attempts = attempts + 1, last_error = $2, next_try_at = $3, leased_until = 0
             WHERE id = $1";
        self.run(sql!(sql, id, error, next_try)).await.map(drop)
    }

    async fn next_due(&self) -> Stored<Option<Timestamp>> {
        let sql = "SELECT least(
                 (SELECT min(greatest(next_try_at, leased_until)) FROM inbox WHERE state = 'waiting'),
                 (SELECT min(greatest(next_check_at, leased_until)) FROM checkouts WHERE next_check_at IS NOT NULL),
                 (SELECT min(greatest(next_check_at, leased_until)) FROM subscriptions
                     WHERE next_check_at IS NOT NULL),
                 (SELECT min(greatest(next_try_at, leased_until)) FROM chores)) AS at";
        Ok(self.one(sql!(sql), |row| row.maybe_time("at")).await?.flatten())
    }

    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> Stored<Page<RefundDueRecord>> {
        let sql =
            "SELECT * FROM refunds_due WHERE resolved_at IS NULL AND seq < $1 ORDER BY seq DESC LIMIT $2";
        let statement = sql!(sql, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, records::refund_due).await
    }

    async fn refund_due(&self, id: &str) -> Stored<Option<RefundDueRecord>> {
        self.one(sql!("SELECT * FROM refunds_due WHERE id = $1", id), records::refund_due).await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> Stored<()> {
        self.run(changes::put_refund_due(&refund)).await.map(drop)
    }

    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        answer: AnswerRecord,
    ) -> Stored<()> {
        let resolve = || {
            sql!(
                "UPDATE refunds_due SET resolved_at = $2, note = $3 WHERE id = $1 AND resolved_at IS NULL RETURNING 1",
                id,
                at,
                note
            )
        };
        retrying!(changes::answered(&self.pool, resolve(), &answer).await)
    }

    async fn notices_after(&self, account: &str, seq: i64) -> Stored<Vec<(i64, Notice)>> {
        let sql = "SELECT * FROM notices WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000";
        self.all(sql!(sql, account, seq), records::notice).await
    }

    async fn last_notice(&self, account: &str) -> Stored<i64> {
        let last = sql!("SELECT last_seq FROM accounts WHERE id = $1", account);
        Ok(self.one(last, |row| row.whole("last_seq")).await?.unwrap_or_default())
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn last_notices(&self, accounts: Vec<String>) -> Stored<Vec<(String, i64)>> {
        let sql = "SELECT id, last_seq FROM accounts WHERE id = ANY($1)";
        self.all(sql!(sql, Column(accounts)), |row| Ok((row.text("id")?, row.whole("last_seq")?))).await
    }

    async fn tidy(&self, before: Timestamp) -> Stored<()> {
        self.run(sql!("DELETE FROM notices WHERE at < $1", before)).await?;
        self.run(sql!("DELETE FROM checkouts WHERE next_check_at IS NULL")).await?;
        let sql =
            "UPDATE inbox SET body = NULL WHERE state = 'done' AND body IS NOT NULL AND received_at < $1";
        self.run(sql!(sql, before)).await?;
        let sql = "UPDATE purchases SET status = 'expired'
             WHERE status = 'open' AND session_id IS NULL AND created_at < $1";
        self.run(sql!(sql, before)).await.map(drop)
    }

    async fn ready(&self) -> Stored<()> {
        self.run(sql!("UPDATE settings SET value = value WHERE name = ''")).await.map(drop)
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(PoolFigures(self.pool.clone())));
    }

    async fn close(&self) {
        self.pool.close();
    }
}
