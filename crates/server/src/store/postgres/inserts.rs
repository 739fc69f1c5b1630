//! Statements that insert the rows of records.

use super::connection::Transaction;
use super::query_error::QueryError;
use super::statement::{Column, Statement, sql};
use crate::base::spelling::Spelled;
use crate::store::changes::Change;
use crate::store::idempotency::IdempotencyRecord;
use crate::store::lists::{EntryRecord, PurchaseRecord, RefundDueRecord};
use crate::store::rows::notice_parts;
use crate::store::work::Chore;
use deadpool_postgres::Pool;
use jiff::Timestamp;

/// How many rows, or sequence numbers, these take.
pub fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// Inserts entries of an account, numbered from the one after `seq`.
pub fn insert_entries(account: &str, entries: &[EntryRecord], seq: i64) -> Statement {
    sql!(
        "INSERT INTO entries
             (account_id, seq, id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key)
         SELECT $1, $2 + n, id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key
         FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY
             AS e (id, at, kind, bucket, amount, balance_after, reason, reference, entry, service_key, n)",
        account,
        seq,
        entries.iter().map(|entry| &entry.id).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.at).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.kind.spelling()).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.bucket.spelling()).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.amount).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.balance_after).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.reason.clone()).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.reference.clone()).collect::<Column<_>>(),
        entries.iter().map(|entry| &entry.entry).collect::<Column<_>>(),
        entries.iter().map(|entry| entry.service_key.clone()).collect::<Column<_>>(),
    )
}

pub fn put_purchase(purchase: &PurchaseRecord) -> Statement {
    let charged = purchase.charged.as_ref();
    sql!(
        "INSERT INTO purchases (id, account_id, status, pack_id, pack_name, quantity, tokens, amount, currency,
             tax_included, charged_currency, subtotal, discount, tax, total, session_id, checkout_url, expires_at,
             payment_intent_id, receipt_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, charged_currency = excluded.charged_currency,
             subtotal = excluded.subtotal, discount = excluded.discount, tax = excluded.tax, total = excluded.total,
             session_id = excluded.session_id,
             checkout_url = excluded.checkout_url, expires_at = excluded.expires_at,
             payment_intent_id = excluded.payment_intent_id, receipt_url = excluded.receipt_url",
        &purchase.id,
        &purchase.account,
        purchase.status.spelling(),
        &purchase.pack_id,
        &purchase.pack_name,
        purchase.quantity,
        purchase.tokens,
        purchase.amount,
        &purchase.currency,
        purchase.tax_included,
        charged.map(|charged| charged.currency.clone()),
        charged.map(|charged| charged.subtotal),
        charged.map(|charged| charged.discount),
        charged.map(|charged| charged.tax),
        charged.map(|charged| charged.total),
        purchase.session.clone(),
        purchase.checkout_url.clone(),
        purchase.expires_at,
        purchase.payment_intent.clone(),
        purchase.receipt_url.clone(),
        purchase.created_at,
    )
}

pub fn put_checkouts(change: &Change) -> Statement {
    sql!(
        "INSERT INTO checkouts (account_id, session_id, plan_price_id, next_check_at)
         SELECT $1, * FROM unnest($2, $3, $4) ON CONFLICT DO NOTHING",
        &change.account,
        change.checkouts.iter().map(|checkout| &checkout.session).collect::<Column<_>>(),
        change.checkouts.iter().map(|checkout| checkout.plan_price.clone()).collect::<Column<_>>(),
        change.checkouts.iter().map(|checkout| checkout.first_check).collect::<Column<_>>(),
    )
}

/// A subscription that is known keeps the time of its next look-up, unless it has ended.
pub fn put_subscription(account: &str, id: &str, next_check: Option<Timestamp>) -> Statement {
    sql!(
        "INSERT INTO subscriptions (account_id, id, next_check_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET next_check_at = NULL WHERE excluded.next_check_at IS NULL",
        account,
        id,
        next_check,
    )
}

pub fn put_chore(chore: &Chore) -> Statement {
    sql!(
        "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT DO NOTHING",
        &chore.id,
        chore.kind.spelling(),
        &chore.object,
        chore.attempts,
    )
}

/// Lists a refund that is due, once.
pub fn put_refund_due(refund: &RefundDueRecord) -> Statement {
    sql!(
        "INSERT INTO refunds_due (id, account_id, purchase_id, session_id, payment_id, amount, currency, why, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        &refund.id,
        refund.account.clone(),
        refund.purchase.clone(),
        refund.session.clone(),
        refund.payment.clone(),
        refund.amount,
        &refund.currency,
        &refund.why,
        refund.created_at,
    )
}

pub fn insert_notices(change: &Change, seq: i64) -> Statement {
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
pub fn put_idempotency_records(records: &[IdempotencyRecord]) -> Statement {
    let sql = "INSERT INTO idempotency_records (account_id, caller, route, key, body_digest, status, body, purchase_id)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id, caller, route, key) DO UPDATE
             SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE idempotency_records.status IS NULL AND excluded.status IS NOT NULL
                 AND idempotency_records.body_digest = excluded.body_digest
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
pub async fn run_once(pool: &Pool, first: Statement, record: &IdempotencyRecord) -> Result<(), QueryError> {
    let statements = vec![first, put_idempotency_records(std::slice::from_ref(record))];
    let (transaction, responses) = Transaction::begin(pool, statements).await?;
    if responses.iter().any(Vec::is_empty) {
        transaction.roll_back().await?;
        return Err(QueryError::Conflict);
    }
    transaction.commit(Vec::new()).await
}
