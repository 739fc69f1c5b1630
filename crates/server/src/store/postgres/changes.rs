//! Writing a change: the account's row first, whose lock every other change of the account waits for, then all that
//! belongs to it. Two round trips, whatever the change holds; or one for many changes that hold what most do.

use super::connection::{Failed, Transaction, once};
use super::statement::{Column, Statement, sql};
use crate::store::records::{chore_kind, json, notice_parts, word};
use crate::store::{
    AnswerRecord, Change, EntryRecord, NewAccount, PurchaseRecord, RefundDueRecord, StoreError,
};
use deadpool_postgres::Pool;
use std::collections::HashSet;
use std::sync::Arc;

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Writes a change whole.
pub async fn commit(pool: &Pool, change: &Change) -> Result<(), Failed> {
    let places = places(&change.entries) + places(&change.notices);
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
    if !change.answers.is_empty() {
        first.push(put_answers(&change.answers));
    }
    let (transaction, answered) = Transaction::begin(pool, first).await?;
    let kept =
        change.answers.is_empty() || answered.last().is_some_and(|rows| rows.len() == change.answers.len());
    let (Some(account), true) = (answered[0].first(), kept) else {
        transaction.roll_back().await?;
        return Err(Failed::Conflict);
    };
    let last_seq: i64 = account.try_get(0)?;
    transaction.commit(rest(change, last_seq - places)?).await
}

/// Whether it holds what most changes hold, and nothing else.
pub fn is_common(change: &Change) -> bool {
    let Change { purchases, holds, checkouts, subscriptions, refunds_due, chores, .. } = change;
    change.deleted_at.is_none()
        && purchases.is_empty()
        && holds.is_empty()
        && checkouts.is_empty()
        && subscriptions.is_empty()
        && refunds_due.is_empty()
        && chores.is_empty()
}

/// Writes common changes of different accounts in one statement, which is one transaction and one wait for the disk.
/// What cannot be written on the spot is given back, to go alone: a change whose account is locked by another instance,
/// so that it keeps nobody waiting, or changed by it; and all of them, if the statement fails.
pub async fn commit_together(pool: &Pool, changes: Vec<Arc<Change>>) -> Vec<Result<(), Arc<Change>>> {
    let mut written = write_together(pool, &changes).await.unwrap_or_else(|failed| {
        tracing::debug!(?failed, "changes go alone");
        HashSet::new()
    });
    changes
        .into_iter()
        .map(|change| if written.remove(&change.account) { Ok(()) } else { Err(change) })
        .collect()
}

/// Returns the accounts whose change was written: the first of each account.
async fn write_together(pool: &Pool, changes: &[Arc<Change>]) -> Result<HashSet<String>, Failed> {
    let mut accounts = HashSet::new();
    let changes: Vec<&Change> =
        changes.iter().map(|change| &**change).filter(|change| accounts.insert(&change.account)).collect();
    let states = changes.iter().map(|change| json(&change.state)).collect::<Result<Vec<_>, _>>()?;
    let entries =
        || changes.iter().flat_map(|change| (1_i64..).zip(&change.entries).map(|placed| (*change, placed)));
    let buckets = entries().map(|(_, (_, entry))| word(entry.bucket)).collect::<Result<Vec<_>, _>>()?;
    let answers = || changes.iter().flat_map(|change| &change.answers);
    let notices = || {
        changes.iter().flat_map(|change| {
            let first = places(&change.entries) + 1;
            (first..).zip(&change.notices).map(|(place, notice)| (*change, place, notice_parts(notice)))
        })
    };
    let (statuses, bodies): (Vec<_>, Vec<_>) = answers().map(|kept| kept.answer.clone().unzip()).unzip();
    let statement = sql!(
        "WITH asked AS (
             SELECT * FROM unnest($1, $2, $3, $4) AS asked (id, revision, state, places)
         ), taken AS (
             SELECT id FROM accounts JOIN asked USING (id, revision) WHERE deleted_at IS NULL
             FOR UPDATE OF accounts SKIP LOCKED
         ), written AS (
             UPDATE accounts SET revision = accounts.revision + 1, state = asked.state, last_seq = last_seq + places
             FROM asked JOIN taken USING (id) WHERE accounts.id = asked.id
             RETURNING accounts.id AS account_id, last_seq - places AS seq
         ), entered AS (
             INSERT INTO entries
                 (account_id, seq, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
             SELECT account_id, seq + n, id, at, kind, bucket, amount, balance_after, reason, reference, entry
             FROM written JOIN unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                 AS e (account_id, n, id, at, kind, bucket, amount, balance_after, reason, reference, entry)
                 USING (account_id)
         ), answered AS (
             INSERT INTO answers (account_id, caller, route, key, body_digest, status, body, purchase_id)
             SELECT account_id, caller, route, key, body_digest, status, body, purchase_id
             FROM written JOIN unnest($16, $17, $18, $19, $20, $21, $22, $23)
                 AS a (account_id, caller, route, key, body_digest, status, body, purchase_id)
                 USING (account_id)
         ), told AS (
             INSERT INTO notices (account_id, seq, kind, data, at)
             SELECT account_id, seq + n, kind, data, at
             FROM written JOIN unnest($24, $25, $26, $27, $28) AS t (account_id, n, kind, data, at)
                 USING (account_id)
         )
         SELECT account_id FROM written",
        changes.iter().map(|change| &change.account).collect::<Column<_>>(),
        changes.iter().map(|change| change.revision).collect::<Column<_>>(),
        Column(states),
        changes.iter().map(|change| places(&change.entries) + places(&change.notices)).collect::<Column<_>>(),
        entries().map(|(change, _)| &change.account).collect::<Column<_>>(),
        entries().map(|(_, (place, _))| place).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| &entry.id).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| entry.at).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| &entry.kind).collect::<Column<_>>(),
        Column(buckets),
        entries().map(|(_, (_, entry))| entry.amount).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| entry.balance_after).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| entry.reason.clone()).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| entry.reference.clone()).collect::<Column<_>>(),
        entries().map(|(_, (_, entry))| &entry.entry).collect::<Column<_>>(),
        answers().map(|kept| &kept.scope.account).collect::<Column<_>>(),
        answers().map(|kept| &kept.scope.caller).collect::<Column<_>>(),
        answers().map(|kept| &kept.scope.route).collect::<Column<_>>(),
        answers().map(|kept| &kept.scope.key).collect::<Column<_>>(),
        answers().map(|kept| kept.body_digest).collect::<Column<_>>(),
        Column(statuses),
        Column(bodies),
        answers().map(|kept| kept.purchase.clone()).collect::<Column<_>>(),
        notices().map(|(change, ..)| &change.account).collect::<Column<_>>(),
        notices().map(|(_, place, _)| place).collect::<Column<_>>(),
        notices().map(|(.., (kind, _))| kind).collect::<Column<_>>(),
        notices().map(|(.., (_, data))| data).collect::<Column<_>>(),
        notices().map(|(change, ..)| change.at).collect::<Column<_>>(),
    );
    once(pool, &statement).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many places in an account's order these take.
fn places<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
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
        let seq = seq + places(&change.entries);
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
            places(&account.entries),
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
    let (transaction, answered) =
        Transaction::begin(pool, vec![first, put_answers(std::slice::from_ref(answer))]).await?;
    if answered.iter().any(Vec::is_empty) {
        transaction.roll_back().await?;
        return Err(Failed::Conflict);
    }
    transaction.commit(Vec::new()).await
}

/// Keeps answers, or completes those whose work was under way; returns no row for one if another is kept.
fn put_answers(answers: &[AnswerRecord]) -> Statement {
    let (statuses, bodies): (Vec<_>, Vec<_>) = answers.iter().map(|kept| kept.answer.clone().unzip()).unzip();
    sql!(
        "INSERT INTO answers (caller, account_id, route, key, body_digest, status, body, purchase_id)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id, caller, route, key) DO UPDATE
             SET status = excluded.status, body = excluded.body, purchase_id = excluded.purchase_id
             WHERE answers.status IS NULL AND excluded.status IS NOT NULL
                 AND answers.body_digest = excluded.body_digest
         RETURNING 1",
        answers.iter().map(|kept| &kept.scope.caller).collect::<Column<_>>(),
        answers.iter().map(|kept| &kept.scope.account).collect::<Column<_>>(),
        answers.iter().map(|kept| &kept.scope.route).collect::<Column<_>>(),
        answers.iter().map(|kept| &kept.scope.key).collect::<Column<_>>(),
        answers.iter().map(|kept| kept.body_digest).collect::<Column<_>>(),
        Column(statuses),
        Column(bodies),
        answers.iter().map(|kept| kept.purchase.clone()).collect::<Column<_>>(),
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
