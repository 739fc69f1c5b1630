//! Changes of accounts on SQLite.

use super::accounts::{account, claim_customer};
use super::inserts::{
    insert_entries, put_checkout, put_chore, put_idempotency_record, put_notice, put_purchase,
    put_refund_due, put_subscription,
};
use super::query::{one, run};
use super::store::SqliteStore;
use crate::store::accounts::AccountRecord;
use crate::store::changes::{Change, ChangeStore, Deletion};
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::{IdempotencyRecord, IdempotencyScope};
use crate::store::rows::{self, json, ms};
use async_trait::async_trait;
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
    if let Some(customer) = &change.customer {
        claim_customer(connection, &change.account, customer)?;
    }
    insert_entries(connection, &change.account, &change.entries)?;
    for purchase in &change.purchases {
        put_purchase(connection, purchase)?;
    }
    for hold in &change.holds {
        run(connection, "INSERT INTO holds (id, account_id) VALUES (?, ?)", params![hold, change.account])?;
    }
    for checkout in &change.checkouts {
        put_checkout(connection, &change.account, checkout)?;
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
    if let Some(deletion) = &change.deletion {
        erase(connection, &change.account, deletion)?;
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
fn erase(connection: &Connection, account: &str, deletion: &Deletion) -> StoreResult<()> {
    let at = ms(deletion.at);
    for dispute in deletion.former.disputes() {
        let sql = "INSERT INTO former_disputes (dispute_id, subject) SELECT ?, subject FROM subjects WHERE account_id = ?
             ON CONFLICT DO NOTHING";
        run(connection, sql, params![dispute.as_str(), account])?;
    }
    let sql = "INSERT INTO former_external_ids (external_key, former)
         SELECT external_key, ?2 FROM accounts WHERE id = ?1 AND external_key IS NOT NULL";
    run(connection, sql, params![account, json(deletion.former.without_disputes())?])?;
    let sql = "DELETE FROM refused_claims WHERE ?1 IN (account_id, holder_id)
         OR external_id = (SELECT external_id FROM accounts WHERE id = ?1)";
    run(connection, sql, params![account])?;
    let sql = "UPDATE accounts SET deleted_at = ?, email = NULL, email_verified = 0, customer_id = NULL, name = NULL,
             external_id = NULL, external_key = NULL, import_digest = NULL
         WHERE id = ?";
    run(connection, sql, params![at, account])?;
    let sql = "UPDATE subjects SET account_id = NULL, deleted_at = ?, former = ?, expected = 0, revision = revision + 1
         WHERE account_id = ?";
    run(connection, sql, params![at, json(&deletion.former)?, account])?;
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
