//! Common changes of different accounts, written in one statement: one transaction, and one wait for the disk.

use super::connection::once;
use super::inserts::{bind_idempotency_records, count};
use super::query_error::QueryError;
use super::statement::{Column, Statement};
use crate::base::spelling::Spelled;
use crate::store::changes::Change;
use crate::store::rows::{json, notice_parts};
use deadpool_postgres::Pool;
use std::collections::HashSet;
use std::sync::Arc;

/// A row that another transaction has locked is skipped, so that an account that many instances write to delays no other.
const COMMIT: &str = "WITH asked AS (
         SELECT * FROM unnest($1, $2, $3, $4) AS asked (id, revision, state, numbers)
     ), locked AS (
         SELECT id FROM accounts JOIN asked USING (id, revision) WHERE deleted_at IS NULL
         FOR UPDATE OF accounts SKIP LOCKED
     ), written AS (
         UPDATE accounts SET revision = accounts.revision + 1, state = asked.state, last_seq = last_seq + numbers
         FROM asked JOIN locked USING (id) WHERE accounts.id = asked.id
         RETURNING accounts.id AS account_id, last_seq - numbers AS seq
     ), new_entries AS (
         INSERT INTO entries
             (account_id, seq, id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key)
         SELECT account_id, seq + n, id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key
         FROM written JOIN unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             AS e (account_id, n, id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key)
             USING (account_id)
     ), new_records AS (
         INSERT INTO idempotency_records (account_id, caller, route, key, body_digest, status, body, purchase_id)
         SELECT account_id, caller, route, key, body_digest, status, body, purchase_id
         FROM written JOIN unnest($17, $18, $19, $20, $21, $22, $23, $24)
             AS r (account_id, caller, route, key, body_digest, status, body, purchase_id)
             USING (account_id)
     ), new_notices AS (
         INSERT INTO notices (account_id, seq, kind, data, at)
         SELECT account_id, seq + n, kind, data, at
         FROM written JOIN unnest($25, $26, $27, $28, $29) AS t (account_id, n, kind, data, at)
             USING (account_id)
     )
     SELECT account_id FROM written";

/// Whether a change holds only what most changes hold: entries, notices and idempotency records.
pub fn is_common(change: &Change) -> bool {
    let Change { customer, purchases, holds, checkouts, subscriptions, refunds_due, chores, .. } = change;
    change.deletion.is_none()
        && customer.is_none()
        && purchases.is_empty()
        && holds.is_empty()
        && checkouts.is_empty()
        && subscriptions.is_empty()
        && refunds_due.is_empty()
        && chores.is_empty()
}

/// Writes common changes in one statement. Gives back the changes that were not written, each to be written alone: those
/// whose account another transaction has locked or changed, and all of them if the statement fails.
pub async fn commit(pool: &Pool, changes: Vec<Arc<Change>>) -> Vec<Result<(), Arc<Change>>> {
    let mut written = write(pool, &changes).await.unwrap_or_else(|error| {
        tracing::debug!(?error, "a batch of changes failed; each is written alone");
        HashSet::new()
    });
    changes
        .into_iter()
        .map(|change| if written.remove(&change.account) { Ok(()) } else { Err(change) })
        .collect()
}

/// Returns the accounts whose change was written: the first one of each account.
async fn write(pool: &Pool, changes: &[Arc<Change>]) -> Result<HashSet<String>, QueryError> {
    let mut accounts = HashSet::new();
    let changes: Vec<&Change> =
        changes.iter().map(|change| &**change).filter(|change| accounts.insert(&change.account)).collect();
    let statement = bind_accounts(Statement::new(COMMIT), &changes)?;
    let statement = bind_entries(statement, &changes);
    let records = || changes.iter().flat_map(|change| &change.idempotency_records);
    let statement = bind_idempotency_records(statement, records);
    let statement = bind_notices(statement, &changes);
    once(pool, &statement).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Binds four columns: account, revision, state, and how many sequence numbers the change takes.
fn bind_accounts(statement: Statement, changes: &[&Change]) -> Result<Statement, QueryError> {
    let states = changes.iter().map(|change| json(&change.state)).collect::<Result<Vec<_>, _>>()?;
    let numbers = changes.iter().map(|change| count(&change.entries) + count(&change.notices));
    Ok(statement
        .bind(changes.iter().map(|change| &change.account).collect::<Column<_>>())
        .bind(changes.iter().map(|change| change.revision).collect::<Column<_>>())
        .bind(Column(states))
        .bind(numbers.collect::<Column<_>>()))
}

/// Binds twelve columns: account, number within the change, and the entry's own ten.
fn bind_entries(statement: Statement, changes: &[&Change]) -> Statement {
    let entries = || changes.iter().flat_map(|change| &change.entries);
    let accounts = changes.iter().flat_map(|change| change.entries.iter().map(|_| &change.account));
    let numbers = changes.iter().flat_map(|change| 1..=count(&change.entries));
    statement
        .bind(accounts.collect::<Column<_>>())
        .bind(numbers.collect::<Column<_>>())
        .bind(entries().map(|entry| &entry.id).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.at).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.kind.spelling()).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.bucket.spelling()).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.amount).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.balance_after).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.reason.clone()).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.reference.clone()).collect::<Column<_>>())
        .bind(entries().map(|entry| &entry.entry).collect::<Column<_>>())
        .bind(entries().map(|entry| entry.service_key.clone()).collect::<Column<_>>())
}

/// Binds five columns: account, number within the change after its entries, kind, data, and time.
fn bind_notices(statement: Statement, changes: &[&Change]) -> Statement {
    let notices = || {
        changes.iter().flat_map(|change| {
            let first = count(&change.entries) + 1;
            (first..).zip(&change.notices).map(|(number, notice)| (*change, number, notice_parts(notice)))
        })
    };
    statement
        .bind(notices().map(|(change, ..)| &change.account).collect::<Column<_>>())
        .bind(notices().map(|(_, number, _)| number).collect::<Column<_>>())
        .bind(notices().map(|(.., (kind, _))| kind).collect::<Column<_>>())
        .bind(notices().map(|(.., (_, data))| data).collect::<Column<_>>())
        .bind(notices().map(|(change, ..)| change.at).collect::<Column<_>>())
}
