//! The store on SQLite: one thread writes, any number read. Every acknowledged change is on disk (WAL,
//! `synchronous = FULL`).

use super::records::{self, Columns, json, ms, word};
use super::writer::{Figures, Writer};
use super::{
    AccountRecord, AnswerRecord, AnswerScope, Change, Chore, EntryFilter, EntryRecord, Inbox, InboxRecord,
    Lease, NewAccount, Notice, Page, PurchaseRecord, RefundDueRecord, SetAsideRecord, Store, StoreError,
    Stored, Subject, SubjectKey, WatchedRecord,
};
use async_trait::async_trait;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use rusqlite::{Connection, Row, named_params, params};
use rusqlite_migration::{M, Migrations};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const STEPS: &[M<'_>] = &[
    M::up(include_str!("migrations/01-accounts-and-ledger.sql")),
    M::up(include_str!("migrations/02-entries-by-time.sql")),
    M::up(include_str!("migrations/03-reconciler.sql")),
    M::up(include_str!("migrations/04-leases.sql")),
    M::up(include_str!("migrations/05-one-index-of-entries.sql")),
];
const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// The version that this program makes.
pub fn newest() -> usize {
    STEPS.len()
}

/// How long a writer of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What the one connection that writes may have more of: 64 MiB of pages in memory, undo notes of savepoints in memory
/// too, and up to 32 MiB of log between two checkpoints, so that a page that many changes touch is copied once.
const WRITER_PRAGMAS: [(&str, i64); 3] =
    [("cache_size", -65_536), ("temp_store", 2), ("wal_autocheckpoint", 8192)];
/// How many open connections are kept for reading.
const READERS_KEPT: usize = 4;

/// The store on a SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Option<Arc<Writer>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    figures: Figures,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl SqliteStore {
    /// Opens the file, or makes it, and brings its schema up to date.
    ///
    /// # Errors
    /// In words, if it cannot be opened for writing or is not a database of this program.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mut connection = connect(path).map_err(|error| plainly(&error))?;
        MIGRATIONS.to_latest(&mut connection).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => plainly(&err),
            rusqlite_migration::Error::MigrationDefinition(_) => {
                "it was written by a newer version of tokenwell-server".to_owned()
            }
            other => other.to_string(),
        })?;
        // A file serves one service, so whoever had taken work is gone; if not, it is done twice, which is as good.
        // That this is written also finds out now, rather than at the first change, whether the file became read-only.
        connection
            .execute_batch(
                "BEGIN IMMEDIATE; UPDATE settings SET value = value;
                 UPDATE inbox SET leased_until = 0 WHERE state = 'waiting';
                 UPDATE checkouts SET leased_until = 0 WHERE next_check_at IS NOT NULL;
                 UPDATE subscriptions SET leased_until = 0 WHERE next_check_at IS NOT NULL;
                 UPDATE chores SET leased_until = 0; COMMIT",
            )
            .map_err(|error| plainly(&error))?;
        for (name, value) in WRITER_PRAGMAS {
            connection.pragma_update(None, name, value).map_err(|error| plainly(&error))?;
        }
        let figures = Figures::default();
        let (writer, thread) =
            Writer::start(connection, figures.clone()).map_err(|error| error.to_string())?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Some(Arc::new(writer))),
            thread: Mutex::new(Some(thread)),
            figures,
            readers: Arc::default(),
        })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let writer = writer.ok_or_else(|| StoreError::Failed("the store is closed".to_owned()))?;
        paced(writer.write(work)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || {
            let kept = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => connect(&path)?,
            };
            let outcome = work(&connection);
            let mut readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS_KEPT {
                readers.push(connection);
            }
            outcome
        });
        paced(read).await.map_err(|error| StoreError::Failed(error.to_string()))?
    }
}

/// In simulations, the turns that the database's answers take come from the seed instead of from threads.
#[cfg(test)]
use crate::simulation::paced;

#[cfg(not(test))]
async fn paced<F: Future>(answer: F) -> F::Output {
    answer.await
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn plainly(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => message.clone().unwrap_or_else(|| code.to_string()),
        other => other.to_string(),
    }
}

impl Columns for Row<'_> {
    fn int(&self, name: &str) -> Stored<Option<i64>> {
        Ok(self.get(name)?)
    }
    fn string(&self, name: &str) -> Stored<Option<String>> {
        Ok(self.get(name)?)
    }
    fn blob(&self, name: &str) -> Stored<Option<Vec<u8>>> {
        Ok(self.get(name)?)
    }
    fn flag(&self, name: &str) -> Stored<bool> {
        Ok(self.get(name)?)
    }
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    connection.prepare_cached(sql)?.query_and_then(params, read)?.collect()
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Stored<T>,
) -> Stored<Option<T>> {
    connection.prepare_cached(sql)?.query(params)?.next()?.map(read).transpose()
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Stored<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// A page of a list that is read newest first.
fn page<T>(
    connection: &Connection,
    sql: &str,
    account: Option<&str>,
    before: Option<i64>,
    limit: u32,
    read: impl Fn(&dyn Columns) -> Stored<T>,
) -> Stored<Page<T>> {
    let rows = params![before.unwrap_or(i64::MAX), limit + 1, account];
    let items = all(connection, sql, rows, |row| Ok((row.get("seq")?, read(row)?)))?;
    Ok(records::page(items, limit))
}

/// Entries of one account never go back in time, so their order in time is that of the ledger.
fn entries(
    connection: &Connection,
    account: &str,
    filter: &EntryFilter,
    before: Option<i64>,
    limit: u32,
) -> Stored<Page<EntryRecord>> {
    let from = filter.from.map_or(i64::MIN, ms);
    let last = filter.until.map_or(i64::MAX, |until| ms(until) - 1);
    let some_of = |words: Vec<String>| if words.is_empty() { Ok(None) } else { json(words).map(Some) };
    let buckets = filter.buckets.iter().map(word).collect::<Stored<_>>()?;
    let (buckets, kinds) = (some_of(buckets)?, some_of(filter.kinds.clone())?);
    let params = params![account, from, last, before.unwrap_or(i64::MAX), buckets, kinds, limit + 1];
    let items = all(
        connection,
        // One upper bound, so that no page is looked for through those before it.
        "SELECT * FROM entries WHERE account_id = ?1
             AND at BETWEEN ?2 AND min(?3, coalesce((SELECT at FROM entries WHERE seq = ?4), ?3)) AND seq < ?4
             AND (?5 IS NULL OR bucket IN (SELECT value FROM json_each(?5)))
             AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))
         ORDER BY at DESC, seq DESC LIMIT ?7",
        params,
        |row| Ok((row.get("seq")?, records::entry(row)?)),
    )?;
    Ok(records::page(items, limit))
}

fn insert_entries(connection: &Connection, account: &str, entries: &[EntryRecord]) -> Stored<()> {
    for entry in entries {
        run(
            connection,
            "INSERT INTO entries (account_id, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                account,
                entry.id,
                ms(entry.at),
                entry.kind,
                word(entry.bucket)?,
                entry.amount,
                entry.balance_after.0,
                entry.reason,
                entry.reference,
                entry.entry
            ],
        )?;
    }
    Ok(())
}

fn put_purchase(connection: &Connection, purchase: &PurchaseRecord) -> Stored<()> {
    run(
        connection,
        "INSERT INTO purchases (id, account_id, status, pack_id, pack_name, quantity, tokens, amount, currency,
             tax_included, session_id, checkout_url, expires_at, payment_intent_id, receipt_url, created_at)
         VALUES (:id, :account, :status, :pack_id, :pack_name, :quantity, :tokens, :amount, :currency,
             :tax_included, :session, :checkout_url, :expires_at, :payment_intent, :receipt_url, :created_at)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, session_id = excluded.session_id,
             checkout_url = excluded.checkout_url, expires_at = excluded.expires_at,
             payment_intent_id = excluded.payment_intent_id, receipt_url = excluded.receipt_url",
        named_params! {
            ":id": purchase.id,
            ":account": purchase.account,
            ":status": word(purchase.status)?,
            ":pack_id": purchase.pack_id,
            ":pack_name": purchase.pack_name,
            ":quantity": purchase.quantity,
            ":tokens": purchase.tokens.0,
            ":amount": purchase.amount.0,
            ":currency": purchase.currency,
            ":tax_included": purchase.tax_included,
            ":session": purchase.session,
            ":checkout_url": purchase.checkout_url,
            ":expires_at": purchase.expires_at.map(ms),
            ":payment_intent": purchase.payment_intent,
            ":receipt_url": purchase.receipt_url,
            ":created_at": ms(purchase.created_at),
        },
    )?;
    Ok(())
}

fn put_refund_due(connection: &Connection, refund: &RefundDueRecord) -> Stored<()> {
    run(
        connection,
        "INSERT INTO refunds_due (id, account_id, purchase_id, session_id, payment_id, amount, currency, why, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        params![
            refund.id,
            refund.account,
            refund.purchase,
            refund.session,
            refund.payment,
            refund.amount.0,
            refund.currency,
            refund.why,
            ms(refund.created_at)
        ],
    )?;
    Ok(())
}

/// Keeps an answer, or completes one whose work was under way.
fn put_answer(connection: &Connection, answer: &AnswerRecord) -> Stored<()> {
    let AnswerScope { caller, account, route, key } = &answer.scope;
    let (status, body) = answer.answer.clone().unzip();
    let kept = run(
        connection,
        "INSERT INTO answers (caller, account_id, route, key, body_digest, status, body, purchase_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE answers.status IS NULL AND excluded.status IS NOT NULL
                 AND answers.body_digest = excluded.body_digest",
        params![caller, account, route, key, answer.body_digest, status, body, answer.purchase],
    )?;
    if kept == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

fn put_notice(connection: &Connection, account: &str, notice: &Notice, at: Timestamp) -> Stored<()> {
    let (kind, data) = records::notice_parts(notice);
    run(
        connection,
        "INSERT INTO notices (account_id, kind, data, at) VALUES (?, ?, ?, ?)",
        params![account, kind, data, ms(at)],
    )?;
    Ok(())
}

fn put_chore(connection: &Connection, chore: &Chore) -> Stored<()> {
    run(
        connection,
        "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
        params![chore.id, records::chore_kind(chore.kind), chore.object, chore.attempts],
    )?;
    Ok(())
}

fn commit(connection: &Connection, change: &Change, state: &str) -> Stored<()> {
    let current = run(
        connection,
        "UPDATE accounts SET revision = revision + 1, state = ? WHERE id = ? AND revision = ? AND deleted_at IS NULL",
        params![state, change.account, change.revision],
    )?;
    if current == 0 {
        return Err(StoreError::Conflict);
    }
    insert_entries(connection, &change.account, &change.entries)?;
    for purchase in &change.purchases {
        put_purchase(connection, purchase)?;
    }
    for hold in &change.holds {
        run(connection, "INSERT INTO holds (id, account_id) VALUES (?, ?)", params![hold, change.account])?;
    }
    for (session, first_check) in &change.checkouts {
        run(
            connection,
            "INSERT INTO checkouts (session_id, account_id, next_check_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![session, change.account, ms(*first_check)],
        )?;
    }
    for (subscription, next_check) in &change.subscriptions {
        run(
            connection,
            "INSERT INTO subscriptions (id, account_id, next_check_at) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET next_check_at = iif(excluded.next_check_at IS NULL, NULL, next_check_at)",
            params![subscription, change.account, next_check.map(ms)],
        )?;
    }
    for refund in &change.refunds_due {
        put_refund_due(connection, refund)?;
    }
    for chore in &change.chores {
        put_chore(connection, chore)?;
    }
    if let Some(deleted_at) = change.deleted_at {
        erase(connection, &change.account, deleted_at)?;
    }
    for answer in &change.answers {
        put_answer(connection, answer)?;
    }
    for notice in &change.notices {
        put_notice(connection, &change.account, notice, change.at)?;
    }
    Ok(())
}

/// Rule 18: what is personal goes; the ledger and what it is about stay under the account's random id.
fn erase(connection: &Connection, account: &str, deleted_at: Timestamp) -> Stored<()> {
    run(
        connection,
        "UPDATE accounts SET deleted_at = ?, email = NULL, customer_id = NULL WHERE id = ?",
        params![ms(deleted_at), account],
    )?;
    run(
        connection,
        "UPDATE subjects SET account_id = NULL, deleted_at = ? WHERE account_id = ?",
        params![ms(deleted_at), account],
    )?;
    run(
        connection,
        "UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = ?",
        params![account],
    )?;
    run(connection, "DELETE FROM answers WHERE account_id = ?", params![account])?;
    run(connection, "DELETE FROM notices WHERE account_id = ?", params![account])?;
    Ok(())
}

fn account(connection: &Connection, id: &str) -> Stored<Option<AccountRecord>> {
    one(connection, "SELECT * FROM accounts WHERE id = ?", [id], |row| records::account(row))
}

fn answer(connection: &Connection, scope: &AnswerScope) -> Stored<Option<AnswerRecord>> {
    let AnswerScope { caller, account, route, key } = scope;
    one(
        connection,
        "SELECT * FROM answers WHERE account_id = ? AND caller = ? AND route = ? AND key = ?",
        [account, caller, route, key],
        |row| records::answer(row),
    )
}

const PURCHASES: &str = "SELECT * FROM purchases";
const ACCOUNTS: &str = "SELECT * FROM accounts";

#[async_trait]
impl Store for SqliteStore {
    async fn setting(&self, name: &'static str, fresh: Vec<u8>) -> Stored<Vec<u8>> {
        self.write(move |db| {
            run(
                db,
                "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                params![name, fresh],
            )?;
            let kept = one(db, "SELECT value FROM settings WHERE name = ?", [name], |row| Ok(row.get(0)?))?;
            Ok(kept.unwrap_or_default())
        })
        .await
    }

    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> Stored<()> {
        self.write(move |db| {
            run(db, "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", params![name, value])
                .map(drop)
        })
        .await
    }

    async fn subject(&self, key: SubjectKey) -> Stored<Subject> {
        self.read(move |db| {
            let known =
                one(db, "SELECT * FROM subjects WHERE subject = ?", [key.0], |row| records::subject(row))?;
            Ok(known.unwrap_or_default())
        })
        .await
    }

    async fn open_account(&self, account: NewAccount) -> Stored<String> {
        self.write(move |db| {
            let there =
                one(db, "SELECT account_id FROM subjects WHERE subject = ?", [account.subject.0], |row| {
                    row.string("account_id")
                })?;
            if let Some(Some(id)) = there {
                return Ok(id);
            }
            run(
                db,
                "INSERT INTO accounts (id, revision, email, state, created_at) VALUES (?, 0, ?, ?, ?)",
                params![account.id, account.email, json(&account.state)?, ms(account.at)],
            )?;
            run(
                db,
                "INSERT INTO subjects (subject, account_id) VALUES (?, ?)
                 ON CONFLICT (subject) DO UPDATE SET account_id = excluded.account_id",
                params![account.subject.0, account.id],
            )?;
            insert_entries(db, &account.id, &account.entries)?;
            Ok(account.id)
        })
        .await
    }

    async fn account(&self, id: &str) -> Stored<Option<AccountRecord>> {
        let id = id.to_owned();
        self.read(move |db| account(db, &id)).await
    }

    async fn account_and_answers(
        &self,
        id: &str,
        scopes: Vec<AnswerScope>,
    ) -> Stored<Option<(AccountRecord, Vec<AnswerRecord>)>> {
        let id = id.to_owned();
        self.read(move |db| {
            let Some(account) = account(db, &id)? else { return Ok(None) };
            let mut answers = Vec::new();
            for scope in &scopes {
                answers.extend(answer(db, scope)?);
            }
            Ok(Some((account, answers)))
        })
        .await
    }

    async fn accounts_of_email(&self, email: &str) -> Stored<Vec<AccountRecord>> {
        let email = email.to_owned();
        self.read(move |db| {
            all(
                db,
                &format!("{ACCOUNTS} WHERE email = ? COLLATE NOCASE ORDER BY created_at LIMIT 200"),
                [email],
                |row| records::account(row),
            )
        })
        .await
    }

    async fn account_of_customer(&self, customer: &str) -> Stored<Option<String>> {
        let customer = customer.to_owned();
        self.read(move |db| {
            one(db, "SELECT id FROM accounts WHERE customer_id = ?", [customer], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn set_email(&self, account: &str, email: &str) -> Stored<()> {
        let (account, email) = (account.to_owned(), email.to_owned());
        self.write(move |db| {
            run(
                db,
                "UPDATE accounts SET email = ? WHERE id = ? AND deleted_at IS NULL",
                params![email, account],
            )
            .map(drop)
        })
        .await
    }

    async fn claim_customer(&self, account: &str, customer: &str) -> Stored<String> {
        let (account, customer) = (account.to_owned(), customer.to_owned());
        self.write(move |db| {
            run(
                db,
                "UPDATE accounts SET customer_id = ? WHERE id = ? AND customer_id IS NULL AND deleted_at IS NULL",
                params![customer, account],
            )?;
            let kept = one(db, "SELECT customer_id FROM accounts WHERE id = ?", [account], |row| {
                row.string("customer_id")
            })?;
            // No customer means that the account was deleted meanwhile.
            kept.flatten().ok_or(StoreError::Conflict)
        })
        .await
    }

    async fn commit(&self, change: Change) -> Stored<()> {
        // Not in the one thread that writes, whose time is the dearest.
        let state = json(&change.state)?;
        self.write(move |db| commit(db, &change, &state)).await
    }

    async fn answer(&self, scope: &AnswerScope) -> Stored<Option<AnswerRecord>> {
        let scope = scope.clone();
        self.read(move |db| answer(db, &scope)).await
    }

    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Stored<Page<EntryRecord>> {
        let (account, filter) = (account.to_owned(), filter.clone());
        self.read(move |db| entries(db, &account, &filter, before, limit)).await
    }

    async fn last_entry(&self, account: &str, at: Timestamp) -> Stored<Option<EntryRecord>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql =
                "SELECT * FROM entries WHERE account_id = ? AND at <= ? ORDER BY at DESC, seq DESC LIMIT 1";
            one(db, sql, params![account, ms(at)], |row| records::entry(row))
        })
        .await
    }

    async fn purchase(&self, id: &str) -> Stored<Option<PurchaseRecord>> {
        let id = id.to_owned();
        self.read(move |db| one(db, &format!("{PURCHASES} WHERE id = ?"), [id], |row| records::purchase(row)))
            .await
    }

    async fn purchase_of_payment(&self, payment_intent: &str) -> Stored<Option<PurchaseRecord>> {
        let payment = payment_intent.to_owned();
        self.read(move |db| {
            one(db, &format!("{PURCHASES} WHERE payment_intent_id = ?"), [payment], |row| {
                records::purchase(row)
            })
        })
        .await
    }

    async fn purchase_of_session(&self, session: &str) -> Stored<Option<PurchaseRecord>> {
        let session = session.to_owned();
        self.read(move |db| {
            one(db, &format!("{PURCHASES} WHERE session_id = ?"), [session], |row| records::purchase(row))
        })
        .await
    }

    async fn purchases(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Stored<Page<PurchaseRecord>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = format!("{PURCHASES} WHERE account_id = ?3 AND seq < ?1 ORDER BY seq DESC LIMIT ?2");
            page(db, &sql, Some(&account), before, limit, records::purchase)
        })
        .await
    }

    async fn purchases_after(&self, seq: i64, limit: u32) -> Stored<Vec<(i64, PurchaseRecord)>> {
        self.read(move |db| {
            let sql = format!("{PURCHASES} WHERE seq > ? AND session_id IS NOT NULL ORDER BY seq LIMIT ?");
            all(db, &sql, params![seq, limit], |row| Ok((row.get("seq")?, records::purchase(row)?)))
        })
        .await
    }

    async fn account_of_hold(&self, hold: &str) -> Stored<Option<String>> {
        let hold = hold.to_owned();
        self.read(move |db| {
            one(db, "SELECT account_id FROM holds WHERE id = ?", [hold], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> Stored<bool> {
        let id = id.to_owned();
        self.write(move |db| {
            let new = run(
                db,
                "INSERT INTO inbox (id, body, received_at, state, next_try_at) VALUES (?, ?, ?, 'waiting', 0)
                 ON CONFLICT DO NOTHING",
                params![id, body, ms(at)],
            )?;
            Ok(new == 1)
        })
        .await
    }

    async fn take_events(&self, lease: Lease, limit: u32) -> Stored<Vec<InboxRecord>> {
        self.write(move |db| {
            let due = all(
                db,
                "SELECT id, body, attempts FROM inbox
                 WHERE state = 'waiting' AND next_try_at <= ?1 AND leased_until <= ?1
                 ORDER BY next_try_at, received_at LIMIT ?2",
                params![ms(lease.now), limit],
                |row| records::event(row),
            )?;
            for event in &due {
                let sql = "UPDATE inbox SET leased_until = ? WHERE id = ?";
                run(db, sql, params![ms(lease.until), event.id])?;
            }
            Ok(due)
        })
        .await
    }

    async fn event_done(&self, id: &str) -> Stored<()> {
        let id = id.to_owned();
        self.write(move |db| run(db, "UPDATE inbox SET state = 'done' WHERE id = ?", [id]).map(drop)).await
    }

    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            run(
                db,
                "UPDATE inbox SET attempts = attempts + 1, last_error = ?, next_try_at = ?, leased_until = 0
                 WHERE id = ? AND state = 'waiting'",
                params![error, ms(next_try), id],
            )
            .map(drop)
        })
        .await
    }

    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> Stored<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            run(
                db,
                "UPDATE inbox SET attempts = attempts + 1, last_error = ?, state = 'set_aside', set_aside_at = ?,
                     set_aside_seq = (SELECT ifnull(max(set_aside_seq), 0) + 1 FROM inbox WHERE state = 'set_aside')
                 WHERE id = ? AND state = 'waiting'",
                params![error, ms(at), id],
            )
            .map(drop)
        })
        .await
    }

    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> Stored<Page<SetAsideRecord>> {
        self.read(move |db| {
            // The third parameter is the account in other lists.
            let sql = "SELECT *, set_aside_seq AS seq FROM inbox
                 WHERE state = 'set_aside' AND set_aside_seq < ?1 AND ?3 IS NULL
                 ORDER BY set_aside_seq DESC LIMIT ?2";
            page(db, sql, None, before, limit, records::set_aside)
        })
        .await
    }

    async fn event_set_aside(&self, id: &str) -> Stored<Option<SetAsideRecord>> {
        let id = id.to_owned();
        self.read(move |db| {
            one(db, "SELECT * FROM inbox WHERE id = ? AND state = 'set_aside'", [id], |row| {
                records::set_aside(row)
            })
        })
        .await
    }

    async fn retry_event(&self, id: &str, answer: AnswerRecord) -> Stored<()> {
        let id = id.to_owned();
        self.write(move |db| {
            let waits = run(
                db,
                "UPDATE inbox SET state = 'waiting', attempts = 0, next_try_at = 0, leased_until = 0,
                     set_aside_seq = NULL, set_aside_at = NULL
                 WHERE id = ? AND state = 'set_aside'",
                [id],
            )?;
            if waits == 0 { Err(StoreError::Conflict) } else { put_answer(db, &answer) }
        })
        .await
    }

    async fn inbox(&self) -> Stored<Inbox> {
        self.read(|db| Ok(one(db, records::INBOX, [], |row| records::inbox(row))?.unwrap_or_default())).await
    }

    async fn take_checkouts(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>> {
        self.write(move |db| {
            let due = all(
                db,
                "SELECT session_id AS id, checks FROM checkouts WHERE next_check_at <= ?1 AND leased_until <= ?1
                 ORDER BY next_check_at LIMIT ?2",
                params![ms(lease.now), limit],
                |row| records::watched(row),
            )?;
            for checkout in &due {
                let sql = "UPDATE checkouts SET leased_until = ? WHERE session_id = ?";
                run(db, sql, params![ms(lease.until), checkout.id])?;
            }
            Ok(due)
        })
        .await
    }

    async fn check_all_checkouts(&self, now: Timestamp) -> Stored<()> {
        self.write(move |db| {
            run(db, "UPDATE checkouts SET next_check_at = ?1 WHERE next_check_at > ?1", [ms(now)]).map(drop)
        })
        .await
    }

    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> Stored<()> {
        let session = session.to_owned();
        self.write(move |db| {
            run(
                db,
                "UPDATE checkouts SET checks = checks + 1, next_check_at = ?, leased_until = 0
                 WHERE session_id = ?",
                params![next_check.map(ms), session],
            )
            .map(drop)
        })
        .await
    }

    async fn checkout_is_known(&self, session: &str) -> Stored<bool> {
        let session = session.to_owned();
        self.read(move |db| {
            let known = one(db, "SELECT 1 FROM checkouts WHERE session_id = ?", [session], |_| Ok(()))?;
            Ok(known.is_some())
        })
        .await
    }

    async fn checkouts_of(&self, account: &str) -> Stored<Vec<String>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT session_id FROM checkouts WHERE account_id = ? AND next_check_at IS NOT NULL";
            all(db, sql, [account], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> Stored<Vec<WatchedRecord>> {
        self.write(move |db| {
            let sql = "SELECT id, checks FROM subscriptions WHERE next_check_at <= ?1 AND leased_until <= ?1
                 ORDER BY next_check_at LIMIT ?2";
            let due = all(db, sql, params![ms(lease.now), limit], |row| records::watched(row))?;
            for subscription in &due {
                let sql = "UPDATE subscriptions SET leased_until = ? WHERE id = ?";
                run(db, sql, params![ms(lease.until), subscription.id])?;
            }
            Ok(due)
        })
        .await
    }

    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> Stored<()> {
        let id = id.to_owned();
        self.write(move |db| {
            run(
                db,
                "UPDATE subscriptions SET checks = checks + 1, next_check_at = ?, leased_until = 0 WHERE id = ?",
                params![next_check.map(ms), id],
            )
            .map(drop)
        })
        .await
    }

    async fn subscription_is_known(&self, id: &str) -> Stored<bool> {
        let id = id.to_owned();
        self.read(move |db| {
            Ok(one(db, "SELECT 1 FROM subscriptions WHERE id = ?", [id], |_| Ok(()))?.is_some())
        })
        .await
    }

    async fn subscriptions_after(&self, id: &str, limit: u32) -> Stored<Vec<String>> {
        let id = id.to_owned();
        self.read(move |db| {
            let sql =
                "SELECT id FROM subscriptions WHERE id > ? AND next_check_at IS NOT NULL ORDER BY id LIMIT ?";
            all(db, sql, params![id, limit], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn take_chores(&self, lease: Lease, limit: u32) -> Stored<Vec<Chore>> {
        self.write(move |db| {
            let sql = "SELECT * FROM chores WHERE next_try_at <= ?1 AND leased_until <= ?1
                 ORDER BY next_try_at LIMIT ?2";
            let due = all(db, sql, params![ms(lease.now), limit], |row| records::chore(row))?;
            for chore in &due {
                let sql = "UPDATE chores SET leased_until = ? WHERE id = ?";
                run(db, sql, params![ms(lease.until), chore.id])?;
            }
            Ok(due)
        })
        .await
    }

    async fn chore_done(&self, id: &str) -> Stored<()> {
        let id = id.to_owned();
        self.write(move |db| run(db, "DELETE FROM chores WHERE id = ?", [id]).map(drop)).await
    }

    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> Stored<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            run(
                db,
                "UPDATE chores SET attempts = attempts + 1, last_error = ?, next_try_at = ?, leased_until = 0
                 WHERE id = ?",
                params![error, ms(next_try), id],
            )
            .map(drop)
        })
        .await
    }

    async fn next_due(&self) -> Stored<Option<Timestamp>> {
        self.read(move |db| {
            let next = one(
                db,
                "SELECT min(at) AS at FROM (
                     SELECT min(max(next_try_at, leased_until)) AS at FROM inbox WHERE state = 'waiting'
                     UNION ALL SELECT min(max(next_check_at, leased_until)) FROM checkouts
                         WHERE next_check_at IS NOT NULL
                     UNION ALL SELECT min(max(next_check_at, leased_until)) FROM subscriptions
                         WHERE next_check_at IS NOT NULL
                     UNION ALL SELECT min(max(next_try_at, leased_until)) FROM chores)",
                [],
                |row| (row as &dyn Columns).maybe_time("at"),
            )?;
            Ok(next.flatten())
        })
        .await
    }

    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> Stored<Page<RefundDueRecord>> {
        self.read(move |db| {
            // The third parameter is the account in other lists.
            let sql = "SELECT * FROM refunds_due WHERE resolved_at IS NULL AND seq < ?1 AND ?3 IS NULL
                 ORDER BY seq DESC LIMIT ?2";
            page(db, sql, None, before, limit, records::refund_due)
        })
        .await
    }

    async fn refund_due(&self, id: &str) -> Stored<Option<RefundDueRecord>> {
        let id = id.to_owned();
        self.read(move |db| {
            one(db, "SELECT * FROM refunds_due WHERE id = ?", [id], |row| records::refund_due(row))
        })
        .await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> Stored<()> {
        self.write(move |db| put_refund_due(db, &refund)).await
    }

    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        answer: AnswerRecord,
    ) -> Stored<()> {
        let (id, note) = (id.to_owned(), note.to_owned());
        self.write(move |db| {
            let resolved = run(
                db,
                "UPDATE refunds_due SET resolved_at = ?, note = ? WHERE id = ? AND resolved_at IS NULL",
                params![ms(at), note, id],
            )?;
            if resolved == 0 { Err(StoreError::Conflict) } else { put_answer(db, &answer) }
        })
        .await
    }

    async fn notices_after(&self, account: &str, seq: i64) -> Stored<Vec<(i64, Notice)>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT * FROM notices WHERE account_id = ? AND seq > ? ORDER BY seq LIMIT 1000";
            all(db, sql, params![account, seq], |row| records::notice(row))
        })
        .await
    }

    async fn last_notice(&self, _account: &str) -> Stored<i64> {
        self.read(move |db| {
            // The last of all accounts will do, since one thread writes them in order. It is there also when notices
            // were tidied away: numbers are never used twice.
            let last =
                one(db, "SELECT seq FROM sqlite_sequence WHERE name = 'notices'", [], |row| Ok(row.get(0)?))?;
            Ok(last.unwrap_or_default())
        })
        .await
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn last_notices(&self, _accounts: Vec<String>) -> Stored<Vec<(String, i64)>> {
        Ok(Vec::new())
    }

    async fn tidy(&self, before: Timestamp) -> Stored<()> {
        self.write(move |db| {
            run(db, "DELETE FROM notices WHERE at < ?", [ms(before)])?;
            run(db, "DELETE FROM checkouts WHERE next_check_at IS NULL", [])?;
            run(db, "UPDATE inbox SET body = NULL WHERE state = 'done' AND received_at < ?", [ms(before)])?;
            run(
                db,
                "UPDATE purchases SET status = 'expired' WHERE status = 'open' AND session_id IS NULL AND created_at < ?",
                [ms(before)],
            )?;
            Ok(())
        })
        .await
    }

    async fn ready(&self) -> Stored<()> {
        self.write(|db| run(db, "UPDATE settings SET value = value WHERE name = ''", []).map(drop)).await
    }

    fn register(&self, registry: &mut Registry) {
        self.figures.register(registry);
    }

    async fn close(&self) {
        drop(self.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It has committed what it was given; a panic in it was logged when it happened.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_from_before_the_reconciler_has_its_live_subscriptions_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.sqlite");
        let mut connection = connect(&path).unwrap();
        MIGRATIONS.to_version(&mut connection, 2).unwrap();
        connection
            .execute_batch(
                r#"INSERT INTO accounts (id, revision, state, created_at) VALUES ('a', 0, '{"subscriptions": [
                       {"id": "sub_live", "snapshot": {"ended_at": null}},
                       {"id": "sub_paid_only", "snapshot": null},
                       {"id": "sub_ended", "snapshot": {"ended_at": "2026-01-01T00:00:00Z"}}]}', 0);
                   INSERT INTO inbox (id, body, received_at, state, next_try_at)
                   VALUES ('evt_1', x'7b7d', 7, 'set_aside', 0), ('evt_2', x'7b7d', 8, 'set_aside', 0)"#,
            )
            .unwrap();
        drop(connection);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.subscriptions_after("", 10).await.unwrap(), ["sub_live", "sub_paid_only"]);
        let page = store.events_set_aside(None, 1).await.unwrap();
        assert_eq!(page.items[0].id, "evt_2");
        assert_eq!(store.events_set_aside(page.next, 1).await.unwrap().items[0].id, "evt_1");
        store.close().await;
    }
}
