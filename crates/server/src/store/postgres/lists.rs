//! Lists on PostgreSQL.

use super::connection::retrying;
use super::inserts::{put_refund_due, run_once};
use super::statement::{Column, sql};
use super::store::{PostgresStore, one_more};
use crate::base::spelling::Spelled;
use crate::store::error::StoreResult;
use crate::store::idempotency::IdempotencyRecord;
use crate::store::lists::{
    ChangeNotice, EntryFilter, EntryRecord, ListStore, NoticeKind, Page, PurchaseRecord, RefundDueRecord,
};
use crate::store::rows::{self, words};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;

#[async_trait]
impl ListStore for PostgresStore {
    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<EntryRecord>> {
        let some_of = |words: Vec<&'static str>| (!words.is_empty()).then_some(Column(words));
        // Entries of one account never go back in time, so a range of time is a range of sequence numbers.
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
            some_of(words(&filter.buckets)),
            some_of(words(&filter.kinds)),
            one_more(limit),
        );
        self.page(statement, limit, rows::entry).await
    }

    async fn last_entries(
        &self,
        account: &str,
        instants: &[Timestamp],
    ) -> StoreResult<Vec<Option<EntryRecord>>> {
        let sql = "SELECT number - 1 AS index, last.*
             FROM unnest($2) WITH ORDINALITY AS asked (instant, number) CROSS JOIN LATERAL (
                 SELECT * FROM entries WHERE account_id = $1 AND at <= instant ORDER BY at DESC, seq DESC LIMIT 1
             ) AS last";
        let statement = sql!(sql, account, Column(instants.to_vec()));
        let found = self.all(statement, |row| Ok((row.whole("index")?, rows::entry(row)?))).await?;
        let mut found: HashMap<usize, EntryRecord> = found.into_iter().collect();
        Ok((0..instants.len()).map(|index| found.remove(&index)).collect())
    }

    async fn purchase(&self, id: &str) -> StoreResult<Option<PurchaseRecord>> {
        self.one(sql!("SELECT * FROM purchases WHERE id = $1", id), rows::purchase).await
    }

    async fn purchase_of_payment(&self, payment_intent: &str) -> StoreResult<Option<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE payment_intent_id = $1";
        self.one(sql!(sql, payment_intent), rows::purchase).await
    }

    async fn purchase_of_session(&self, session: &str) -> StoreResult<Option<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE session_id = $1";
        self.one(sql!(sql, session), rows::purchase).await
    }

    async fn purchases(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<PurchaseRecord>> {
        let sql = "SELECT * FROM purchases WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
        let statement = sql!(sql, account, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, rows::purchase).await
    }

    async fn purchases_after(&self, seq: i64, limit: u32) -> StoreResult<Vec<(i64, PurchaseRecord)>> {
        let sql = "SELECT * FROM purchases WHERE seq > $1 AND session_id IS NOT NULL ORDER BY seq LIMIT $2";
        self.all(sql!(sql, seq, limit), |row| Ok((row.whole("seq")?, rows::purchase(row)?))).await
    }

    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefundDueRecord>> {
        let sql =
            "SELECT * FROM refunds_due WHERE resolved_at IS NULL AND seq < $1 ORDER BY seq DESC LIMIT $2";
        let statement = sql!(sql, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, rows::refund_due).await
    }

    async fn refund_due(&self, id: &str) -> StoreResult<Option<RefundDueRecord>> {
        self.one(sql!("SELECT * FROM refunds_due WHERE id = $1", id), rows::refund_due).await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> StoreResult<()> {
        self.run(put_refund_due(&refund)).await.map(drop)
    }

    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> StoreResult<()> {
        let sql = "UPDATE refunds_due SET resolved_at = $2, note = $3 WHERE id = $1 AND resolved_at IS NULL";
        self.run(sql!(sql, id, at, note)).await.map(drop)
    }

    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        record: IdempotencyRecord,
    ) -> StoreResult<()> {
        let sql = "UPDATE refunds_due SET resolved_at = $2, note = $3 WHERE id = $1 AND resolved_at IS NULL
             RETURNING 1";
        retrying!(run_once(&self.pool, sql!(sql, id, at, note), &record).await)
    }

    async fn notices_after(&self, account: &str, seq: i64) -> StoreResult<Vec<(i64, ChangeNotice)>> {
        // Notices of other kinds were written by a newer version, for its own streams.
        let sql = "SELECT * FROM notices WHERE account_id = $1 AND seq > $2 AND kind = ANY($3)
             ORDER BY seq LIMIT 1000";
        self.all(sql!(sql, account, seq, Column(words(NoticeKind::ALL))), rows::notice).await
    }

    async fn last_notice(&self, account: &str) -> StoreResult<i64> {
        let last = sql!("SELECT last_seq FROM accounts WHERE id = $1", account);
        Ok(self.one(last, |row| row.whole("last_seq")).await?.unwrap_or_default())
    }

    async fn last_notices(&self, accounts: Vec<String>) -> StoreResult<Vec<(String, i64)>> {
        let sql = "SELECT id, last_seq FROM accounts WHERE id = ANY($1)";
        self.all(sql!(sql, Column(accounts)), |row| Ok((row.text("id")?, row.whole("last_seq")?))).await
    }
}
