//! Statements that insert the rows of records.

use super::query::run;
use crate::base::spelling::Spelled;
use crate::store::changes::OpenedCheckout;
use crate::store::error::{StoreError, StoreResult};
use crate::store::idempotency::{IdempotencyRecord, IdempotencyScope};
use crate::store::lists::{ChangeNotice, EntryRecord, PurchaseRecord, RefundDueRecord};
use crate::store::rows::{ms, notice_parts};
use crate::store::work::Chore;
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

/// Inserts entries of an account in their order.
pub fn insert_entries(connection: &Connection, account: &str, entries: &[EntryRecord]) -> StoreResult<()> {
    for entry in entries {
        run(
            connection,
            "INSERT INTO entries (account_id, id, at, kind, bucket, amount, balance_after, reason, reference, entry,
                 service_key)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                account,
                entry.id,
                ms(entry.at),
                entry.kind.spelling(),
                entry.bucket.spelling(),
                entry.amount,
                entry.balance_after.0,
                entry.reason,
                entry.reference,
                entry.entry,
                entry.service_key
            ],
        )?;
    }
    Ok(())
}

pub fn put_purchase(connection: &Connection, purchase: &PurchaseRecord) -> StoreResult<()> {
    let charged = purchase.charged.as_ref();
    run(
        connection,
        "INSERT INTO purchases (id, account_id, status, pack_id, pack_name, quantity, tokens, amount, currency,
             tax_included, charged_currency, subtotal, discount, tax, total, session_id, checkout_url, expires_at,
             payment_intent_id, receipt_url, created_at)
         VALUES (:id, :account, :status, :pack_id, :pack_name, :quantity, :tokens, :amount, :currency,
             :tax_included, :charged_currency, :subtotal, :discount, :tax, :total, :session, :checkout_url, :expires_at,
             :payment_intent, :receipt_url, :created_at)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, charged_currency = excluded.charged_currency,
             subtotal = excluded.subtotal, discount = excluded.discount, tax = excluded.tax, total = excluded.total,
             session_id = excluded.session_id,
             checkout_url = excluded.checkout_url, expires_at = excluded.expires_at,
             payment_intent_id = excluded.payment_intent_id, receipt_url = excluded.receipt_url",
        named_params! {
            ":id": purchase.id,
            ":account": purchase.account,
            ":status": purchase.status.spelling(),
            ":pack_id": purchase.pack_id,
            ":pack_name": purchase.pack_name,
            ":quantity": purchase.quantity,
            ":tokens": purchase.tokens.0,
            ":amount": purchase.amount.0,
            ":currency": purchase.currency,
            ":tax_included": purchase.tax_included,
            ":charged_currency": charged.map(|charged| &charged.currency),
            ":subtotal": charged.map(|charged| charged.subtotal.0),
            ":discount": charged.map(|charged| charged.discount.0),
            ":tax": charged.map(|charged| charged.tax.0),
            ":total": charged.map(|charged| charged.total.0),
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

pub fn put_checkout(
    connection: &Connection,
    account: &str,
    OpenedCheckout { session, plan_price, first_check }: &OpenedCheckout,
) -> StoreResult<()> {
    let sql =
        "INSERT INTO checkouts (session_id, account_id, plan_price_id, next_check_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING";
    run(connection, sql, params![session, account, plan_price, ms(*first_check)]).map(drop)
}

/// A subscription that is known keeps the time of its next look-up, unless it has ended.
pub fn put_subscription(
    connection: &Connection,
    account: &str,
    subscription: &str,
    next_check: Option<Timestamp>,
) -> StoreResult<()> {
    let sql = "INSERT INTO subscriptions (id, account_id, next_check_at) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET next_check_at = iif(excluded.next_check_at IS NULL, NULL, next_check_at)";
    run(connection, sql, params![subscription, account, next_check.map(ms)]).map(drop)
}

pub fn put_chore(connection: &Connection, chore: &Chore) -> StoreResult<()> {
    let sql = "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES (?, ?, ?, ?, 0)
         ON CONFLICT DO NOTHING";
    let kind = chore.kind.spelling();
    run(connection, sql, params![chore.id, kind, chore.object, chore.attempts]).map(drop)
}

pub fn put_notice(
    connection: &Connection,
    account: &str,
    notice: &ChangeNotice,
    at: Timestamp,
) -> StoreResult<()> {
    let (kind, data) = notice_parts(notice);
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
        "INSERT INTO idempotency_records (caller, account_id, route, key, body_digest, status, body, purchase_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE idempotency_records.status IS NULL AND excluded.status IS NOT NULL
                 AND idempotency_records.body_digest = excluded.body_digest",
        params![caller, account, route, key, record.body_digest, status, body, record.purchase],
    )?;
    if written == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// Lists a refund that is due, once.
pub fn put_refund_due(connection: &Connection, refund: &RefundDueRecord) -> StoreResult<()> {
    run(
        connection,
        "INSERT INTO refunds_due (id, account_id, purchase_id, session_id, payment_id, amount, currency, why, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        params![
            refund.id,
            refund.account,
            refund.purchase,
            refund.session,
            refund.payment,
            refund.amount.0,
            refund.currency,
            refund.why,
            ms(refund.created_at)
        ],
    )?;
    Ok(())
}
