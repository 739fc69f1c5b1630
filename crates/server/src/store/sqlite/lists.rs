//! Lists on SQLite.

use super::inserts::{put_idempotency_record, put_refund_due};
use super::query::{all, known_words, one, page, run};
use super::store::SqliteStore;
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::IdempotencyRecord;
use crate::store::lists::{
    ChangeNotice, EntryFilter, EntryRecord, ListStore, NoticeKind, Page, PurchaseRecord, RefundDueRecord,
};
use crate::store::rows::{self, json, ms};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::sync::LazyLock;

/// Reads a page of entries. Entries of one account never go back in time, so their order in time is that of the ledger.
fn entries(
    connection: &Connection,
    account: &str,
    filter: &EntryFilter,
    before: Option<i64>,
    limit: u32,
) -> StoreResult<Page<EntryRecord>> {
    let from = filter.from.map_or(i64::MIN, ms);
    let last = filter.until.map_or(i64::MAX, |until| ms(until) - 1);
    let some_of = |words: Vec<&str>| if words.is_empty() { Ok(None) } else { json(words).map(Some) };
    let buckets = some_of(rows::words(&filter.buckets))?;
    let kinds = some_of(rows::words(&filter.kinds))?;
    let params = params![account, from, last, before.unwrap_or(i64::MAX), buckets, kinds, limit + 1];
    let items = all(
        connection,
        // One upper bound in time: a late page is found in the index, without a scan over the pages before it.
        "SELECT * FROM entries WHERE account_id = ?1
             AND at BETWEEN ?2 AND min(?3, coalesce((SELECT at FROM entries WHERE seq = ?4), ?3)) AND seq < ?4
             AND (?5 IS NULL OR bucket IN (SELECT value FROM json_each(?5)))
             AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))
         ORDER BY at DESC, seq DESC LIMIT ?7",
        params,
        |row| Ok((row.get("seq")?, rows::entry(row)?)),
    )?;
    Ok(rows::page(items, limit))
}

/// Notices of other kinds were written by a newer version, for its own streams.
static NOTICES_AFTER: LazyLock<String> = LazyLock::new(|| {
    let known = known_words::<NoticeKind>();
    format!(
        "SELECT * FROM notices WHERE account_id = ? AND seq > ? AND kind IN ({known}) ORDER BY seq LIMIT 1000"
    )
});

impl SqliteStore {
    async fn purchase_by(&self, sql: &'static str, value: &str) -> StoreResult<Option<PurchaseRecord>> {
        let value = value.to_owned();
        self.read(move |db| one(db, sql, [value], |row| rows::purchase(row))).await
    }
}

const RESOLVE_REFUND_DUE: &str =
    "UPDATE refunds_due SET resolved_at = ?, note = ? WHERE id = ? AND resolved_at IS NULL";

#[async_trait]
impl ListStore for SqliteStore {
    async fn entries(
        &self,
        account: &str,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<EntryRecord>> {
        let (account, filter) = (account.to_owned(), filter.clone());
        self.read(move |db| entries(db, &account, &filter, before, limit)).await
    }

    async fn last_entries(
        &self,
        account: &str,
        instants: &[Timestamp],
    ) -> StoreResult<Vec<Option<EntryRecord>>> {
        let (account, instants) = (account.to_owned(), instants.to_vec());
        self.read(move |db| {
            let sql =
                "SELECT * FROM entries WHERE account_id = ? AND at <= ? ORDER BY at DESC, seq DESC LIMIT 1";
            let last = |at: &Timestamp| one(db, sql, params![account, ms(*at)], |row| rows::entry(row));
            instants.iter().map(last).collect()
        })
        .await
    }

    async fn purchase(&self, id: &str) -> StoreResult<Option<PurchaseRecord>> {
        self.purchase_by("SELECT * FROM purchases WHERE id = ?", id).await
    }

    async fn purchase_of_payment(&self, payment_intent: &str) -> StoreResult<Option<PurchaseRecord>> {
        self.purchase_by("SELECT * FROM purchases WHERE payment_intent_id = ?", payment_intent).await
    }

    async fn purchase_of_session(&self, session: &str) -> StoreResult<Option<PurchaseRecord>> {
        self.purchase_by("SELECT * FROM purchases WHERE session_id = ?", session).await
    }

    async fn purchases(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<Page<PurchaseRecord>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT * FROM purchases WHERE account_id = ?3 AND seq < ?1 ORDER BY seq DESC LIMIT ?2";
            page(db, sql, Some(&account), before, limit, rows::purchase)
        })
        .await
    }

    async fn purchases_after(&self, seq: i64, limit: u32) -> StoreResult<Vec<(i64, PurchaseRecord)>> {
        self.read(move |db| {
            let sql = "SELECT * FROM purchases WHERE seq > ? AND session_id IS NOT NULL ORDER BY seq LIMIT ?";
            all(db, sql, params![seq, limit], |row| Ok((row.get("seq")?, rows::purchase(row)?)))
        })
        .await
    }

    async fn refunds_due(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefundDueRecord>> {
        self.read(move |db| {
            // This list is not of one account, so the third parameter is NULL.
            let sql = "SELECT * FROM refunds_due WHERE resolved_at IS NULL AND seq < ?1 AND ?3 IS NULL
                 ORDER BY seq DESC LIMIT ?2";
            page(db, sql, None, before, limit, rows::refund_due)
        })
        .await
    }

    async fn refund_due(&self, id: &str) -> StoreResult<Option<RefundDueRecord>> {
        let id = id.to_owned();
        self.read(move |db| {
            one(db, "SELECT * FROM refunds_due WHERE id = ?", [id], |row| rows::refund_due(row))
        })
        .await
    }

    async fn list_refund_due(&self, refund: RefundDueRecord) -> StoreResult<()> {
        self.write(move |db| put_refund_due(db, &refund)).await
    }

    async fn withdraw_refund_due(&self, id: &str, note: &str, at: Timestamp) -> StoreResult<()> {
        let (id, note) = (id.to_owned(), note.to_owned());
        self.write(move |db| run(db, RESOLVE_REFUND_DUE, params![ms(at), note, id]).map(drop)).await
    }

    async fn resolve_refund_due(
        &self,
        id: &str,
        note: &str,
        at: Timestamp,
        record: IdempotencyRecord,
    ) -> StoreResult<()> {
        let (id, note) = (id.to_owned(), note.to_owned());
        self.write(move |db| {
            let resolved = run(db, RESOLVE_REFUND_DUE, params![ms(at), note, id])?;
            if resolved == 0 { Err(StoreError::Conflict) } else { put_idempotency_record(db, &record) }
        })
        .await
    }

    async fn notices_after(&self, account: &str, seq: i64) -> StoreResult<Vec<(i64, ChangeNotice)>> {
        let account = account.to_owned();
        self.read(move |db| all(db, &NOTICES_AFTER, params![account, seq], |row| rows::notice(row))).await
    }

    async fn last_notice(&self, _account: &str) -> StoreResult<i64> {
        self.read(move |db| {
            // One thread numbers the notices of all accounts in order, so the last number of all will do. SQLite keeps it
            // when notices are deleted, and uses no number twice.
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'notices'";
            Ok(one(db, sql, [], |row| Ok(row.get(0)?))?.unwrap_or_default())
        })
        .await
    }

    async fn last_notices(&self, _accounts: Vec<String>) -> StoreResult<Vec<(String, i64)>> {
        Ok(Vec::new())
    }
}
