//! Changes of accounts on PostgreSQL: the account's row first, whose lock every other change of the account waits for, then
//! everything that belongs to the change. Two round trips, whatever it holds. Common changes are written in
//! [batches](super::batch).

use super::connection::{Transaction, in_one_round_trip, retrying};
use super::error::DatabaseError;
use super::statement::{Column, Statement, sql};
use super::{PostgresStore, batch, lists};
use crate::base::batch_queue::TooMany;
use crate::store::rows::{self, chore_kind, json, notice_parts, word};
use crate::store::{
    AccountRecord, Change, ChangeStore, Chore, EntryRecord, IdempotencyRecord, IdempotencyScope,
    PurchaseRecord, StoreError, StoreResult,
};
use async_trait::async_trait;
use deadpool_postgres::Pool;
use jiff::Timestamp;

/// How many rows, or sequence numbers, these take.
pub fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// Writes one change.
async fn commit(pool: &Pool, change: &Change) -> Result<(), DatabaseError> {
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
    if change.deleted_at.is_some() {
        first.push(sql!("DELETE FROM answers WHERE account_id = $1", &change.account));
    }
    if !records.is_empty() {
        first.push(put_idempotency_records(records));
    }
    let (transaction, responses) = Transaction::begin(pool, first).await?;
    let stored = records.is_empty() || responses.last().is_some_and(|rows| rows.len() == records.len());
    let (Some(account), true) = (responses[0].first(), stored) else {
        transaction.roll_back().await?;
        return Err(DatabaseError::Conflict);
    };
    let last_seq: i64 = account.try_get(0)?;
    transaction.commit(after_the_account(change, last_seq - numbers)?).await
}

/// The statements that follow the account's row. Entries and notices are numbered from the one after `seq`.
fn after_the_account(change: &Change, seq: i64) -> Result<Vec<Statement>, DatabaseError> {
    let mut rest = Vec::new();
    if !change.entries.is_empty() {
        rest.push(insert_entries(&change.account, &change.entries, seq)?);
    }
    for purchase in &change.purchases {
        rest.push(put_purchase(purchase)?);
    }
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
    rest.extend(change.refunds_due.iter().map(lists::put_refund_due));
    rest.extend(change.chores.iter().map(put_chore));
    if let Some(deleted_at) = change.deleted_at {
        rest.extend(erase(&change.account, deleted_at));
    }
    if !change.notices.is_empty() {
        rest.push(insert_notices(change, seq + count(&change.entries)));
    }
    Ok(rest)
}

/// Inserts entries of an account, numbered from the one after `seq`.
pub fn insert_entries(account: &str, entries: &[EntryRecord], seq: i64) -> Result<Statement, DatabaseError> {
    let buckets = entries.iter().map(|entry| word(entry.bucket)).collect::<Result<Vec<_>, _>>()?;
    Ok(sql!(
        "INSERT INTO entries (account_id, seq, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
         SELECT $1, $2 + n, id, at, kind, bucket, amount, balance_after, reason, reference, entry
         FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
             AS e (id, at, kind, bucket, amount, balance_after, reason, reference, entry, n)",
        account,
        seq,
        entries.iter().map(|entry| &entry.id).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.at).collect::<Column<_>>(),
        entries.iter().map(|entry| &entry.kind).collect::<Column<_>>(),
        Column(buckets),
        entries.iter().map(|entry| entry.amount).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.balance_after).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.reason.clone()).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.reference.clone()).collect::<Column<_>>(),
        entries.iter().map(|entry| &entry.entry).collect::<Column<_>>(),
    ))
}

fn put_purchase(purchase: &PurchaseRecord) -> Result<Statement, DatabaseError> {
    Ok(sql!(
        "INSERT INTO purchases (id, account_id, status, pack_id, pack_name, quantity, tokens, amount, currency,
             tax_included, session_id, checkout_url, expires_at, payment_intent_id, receipt_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, session_id = excluded.session_id,
             checkout_url = excluded.checkout_url, expires_at = excluded.expires_at,
             payment_intent_id = excluded.payment_intent_id, receipt_url = excluded.receipt_url",
        &purchase.id,
        &purchase.account,
        word(purchase.status)?,
        &purchase.pack_id,
        &purchase.pack_name,
        purchase.quantity,
        purchase.tokens,
        purchase.amount,
        &purchase.currency,
        purchase.tax_included,
        purchase.session.clone(),
        purchase.checkout_url.clone(),
        purchase.expires_at,
        purchase.payment_intent.clone(),
        purchase.receipt_url.clone(),
        purchase.created_at,
    ))
}

fn put_checkouts(change: &Change) -> Statement {
    sql!(
        "INSERT INTO checkouts (account_id, session_id, next_check_at) SELECT $1, * FROM unnest($2, $3)
         ON CONFLICT DO NOTHING",
        &change.account,
        change.checkouts.iter().map(|(session, _)| session).collect::<Column<_>>(),
        change.checkouts.iter().map(|(_, first_check)| *first_check).collect::<Column<_>>(),
    )
}

/// A subscription that is known keeps the time of its next look-up, unless it has ended.
fn put_subscription(account: &str, id: &str, next_check: Option<Timestamp>) -> Statement {
    sql!(
        "INSERT INTO subscriptions (account_id, id, next_check_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET next_check_at = NULL WHERE excluded.next_check_at IS NULL",
        account,
        id,
        next_check,
    )
}

fn put_chore(chore: &Chore) -> Statement {
    sql!(
        "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT DO NOTHING",
        &chore.id,
        chore_kind(chore.kind),
        &chore.object,
        chore.attempts,
    )
}

/// Rule 18: erases what is personal. The ledger, and the purchases that it names, stay under the account's random id.
fn erase(account: &str, deleted_at: Timestamp) -> [Statement; 4] {
    [
        sql!(
            "UPDATE accounts SET deleted_at = $2, email = NULL, customer_id = NULL WHERE id = $1",
            account,
            deleted_at,
        ),
        sql!(
            "UPDATE subjects SET account_id = NULL, deleted_at = $2 WHERE account_id = $1",
            account,
            deleted_at
        ),
        sql!("UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = $1", account),
        sql!("DELETE FROM notices WHERE account_id = $1", account),
    ]
}

fn insert_notices(change: &Change, seq: i64) -> Statement {
    let parts: Vec<_> = change.notices.iter().map(notice_parts).collect();
    sql!(
        "INSERT INTO notices (account_id, at, seq, kind, data) SELECT $1, $2, $3 + n, kind, data
         FROM unnest($4, $5) WITH ORDINALITY AS notice (kind, data, n)",
        &change.account,
        change.at,
        seq,
        parts.iter().map(|(kind, _)| *kind).collect::<Column<_>>(),
        parts.iter().map(|(_, data)| *data).collect::<Column<_>>(),
    )
}

/// Stores records, or completes those whose work was under way. Returns no row for a record if another one is stored for
/// its scope.
fn put_idempotency_records(records: &[IdempotencyRecord]) -> Statement {
    let sql = "INSERT INTO answers (account_id, caller, route, key, body_digest, status, body, purchase_id)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id, caller, route, key) DO UPDATE
             SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE answers.status IS NULL AND excluded.status IS NOT NULL
                 AND answers.body_digest = excluded.body_digest
         RETURNING 1";
    bind_idempotency_records(Statement::new(sql), || records.iter())
}

/// Binds eight columns: account, caller, route, key, digest of the body, status, body, purchase.
pub fn bind_idempotency_records<'r, I: Iterator<Item = &'r IdempotencyRecord>>(
    statement: Statement,
    records: impl Fn() -> I,
) -> Statement {
    let (statuses, bodies): (Vec<_>, Vec<_>) =
        records().map(|record| record.response.clone().map(|sent| (sent.status, sent.body)).unzip()).unzip();
    statement
        .bind(records().map(|record| &record.scope.account).collect::<Column<_>>())
        .bind(records().map(|record| &record.scope.caller).collect::<Column<_>>())
        .bind(records().map(|record| &record.scope.route).collect::<Column<_>>())
        .bind(records().map(|record| &record.scope.key).collect::<Column<_>>())
        .bind(records().map(|record| record.body_digest).collect::<Column<_>>())
        .bind(Column(statuses))
        .bind(Column(bodies))
        .bind(records().map(|record| record.purchase.clone()).collect::<Column<_>>())
}

/// Runs `first`, which must return a row, and stores the record with it.
pub async fn run_once(
    pool: &Pool,
    first: Statement,
    record: &IdempotencyRecord,
) -> Result<(), DatabaseError> {
    let statements = vec![first, put_idempotency_records(std::slice::from_ref(record))];
    let (transaction, responses) = Transaction::begin(pool, statements).await?;
    if responses.iter().any(Vec::is_empty) {
        transaction.roll_back().await?;
        return Err(DatabaseError::Conflict);
    }
    transaction.commit(Vec::new()).await
}

#[async_trait]
impl ChangeStore for PostgresStore {
    async fn commit(&self, change: Change) -> StoreResult<()> {
        if !batch::is_common(&change) {
            return retrying!(commit(&self.pool, &change).await);
        }
        let write = |changes| batch::commit(&self.pool, changes);
        match self.queue.ask(change, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(change)) => retrying!(commit(&self.pool, &change).await),
            Err(TooMany) => Err(StoreError::Overloaded),
        }
    }

    async fn idempotency_record(&self, scope: &IdempotencyScope) -> StoreResult<Option<IdempotencyRecord>> {
        let IdempotencyScope { caller, account, route, key } = scope;
        let sql = "SELECT * FROM answers WHERE account_id = $1 AND caller = $2 AND route = $3 AND key = $4";
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
                "SELECT answers.* FROM unnest($2, $3, $4) AS asked (caller, route, key)
                 JOIN answers USING (caller, route, key) WHERE account_id = $1",
                id,
                scopes.iter().map(|scope| &scope.caller).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.route).collect::<Column<_>>(),
                scopes.iter().map(|scope| &scope.key).collect::<Column<_>>(),
            ),
        ];
        let responses = retrying!(match in_one_round_trip(&self.pool, &queries).await {
            Err(DatabaseError::NulInText) => Ok(Vec::new()),
            read => read,
        })?;
        let [account, records] = responses.as_slice() else { return Ok(None) };
        let Some(account) = account.first() else { return Ok(None) };
        let records = records.iter().map(|row| rows::idempotency_record(row)).collect::<StoreResult<_>>()?;
        Ok(Some((rows::account(account)?, records)))
    }
}
