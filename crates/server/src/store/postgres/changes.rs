//! Changes of accounts on PostgreSQL: the account's row first, whose lock every other change of the account waits for, then
//! everything that belongs to the change. Two round trips, whatever it holds. Common changes are written in
//! [batches](super::batch).

use super::accounts::claim_customer;
use super::batch;
use super::connection::{Transaction, in_one_round_trip, retrying};
use super::inserts::{
    count, insert_entries, insert_notices, put_checkouts, put_chore, put_idempotency_records, put_purchase,
    put_refund_due, put_subscription,
};
use super::query_error::QueryError;
use super::statement::{Column, Statement, sql};
use super::store::PostgresStore;
use crate::base::batch_queue::QueueFull;
use crate::store::accounts::AccountRecord;
use crate::store::changes::{Change, ChangeStore, Deletion};
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::{IdempotencyRecord, IdempotencyScope};
use crate::store::rows::{self, json};
use async_trait::async_trait;
use deadpool_postgres::Pool;

/// Writes one change.
async fn commit(pool: &Pool, change: &Change) -> Result<(), QueryError> {
    let records = &change.idempotency_records;
    let numbers = count(&change.entries) + count(&change.notices);
    let mut first = vec![sql!(
        "UPDATE accounts SET revision = revision + 1, state = $3, last_seq = last_seq + $4
         WHERE id = $1 AND revision = $2 AND deleted_at IS NULL RETURNING last_seq",
        &change.account,
        change.revision,
        json(&change.state)?,
        numbers,
    )];
    if change.deletion.is_some() {
        first.push(sql!("DELETE FROM idempotency_records WHERE account_id = $1", &change.account));
    }
    if !records.is_empty() {
        first.push(put_idempotency_records(records));
    }
    let (transaction, responses) = Transaction::begin(pool, first).await?;
    let stored = records.is_empty() || responses.last().is_some_and(|rows| rows.len() == records.len());
    let (Some(account), true) = (responses[0].first(), stored) else {
        transaction.roll_back().await?;
        return Err(QueryError::Conflict);
    };
    let last_seq: i64 = account.try_get(0)?;
    transaction.commit(after_the_account(change, last_seq - numbers)?).await
}

/// The statements that follow the account's row. Entries and notices are numbered from the one after `seq`.
fn after_the_account(change: &Change, seq: i64) -> serde_json::Result<Vec<Statement>> {
    let mut rest = Vec::new();
    if !change.entries.is_empty() {
        rest.push(insert_entries(&change.account, &change.entries, seq));
    }
    rest.extend(change.customer.iter().map(|customer| claim_customer(&change.account, customer)));
    rest.extend(change.purchases.iter().map(put_purchase));
    if !change.holds.is_empty() {
        rest.push(sql!(
            "INSERT INTO holds (account_id, id) SELECT $1, unnest($2)",
            &change.account,
            Column(change.holds.clone()),
        ));
    }
    if !change.checkouts.is_empty() {
        rest.push(put_checkouts(change));
    }
    rest.extend(change.subscriptions.iter().map(|(id, check)| put_subscription(&change.account, id, *check)));
    rest.extend(change.refunds_due.iter().map(put_refund_due));
    rest.extend(change.chores.iter().map(put_chore));
    if let Some(deletion) = &change.deletion {
        rest.extend(erase(&change.account, deletion)?);
    }
    if !change.notices.is_empty() {
        rest.push(insert_notices(change, seq + count(&change.entries)));
    }
    Ok(rest)
}

/// Rule 18: erases what is personal. The ledger, and the purchases that it names, stay under the account's random id.
fn erase(account: &str, deletion: &Deletion) -> serde_json::Result<[Statement; 7]> {
    Ok([
        sql!(
            "INSERT INTO former_disputes (subject, dispute_id)
             SELECT subject, unnest($2) FROM subjects WHERE account_id = $1 ON CONFLICT DO NOTHING",
            account,
            deletion.former.disputes().map(ToString::to_string).collect::<Column<_>>(),
        ),
        sql!(
            "INSERT INTO former_external_ids (external_key, former)
             SELECT external_key, $2 FROM accounts WHERE id = $1 AND external_key IS NOT NULL",
            account,
            json(deletion.former.without_disputes())?,
        ),
        sql!(
            "DELETE FROM refused_claims WHERE $1 IN (account_id, holder_id)
             OR external_id = (SELECT external_id FROM accounts WHERE id = $1)",
            account,
        ),
        sql!(
            "UPDATE accounts SET deleted_at = $2, email = NULL, email_verified = false, customer_id = NULL, name = NULL,
                 external_id = NULL, external_key = NULL, import_digest = NULL
             WHERE id = $1",
            account,
            deletion.at,
        ),
        sql!(
            "UPDATE subjects SET account_id = NULL, deleted_at = $2, former = $3, expected = false, revision = revision + 1
             WHERE account_id = $1",
            account,
            deletion.at,
            json(&deletion.former)?,
        ),
        sql!("UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = $1", account),
        sql!("DELETE FROM notices WHERE account_id = $1", account),
    ])
}

#[async_trait]
impl ChangeStore for PostgresStore {
    async fn commit(&self, change: Change) -> StoreResult<()> {
        if !batch::is_common(&change) {
            return retrying!(commit(&self.pool, &change).await);
        }
        let write = |changes| batch::commit(&self.pool, changes);
        match self.queue.submit(change, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(change)) => retrying!(commit(&self.pool, &change).await),
            Err(QueueFull) => Err(StoreError::Overloaded),
        }
    }

    async fn idempotency_record(&self, scope: &IdempotencyScope) -> StoreResult<Option<IdempotencyRecord>> {
        let IdempotencyScope { caller, account, route, key } = scope;
        let sql = "SELECT * FROM idempotency_records WHERE account_id = $1 AND caller = $2 AND route = $3 AND key = $4";
        self.one(sql!(sql, account, caller, route, key), rows::idempotency_record).await
    }

    async fn account_and_idempotency_records(
        &self,
        id: &str,
        scopes: Vec<IdempotencyScope>,
    ) -> StoreResult<Option<(AccountRecord, Vec<IdempotencyRecord>)>> {
        let queries = [
            sql!("SELECT * FROM accounts WHERE id = $1", id),
            sql!(
                "SELECT idempotency_records.* FROM unnest($2, $3, $4) AS asked (caller, route, key)
                 JOIN idempotency_records USING (caller, route, key) WHERE account_id = $1",
                id,
                scopes.iter().map(|scope| &scope.caller).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.route).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.key).collect::<Column<_>>(),
            ),
        ];
        let responses = retrying!(match in_one_round_trip(&self.pool, &queries).await {
            Err(QueryError::NulInText) => Ok(Vec::new()),
            read => read,
        })?;
        let [account, records] = responses.as_slice() else { return Ok(None) };
        let Some(account) = account.first() else { return Ok(None) };
        let records = records.iter().map(|row| rows::idempotency_record(row)).collect::<StoreResult<_>>()?;
        Ok(Some((rows::account(account)?, records)))
    }
}
