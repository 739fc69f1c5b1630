//! Changes of accounts on SQLite.

use super::accounts::account;
use super::inserts::{
    insert_entries, put_checkout, put_chore, put_idempotency_record, put_notice, put_purchase,
    put_refund_due, put_subscription,
};
use super::query::{one, run};
use super::store::SqliteStore;
use crate::store::accounts::AccountRecord;
use crate::store::changes::{Change, ChangeStore};
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::{IdempotencyRecord, IdempotencyScope};
use crate::store::rows::{self, json, ms};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

fn idempotency_record(
    connection: &Connection,
    scope: &IdempotencyScope,
) -> StoreResult<Option<IdempotencyRecord>> {
    let IdempotencyScope { caller, account, route, key } = scope;
    one(
        connection,
        "SELECT * FROM idempotency_records WHERE account_id = ? AND caller = ? AND route = ? AND key = ?",
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
        put_refund_due(connection, refund)?;
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
    let sql = "UPDATE accounts SET deleted_at = ?, email = NULL, email_verified = 0, customer_id = NULL WHERE id = ?";
    run(connection, sql, params![at, account])?;
    let sql = "UPDATE subjects SET account_id = NULL, deleted_at = ? WHERE account_id = ?";
    run(connection, sql, params![at, account])?;
    let sql = "UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = ?";
    run(connection, sql, params![account])?;
    run(connection, "DELETE FROM idempotency_records WHERE account_id = ?", params![account])?;
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
