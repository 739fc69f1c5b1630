//! Writing a change: the account's row first, whose lock every other change of the account waits for, then all that
//! belongs to it. Two round trips, whatever the change holds.

use super::connection::{Failed, Transaction};
use super::statement::{Column, Statement, sql};
use crate::store::records::{chore_kind, json, notice_parts, word};
use crate::store::{
    AnswerRecord, AnswerScope, Change, EntryRecord, NewAccount, PurchaseRecord, RefundDueRecord, StoreError,
};
use deadpool_postgres::Pool;

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Writes a change whole.
pub async fn commit(pool: &Pool, change: &Change) -> Result<(), Failed> {
    let places = i64::try_from(change.entries.len() + change.notices.len()).unwrap_or(i64::MAX);
    let mut first = vec![sql!(
        "UPDATE accounts SET revision = revision + 1, state = $3, last_seq = last_seq + $4
         WHERE id = $1 AND revision = $2 AND deleted_at IS NULL RETURNING last_seq",
        &change.account,
        change.revision,
        json(&change.state)?,
        places,
    )];
    if change.deleted_at.is_some() {
        first.push(sql!("DELETE FROM answers WHERE account_id = $1", &change.account));
    }
    if let Some(answer) = &change.answer {
        first.push(put_answer(answer));
    }
    let (transaction, answered) = Transaction::begin(pool, first).await?;
    let kept = change.answer.is_none() || answered.last().is_some_and(|rows| !rows.is_empty());
    let (Some(account), true) = (answered[0].first(), kept) else {
        transaction.roll_back().await?;
        return Err(Failed::Conflict);
    };
    let last_seq: i64 = account.try_get(0)?;
    transaction.commit(rest(change, last_seq - places)?).await
}

/// What follows the account's row; the places of entries and notices come after `seq`.
fn rest(change: &Change, seq: i64) -> Result<Vec<Statement>, Failed> {
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
        rest.push(sql!(
            "INSERT INTO checkouts (account_id, session_id, next_check_at) SELECT $1, * FROM unnest($2, $3)
             ON CONFLICT DO NOTHING",
            &change.account,
            change.checkouts.iter().map(|(session, _)| session).collect::<Column<_>>(),
            change.checkouts.iter().map(|(_, first_check)| *first_check).collect::<Column<_>>(),
        ));
    }
    for (id, first_check) in &change.subscriptions {
        rest.push(sql!(
            "INSERT INTO subscriptions (account_id, id, next_check_at) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET next_check_at = NULL WHERE excluded.next_check_at IS NULL",
            &change.account,
            id,
            *first_check,
        ));
    }
    rest.extend(change.refunds_due.iter().map(put_refund_due));
    for chore in &change.chores {
        rest.push(sql!(
            "INSERT INTO chores (id, kind, object_id, attempts, next_try_at) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT DO NOTHING",
            &chore.id,
            chore_kind(chore.kind),
            &chore.object,
            chore.attempts,
        ));
    }
    if let Some(deleted_at) = change.deleted_at {
        // Rule 18: what is personal goes; the ledger and what it is about stay under the account's random id.
        rest.push(sql!(
            "UPDATE accounts SET deleted_at = $2, email = NULL, customer_id = NULL WHERE id = $1",
            &change.account,
            deleted_at,
        ));
        rest.push(sql!(
            "UPDATE subjects SET account_id = NULL, deleted_at = $2 WHERE account_id = $1",
            &change.account,
            deleted_at,
        ));
        rest.push(sql!(
            "UPDATE purchases SET checkout_url = NULL, receipt_url = NULL WHERE account_id = $1",
            &change.account,
        ));
        rest.push(sql!("DELETE FROM notices WHERE account_id = $1", &change.account));
    }
    if !change.notices.is_empty() {
        let seq = seq + i64::try_from(change.entries.len()).unwrap_or(i64::MAX);
        let parts: Vec<_> = change.notices.iter().map(notice_parts).collect();
        rest.push(sql!(
            "INSERT INTO notices (account_id, at, seq, kind, data) SELECT $1, $2, $3 + n, kind, data
             FROM unnest($4, $5) WITH ORDINALITY AS told (kind, data, n)",
            &change.account,
            change.at,
            seq,
            parts.iter().map(|(kind, _)| *kind).collect::<Column<_>>(),
            parts.iter().map(|(_, data)| *data).collect::<Column<_>>(),
        ));
    }
    Ok(rest)
}

/// Opens an account; `None` if the subject has one.
pub async fn open_account(pool: &Pool, account: &NewAccount) -> Result<Option<String>, Failed> {
    let first = vec![
        sql!(
            "INSERT INTO accounts (id, revision, last_seq, email, state, created_at) VALUES ($1, 0, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &account.id,
            i64::try_from(account.entries.len()).unwrap_or(i64::MAX),
            account.email.clone(),
            json(&account.state)?,
            account.at,
        ),
        sql!(
            "INSERT INTO subjects (subject, account_id) VALUES ($1, $2)
             ON CONFLICT (subject) DO UPDATE SET account_id = excluded.account_id WHERE subjects.account_id IS NULL
             RETURNING 1",
            account.subject.0,
            &account.id,
        ),
    ];
    let (transaction, answered) = Transaction::begin(pool, first).await?;
    if answered[1].is_empty() {
        transaction.roll_back().await?;
        return Ok(None);
    }
    let entries = if account.entries.is_empty() {
        Vec::new()
    } else {
        vec![insert_entries(&account.id, &account.entries, 0)?]
    };
    transaction.commit(entries).await?;
    Ok(Some(account.id.clone()))
}

/// Does `first`, which must write something, and keeps the answer with it.
pub async fn answered(pool: &Pool, first: Statement, answer: &AnswerRecord) -> Result<(), Failed> {
    let (transaction, answered) = Transaction::begin(pool, vec![first, put_answer(answer)]).await?;
    if answered.iter().any(Vec::is_empty) {
        transaction.roll_back().await?;
        return Err(Failed::Conflict);
    }
    transaction.commit(Vec::new()).await
}

/// Keeps an answer, or completes one whose work was under way; returns no row if another is kept.
fn put_answer(answer: &AnswerRecord) -> Statement {
    let AnswerScope { caller, account, route, key } = &answer.scope;
    let (status, body) = answer.answer.clone().unzip();
    sql!(
        "INSERT INTO answers (caller, account_id, route, key, body_digest, status, body, purchase_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id, caller, route, key) DO UPDATE
             SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE answers.status IS NULL AND excluded.status IS NOT NULL
                 AND answers.body_digest = excluded.body_digest
         RETURNING 1",
        caller,
        account,
        route,
        key,
        answer.body_digest,
        status,
        body,
        answer.purchase.clone(),
    )
}

fn insert_entries(account: &str, entries: &[EntryRecord], seq: i64) -> Result<Statement, Failed> {
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

fn put_purchase(purchase: &PurchaseRecord) -> Result<Statement, Failed> {
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
