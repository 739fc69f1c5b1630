//! Work that waits, on SQLite.

use super::inserts::put_idempotency_record;
use super::query::{all, known_words, one, page, run};
use super::store::SqliteStore;
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::IdempotencyRecord;
use crate::store::lists::Page;
use crate::store::rows::{self, Columns, ms};
use crate::store::work::{
    Chore, ChoreKind, Inbox, InboxRecord, Lease, PollRecord, SetAsideRecord, WorkStore,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::sync::LazyLock;

/// Reads the rows that are due by `select`, whose parameters are the present and the limit, and leases each by `lease_one`,
/// whose parameters are the end of the lease and the row's id.
fn take<T>(
    connection: &Connection,
    (select, lease_one): (&str, &str),
    lease: Lease,
    limit: u32,
    read: impl Fn(&dyn Columns) -> StoreResult<T>,
    id: impl Fn(&T) -> &str,
) -> StoreResult<Vec<T>> {
    let due = all(connection, select, params![ms(lease.now), limit], |row| read(row))?;
    for taken in &due {
        run(connection, lease_one, params![ms(lease.until), id(taken)])?;
    }
    Ok(due)
}

const TAKE_EVENTS: (&str, &str) = (
    "SELECT id, body, attempts FROM inbox
     WHERE state = 'waiting' AND next_try_at <= ?1 AND leased_until <= ?1
     ORDER BY next_try_at, received_at LIMIT ?2",
    "UPDATE inbox SET leased_until = ? WHERE id = ?",
);
const TAKE_CHECKOUTS: (&str, &str) = (
    "SELECT session_id AS id, checks FROM checkouts WHERE next_check_at <= ?1 AND leased_until <= ?1
     ORDER BY next_check_at LIMIT ?2",
    "UPDATE checkouts SET leased_until = ? WHERE session_id = ?",
);
const TAKE_SUBSCRIPTIONS: (&str, &str) = (
    "SELECT id, checks FROM subscriptions WHERE next_check_at <= ?1 AND leased_until <= ?1
     ORDER BY next_check_at LIMIT ?2",
    "UPDATE subscriptions SET leased_until = ? WHERE id = ?",
);
const EVENT_DONE: &str = "UPDATE inbox SET state = 'done' WHERE id = ? AND state = 'waiting'";
/// Chores of other kinds were enqueued by a newer version, and wait for it.
static DUE_CHORES: LazyLock<String> = LazyLock::new(|| {
    let known = known_words::<ChoreKind>();
    format!(
        "SELECT * FROM chores WHERE next_try_at <= ?1 AND leased_until <= ?1 AND kind IN ({known})
         ORDER BY next_try_at LIMIT ?2"
    )
});
const LEASE_CHORE: &str = "UPDATE chores SET leased_until = ? WHERE id = ?";
static NEXT_DUE: LazyLock<String> = LazyLock::new(|| {
    let known = known_words::<ChoreKind>();
    format!(
        "SELECT min(at) AS at FROM (
             SELECT min(max(next_try_at, leased_until)) AS at FROM inbox WHERE state = 'waiting'
             UNION ALL SELECT min(max(next_check_at, leased_until)) FROM checkouts WHERE next_check_at IS NOT NULL
             UNION ALL SELECT min(max(next_check_at, leased_until)) FROM subscriptions
                 WHERE next_check_at IS NOT NULL
             UNION ALL SELECT min(max(next_try_at, leased_until)) FROM chores WHERE kind IN ({known}))"
    )
});

#[async_trait]
impl WorkStore for SqliteStore {
    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> StoreResult<bool> {
        let id = id.to_owned();
        self.write(move |db| {
            let sql =
                "INSERT INTO inbox (id, body, received_at, state, next_try_at) VALUES (?, ?, ?, 'waiting', 0)
                 ON CONFLICT DO NOTHING";
            Ok(run(db, sql, params![id, body, ms(at)])? == 1)
        })
        .await
    }

    async fn take_events(&self, lease: Lease, limit: u32) -> StoreResult<Vec<InboxRecord>> {
        self.write(move |db| take(db, TAKE_EVENTS, lease, limit, rows::event, |event| &event.id)).await
    }

    async fn event_done(&self, id: &str) -> StoreResult<()> {
        let id = id.to_owned();
        self.write(move |db| run(db, EVENT_DONE, [id]).map(drop)).await
    }

    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            let sql =
                "UPDATE inbox SET attempts = attempts + 1, last_error = ?, next_try_at = ?, leased_until = 0
                 WHERE id = ? AND state = 'waiting'";
            run(db, sql, params![error, ms(next_try), id]).map(drop)
        })
        .await
    }

    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> StoreResult<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            let sql =
                "UPDATE inbox SET attempts = attempts + 1, last_error = ?, state = 'set_aside', set_aside_at = ?,
                     set_aside_seq = (SELECT ifnull(max(set_aside_seq), 0) + 1 FROM inbox WHERE state = 'set_aside')
                 WHERE id = ? AND state = 'waiting'";
            run(db, sql, params![error, ms(at), id]).map(drop)
        })
        .await
    }

    async fn list_set_aside(&self, id: &str, body: Vec<u8>, why: &str, at: Timestamp) -> StoreResult<()> {
        let (id, why) = (id.to_owned(), why.to_owned());
        self.write(move |db| {
            let sql = "INSERT INTO inbox (id, body, received_at, state, next_try_at, last_error, set_aside_at, set_aside_seq)
                 VALUES (?1, ?2, ?4, 'set_aside', 0, ?3, ?4,
                     (SELECT ifnull(max(set_aside_seq), 0) + 1 FROM inbox WHERE state = 'set_aside'))
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body, state = 'set_aside', attempts = inbox.attempts + 1,
                     last_error = excluded.last_error, set_aside_at = excluded.set_aside_at,
                     set_aside_seq = excluded.set_aside_seq
                 WHERE inbox.state <> 'set_aside'";
            run(db, sql, params![id, body, why, ms(at)]).map(drop)
        })
        .await
    }

    async fn inbox(&self) -> StoreResult<Inbox> {
        self.read(|db| Ok(one(db, rows::INBOX, [], |row| rows::inbox(row))?.unwrap_or_default())).await
    }

    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<SetAsideRecord>> {
        self.read(move |db| {
            // This list is not of one account, so the third parameter is NULL.
            let sql = "SELECT *, set_aside_seq AS seq FROM inbox
                 WHERE state = 'set_aside' AND set_aside_seq < ?1 AND ?3 IS NULL
                 ORDER BY set_aside_seq DESC LIMIT ?2";
            page(db, sql, None, before, limit, rows::set_aside)
        })
        .await
    }

    async fn event_set_aside(&self, id: &str) -> StoreResult<Option<SetAsideRecord>> {
        let id = id.to_owned();
        self.read(move |db| {
            let sql = "SELECT * FROM inbox WHERE id = ? AND state = 'set_aside'";
            one(db, sql, [id], |row| rows::set_aside(row))
        })
        .await
    }

    async fn retry_event(&self, id: &str, record: IdempotencyRecord) -> StoreResult<()> {
        let id = id.to_owned();
        self.write(move |db| {
            let sql = "UPDATE inbox SET state = 'waiting', attempts = 0, next_try_at = 0, leased_until = 0,
                     set_aside_seq = NULL, set_aside_at = NULL
                 WHERE id = ? AND state = 'set_aside'";
            let waits = run(db, sql, [id])?;
            if waits == 0 { Err(StoreError::Conflict) } else { put_idempotency_record(db, &record) }
        })
        .await
    }

    async fn take_checkouts(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>> {
        self.write(move |db| take(db, TAKE_CHECKOUTS, lease, limit, rows::poll, |checkout| &checkout.id))
            .await
    }

    async fn check_all_checkouts(&self, now: Timestamp) -> StoreResult<()> {
        self.write(move |db| {
            run(db, "UPDATE checkouts SET next_check_at = ?1 WHERE next_check_at > ?1", [ms(now)]).map(drop)
        })
        .await
    }

    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> StoreResult<()> {
        let session = session.to_owned();
        self.write(move |db| {
            let sql = "UPDATE checkouts SET checks = checks + 1, next_check_at = ?, leased_until = 0
                 WHERE session_id = ?";
            run(db, sql, params![next_check.map(ms), session]).map(drop)
        })
        .await
    }

    async fn checkout_is_known(&self, session: &str) -> StoreResult<bool> {
        let session = session.to_owned();
        self.read(move |db| {
            let known = one(db, "SELECT 1 FROM checkouts WHERE session_id = ?", [session], |_| Ok(()))?;
            Ok(known.is_some())
        })
        .await
    }

    async fn checkouts_of(&self, account: &str) -> StoreResult<Vec<String>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT session_id FROM checkouts WHERE account_id = ? AND next_check_at IS NOT NULL";
            all(db, sql, [account], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn plan_checkouts_of(&self, account: &str) -> StoreResult<Vec<(String, String)>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT session_id, plan_price_id FROM checkouts
                 WHERE account_id = ? AND next_check_at IS NOT NULL AND plan_price_id IS NOT NULL";
            all(db, sql, [account], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    async fn open_purchases_of(&self, account: &str) -> StoreResult<u32> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT count(*) FROM purchases WHERE account_id = ? AND status = 'open'";
            Ok(one(db, sql, [account], |row| Ok(row.get(0)?))?.unwrap_or_default())
        })
        .await
    }

    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>> {
        self.write(move |db| {
            take(db, TAKE_SUBSCRIPTIONS, lease, limit, rows::poll, |subscription| &subscription.id)
        })
        .await
    }

    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> StoreResult<()> {
        let id = id.to_owned();
        self.write(move |db| {
            let sql =
                "UPDATE subscriptions SET checks = checks + 1, next_check_at = ?, leased_until = 0 WHERE id = ?";
            run(db, sql, params![next_check.map(ms), id]).map(drop)
        })
        .await
    }

    async fn account_of_subscription(&self, id: &str) -> StoreResult<Option<String>> {
        let id = id.to_owned();
        self.read(move |db| {
            one(db, "SELECT account_id FROM subscriptions WHERE id = ?", [id], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn subscriptions_after(&self, id: &str, limit: u32) -> StoreResult<Vec<String>> {
        let id = id.to_owned();
        self.read(move |db| {
            let sql =
                "SELECT id FROM subscriptions WHERE id > ? AND next_check_at IS NOT NULL ORDER BY id LIMIT ?";
            all(db, sql, params![id, limit], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn take_chores(&self, lease: Lease, limit: u32) -> StoreResult<Vec<Chore>> {
        self.write(move |db| {
            take(db, (&DUE_CHORES, LEASE_CHORE), lease, limit, rows::chore, |chore| &chore.id)
        })
        .await
    }

    async fn chore_done(&self, id: &str) -> StoreResult<()> {
        let id = id.to_owned();
        self.write(move |db| run(db, "DELETE FROM chores WHERE id = ?", [id]).map(drop)).await
    }

    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.write(move |db| {
            let sql =
                "UPDATE chores SET attempts = attempts + 1, last_error = ?, next_try_at = ?, leased_until = 0
                 WHERE id = ?";
            run(db, sql, params![error, ms(next_try), id]).map(drop)
        })
        .await
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        self.read(move |db| {
            let next = one(db, &NEXT_DUE, [], |row| (row as &dyn Columns).maybe_time("at"))?;
            Ok(next.flatten())
        })
        .await
    }

    async fn tidy(&self, before: Timestamp) -> StoreResult<()> {
        self.write(move |db| {
            run(db, "DELETE FROM notices WHERE at < ?", [ms(before)])?;
            run(db, "DELETE FROM checkouts WHERE next_check_at IS NULL", [])?;
            run(db, "UPDATE inbox SET body = NULL WHERE state = 'done' AND received_at < ?", [ms(before)])?;
            let sql = "UPDATE purchases SET status = 'expired'
                 WHERE status = 'open' AND session_id IS NULL AND created_at < ?";
            run(db, sql, [ms(before)])?;
            Ok(())
        })
        .await
    }
}
