//! Changes of accounts on SQLite.

use super::accounts::account;
use super::query::{one, run};
use super::{SqliteStore, lists};
use crate::store::rows::{self, json, ms, word};
use crate::store::{
    AccountRecord, Change, ChangeNotice, ChangeStore, Chore, EntryRecord, IdempotencyRecord,
    IdempotencyScope, PurchaseRecord, StoreError, StoreResult,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

/// Inserts entries of an account in their order.
pub fn insert_entries(connection: &Connection, account: &str, entries: &[EntryRecord]) -> StoreResult<()> {
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

fn put_purchase(connection: &Connection, purchase: &PurchaseRecord) -> StoreResult<()> {
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

fn put_checkout(
    connection: &Connection,
    account: &str,
    session: &str,
    first_check: Timestamp,
) -> StoreResult<()> {
    let sql = "INSERT INTO checkouts (session_id, account_id, next_check_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    run(connection, sql, params![session, account, ms(first_check)]).map(drop)
}

/// A subscription that is known keeps the time of its next look-up, unless it has ended.
fn put_subscription(
    connection: &Connection,
    account: &str,
    subscription: &str,
    next_check: Option<Timestamp>,
) -> StoreResult<()> {
    let sql = "INSERT INTO subscriptions (id, account_id, next_check_at) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET next_check_at = iif(excluded.next_check_at IS NULL, NULL, next_check_at)";
    run(connection, sql, params![subscription, account, next_check.map(ms)]).map(drop)
}

fn put_chore(connection: &Connection, chore: &Chore) -> StoreResult<()> {
    let sql = "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES (?, ?, ?, ?, 0)
         ON CONFLICT DO NOTHING";
    let kind = rows::chore_kind(chore.kind);
    run(connection, sql, params![chore.id, kind, chore.object, chore.attempts]).map(drop)
}

fn put_notice(
    connection: &Connection,
    account: &str,
    notice: &ChangeNotice,
    at: Timestamp,
) -> StoreResult<()> {
    let (kind, data) = rows::notice_parts(notice);
    let sql = "INSERT INTO notices (account_id, kind, data, at) VALUES (?, ?, ?, ?)";
    run(connection, sql, params![account, kind, data, ms(at)]).map(drop)
}

/// Stores a record, or completes one whose work was under way.
///
/// # Errors
/// [`StoreError::Conflict`] if another one is stored for its scope.
pub fn put_idempotency_record(connection: &Connection, record: &IdempotencyRecord) -> StoreResult<()> {
    let IdempotencyScope { caller, account, route, key } = &record.scope;
    let (status, body) = record.response.as_ref().map(|sent| (sent.status, &sent.body)).unzip();
    let written = run(
        connection,
        "INSERT INTO answers (caller, account_id, route, key, body_digest, status, body, purchase_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE answers.status IS NULL AND excluded.status IS NOT NULL
                 AND answers.body_digest = excluded.body_digest",
        params![caller, account, route, key, record.body_digest, status, body, record.purchase],
    )?;
    if written == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

fn idempotency_record(
    connection: &Connection,
    scope: &IdempotencyScope,
) -> StoreResult<Option<IdempotencyRecord>> {
    let IdempotencyScope { caller, account, route, key } = scope;
    one(
        connection,
        "SELECT * FROM answers WHERE account_id = ? AND caller = ? AND route = ? AND key = ?",
        [account, caller, route, key],
        |row| rows::idempotency_record(row),
    )
}

fn commit(connection: &Connection, change: &Change, state: &str) -> StoreResult<()> {
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
        put_checkout(connection, &change.account, session, *first_check)?;
    }
    for (subscription, next_check) in &change.subscriptions {
        put_subscription(connection, &change.account, subscription, *next_check)?;
    }
    for refund in &change.refunds_due {
        lists::put_refund_due(connection, refund)?;
    }
    for chore in &change.chores {
        put_chore(connection, chore)?;
    }
    if let Some(deleted_at) = change.deleted_at {
        erase(connection, &change.account, deleted_at)?;
    }
    for record in &change.idempotency_records {
        put_idempotency_record(connection, record)?;
    }
    for notice in &change.notices {
        put_notice(connection, &change.account, notice, change.at)?;
    }
    Ok(())
}

/// Rule 18: erases what is personal. The ledger, and the purchases that it names, stay under the account's random id.
fn erase(connection: &Connection, account: &str, deleted_at: Timestamp) -> StoreResult<()> {
    let at = ms(deleted_at);
    let sql = "UPDATE accounts SET deleted_at = ?, email = NULL, customer_id = NULL WHERE id = ?";
    run(connection, sql, params![at, account])?;
    let sql = "UPDATE subjects SET account_id = NULL, deleted_at = ? WHERE account_id = ?";
    run(connection, sql, params![at, account])?;
    let sql = "UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = ?";
    run(connection, sql, params![account])?;
    run(connection, "DELETE FROM answers WHERE account_id = ?", params![account])?;
    run(connection, "DELETE FROM notices WHERE account_id = ?", params![account])?;
    Ok(())
}

#[async_trait]
impl ChangeStore for SqliteStore {
    async fn commit(&self, change: Change) -> StoreResult<()> {
        // Encoded here, because the time of the one thread that writes is the scarcest.
        let state = json(&change.state)?;
        self.write(move |db| commit(db, &change, &state)).await
    }

    async fn idempotency_record(&self, scope: &IdempotencyScope) -> StoreResult<Option<IdempotencyRecord>> {
        let scope = scope.clone();
        self.read(move |db| idempotency_record(db, &scope)).await
    }

    async fn account_and_idempotency_records(
        &self,
        id: &str,
        scopes: Vec<IdempotencyScope>,
    ) -> StoreResult<Option<(AccountRecord, Vec<IdempotencyRecord>)>> {
        let id = id.to_owned();
        self.read(move |db| {
            let Some(account) = account(db, &id)? else { return Ok(None) };
            let mut records = Vec::new();
            for scope in &scopes {
                records.extend(idempotency_record(db, scope)?);
            }
            Ok(Some((account, records)))
        })
        .await
    }
}
