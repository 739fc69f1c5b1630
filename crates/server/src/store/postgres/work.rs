//! Work that waits, on PostgreSQL. Rows that another worker is just taking are skipped.

use super::connection::retrying;
use super::inserts::run_once;
use super::statement::{Column, sql};
use super::store::{PostgresStore, one_more};
use crate::base::spelling::Spelled;
use crate::store::error::StoreResult;
use crate::store::idempotency::IdempotencyRecord;
use crate::store::lists::Page;
use crate::store::rows::{self, words};
use crate::store::work::{
    Chore, ChoreKind, Inbox, InboxRecord, Lease, PollRecord, SetAsideRecord, WorkStore,
};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl WorkStore for PostgresStore {
    async fn receive(&self, id: &str, body: Vec<u8>, at: Timestamp) -> StoreResult<bool> {
        let sql =
            "INSERT INTO inbox (id, body, received_at, state, next_try_at) VALUES ($1, $2, $3, 'waiting', 0)
             ON CONFLICT DO NOTHING RETURNING 1";
        Ok(!self.run(sql!(sql, id, body, at)).await?.is_empty())
    }

    async fn take_events(&self, lease: Lease, limit: u32) -> StoreResult<Vec<InboxRecord>> {
        let sql = "WITH due AS (
                 SELECT id FROM inbox WHERE state = 'waiting' AND next_try_at <= $1 AND leased_until <= $1
                 ORDER BY next_try_at, received_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE inbox SET leased_until = $2 FROM due WHERE inbox.id = due.id
                 RETURNING inbox.id, body, attempts, next_try_at, received_at
             ) SELECT * FROM taken ORDER BY next_try_at, received_at";
        self.all(sql!(sql, lease.now, lease.until, limit), rows::event).await
    }

    async fn event_done(&self, id: &str) -> StoreResult<()> {
        let sql = "UPDATE inbox SET state = 'done' WHERE id = $1 AND state = 'waiting'";
        self.run(sql!(sql, id)).await.map(drop)
    }

    async fn event_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()> {
        let sql =
            "UPDATE inbox SET attempts = attempts + 1, last_error = $2, next_try_at = $3, leased_until = 0
             WHERE id = $1 AND state = 'waiting'";
        self.run(sql!(sql, id, error, next_try)).await.map(drop)
    }

    async fn set_event_aside(&self, id: &str, error: &str, at: Timestamp) -> StoreResult<()> {
        let sql = "UPDATE inbox SET attempts = attempts + 1, last_error = $2, state = 'set_aside',
                 set_aside_at = $3, set_aside_seq = nextval('inbox_set_aside')
             WHERE id = $1 AND state = 'waiting'";
        self.run(sql!(sql, id, error, at)).await.map(drop)
    }

    async fn list_set_aside(&self, id: &str, body: Vec<u8>, why: &str, at: Timestamp) -> StoreResult<()> {
        let sql = "INSERT INTO inbox (id, body, received_at, state, next_try_at, last_error, set_aside_at, set_aside_seq)
             VALUES ($1, $2, $4, 'set_aside', 0, $3, $4, nextval('inbox_set_aside'))
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, state = 'set_aside', attempts = inbox.attempts + 1,
                 last_error = excluded.last_error, set_aside_at = excluded.set_aside_at,
                 set_aside_seq = excluded.set_aside_seq
             WHERE inbox.state <> 'set_aside'";
        self.run(sql!(sql, id, body, why, at)).await.map(drop)
    }

    async fn inbox(&self) -> StoreResult<Inbox> {
        Ok(self.one(sql!(rows::INBOX), rows::inbox).await?.unwrap_or_default())
    }

    async fn events_set_aside(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<SetAsideRecord>> {
        let sql = "SELECT *, set_aside_seq AS seq FROM inbox WHERE state = 'set_aside' AND set_aside_seq < $1
             ORDER BY set_aside_seq DESC LIMIT $2";
        let statement = sql!(sql, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, rows::set_aside).await
    }

    async fn event_set_aside(&self, id: &str) -> StoreResult<Option<SetAsideRecord>> {
        let sql = "SELECT * FROM inbox WHERE id = $1 AND state = 'set_aside'";
        self.one(sql!(sql, id), rows::set_aside).await
    }

    async fn retry_event(&self, id: &str, record: IdempotencyRecord) -> StoreResult<()> {
        let sql = "UPDATE inbox SET state = 'waiting', attempts = 0, next_try_at = 0, leased_until = 0,
                 set_aside_seq = NULL, set_aside_at = NULL
             WHERE id = $1 AND state = 'set_aside' RETURNING 1";
        retrying!(run_once(&self.pool, sql!(sql, id), &record).await)
    }

    async fn take_checkouts(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>> {
        let sql = "WITH due AS (
                 SELECT session_id FROM checkouts WHERE next_check_at <= $1 AND leased_until <= $1
                 ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE checkouts SET leased_until = $2 FROM due WHERE checkouts.session_id = due.session_id
                 RETURNING checkouts.session_id AS id, checks, next_check_at
             ) SELECT * FROM taken ORDER BY next_check_at, id";
        self.all(sql!(sql, lease.now, lease.until, limit), rows::poll).await
    }

    async fn check_all_checkouts(&self, now: Timestamp) -> StoreResult<()> {
        let sql = "UPDATE checkouts SET next_check_at = $1 WHERE next_check_at > $1";
        self.run(sql!(sql, now)).await.map(drop)
    }

    async fn checkout_checked(&self, session: &str, next_check: Option<Timestamp>) -> StoreResult<()> {
        let sql = "UPDATE checkouts SET checks = checks + 1, next_check_at = $2, leased_until = 0
             WHERE session_id = $1";
        self.run(sql!(sql, session, next_check)).await.map(drop)
    }

    async fn checkout_is_known(&self, session: &str) -> StoreResult<bool> {
        let sql = "SELECT session_id FROM checkouts WHERE session_id = $1";
        Ok(self.one(sql!(sql, session), |row| row.text("session_id")).await?.is_some())
    }

    async fn checkouts_of(&self, account: &str) -> StoreResult<Vec<String>> {
        let sql = "SELECT session_id FROM checkouts WHERE account_id = $1 AND next_check_at IS NOT NULL";
        self.all(sql!(sql, account), |row| row.text("session_id")).await
    }

    async fn plan_checkouts_of(&self, account: &str) -> StoreResult<Vec<(String, String)>> {
        let sql = "SELECT session_id, plan_price_id FROM checkouts
             WHERE account_id = $1 AND next_check_at IS NOT NULL AND plan_price_id IS NOT NULL";
        self.all(sql!(sql, account), |row| Ok((row.text("session_id")?, row.text("plan_price_id")?))).await
    }

    async fn open_purchases_of(&self, account: &str) -> StoreResult<u32> {
        let sql = "SELECT count(*) AS open FROM purchases WHERE account_id = $1 AND status = 'open'";
        Ok(self.one(sql!(sql, account), |row| row.whole("open")).await?.unwrap_or_default())
    }

    async fn take_subscriptions(&self, lease: Lease, limit: u32) -> StoreResult<Vec<PollRecord>> {
        let sql = "WITH due AS (
                 SELECT id FROM subscriptions WHERE next_check_at <= $1 AND leased_until <= $1
                 ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE subscriptions SET leased_until = $2 FROM due WHERE subscriptions.id = due.id
                 RETURNING subscriptions.id, checks, next_check_at
             ) SELECT * FROM taken ORDER BY next_check_at, id";
        self.all(sql!(sql, lease.now, lease.until, limit), rows::poll).await
    }

    async fn subscription_checked(&self, id: &str, next_check: Option<Timestamp>) -> StoreResult<()> {
        let sql = "UPDATE subscriptions SET checks = checks + 1, next_check_at = $2, leased_until = 0
             WHERE id = $1";
        self.run(sql!(sql, id, next_check)).await.map(drop)
    }

    async fn account_of_subscription(&self, id: &str) -> StoreResult<Option<String>> {
        let sql = "SELECT account_id FROM subscriptions WHERE id = $1";
        self.one(sql!(sql, id), |row| row.text("account_id")).await
    }

    async fn subscriptions_after(&self, id: &str, limit: u32) -> StoreResult<Vec<String>> {
        let sql =
            "SELECT id FROM subscriptions WHERE id > $1 AND next_check_at IS NOT NULL ORDER BY id LIMIT $2";
        self.all(sql!(sql, id, limit), |row| row.text("id")).await
    }

    async fn take_chores(&self, lease: Lease, limit: u32) -> StoreResult<Vec<Chore>> {
        // Chores of other kinds were enqueued by a newer version, and wait for it.
        let sql = "WITH due AS (
                 SELECT id FROM chores WHERE next_try_at <= $1 AND leased_until <= $1 AND kind = ANY($4)
                 ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE chores SET leased_until = $2 FROM due WHERE chores.id = due.id RETURNING chores.*
             ) SELECT * FROM taken ORDER BY next_try_at, id";
        let known = Column(words(ChoreKind::ALL));
        self.all(sql!(sql, lease.now, lease.until, limit, known), rows::chore).await
    }

    async fn chore_done(&self, id: &str) -> StoreResult<()> {
        self.run(sql!("DELETE FROM chores WHERE id = $1", id)).await.map(drop)
    }

    async fn chore_failed(&self, id: &str, error: &str, next_try: Timestamp) -> StoreResult<()> {
        let sql =
            "UPDATE chores SET attempts = attempts + 1, last_error = $2, next_try_at = $3, leased_until = 0
             WHERE id = $1";
        self.run(sql!(sql, id, error, next_try)).await.map(drop)
    }

    async fn next_due(&self) -> StoreResult<Option<Timestamp>> {
        let sql = "SELECT least(
                 (SELECT min(greatest(next_try_at, leased_until)) FROM inbox WHERE state = 'waiting'),
                 (SELECT min(greatest(next_check_at, leased_until)) FROM checkouts WHERE next_check_at IS NOT NULL),
                 (SELECT min(greatest(next_check_at, leased_until)) FROM subscriptions
                     WHERE next_check_at IS NOT NULL),
                 (SELECT min(greatest(next_try_at, leased_until)) FROM chores WHERE kind = ANY($1))) AS at";
        let known = Column(words(ChoreKind::ALL));
        Ok(self.one(sql!(sql, known), |row| row.maybe_time("at")).await?.flatten())
    }

    async fn tidy(&self, before: Timestamp) -> StoreResult<()> {
        self.run(sql!("DELETE FROM notices WHERE at < $1", before)).await?;
        self.run(sql!("DELETE FROM checkouts WHERE next_check_at IS NULL")).await?;
        let sql =
            "UPDATE inbox SET body = NULL WHERE state = 'done' AND body IS NOT NULL AND received_at < $1";
        self.run(sql!(sql, before)).await?;
        let sql = "UPDATE purchases SET status = 'expired'
             WHERE status = 'open' AND session_id IS NULL AND created_at < $1";
        self.run(sql!(sql, before)).await.map(drop)
    }
}
