//! Accounts as the platform names them, on PostgreSQL.

use super::connection::{Transaction, retrying};
use super::inserts::{count, insert_entries, put_purchase, put_subscription};
use super::query_error::QueryError;
use super::statement::{Statement, sql};
use super::store::{PostgresStore, one_more};
use crate::base::spelling::Spelled;
use crate::store::accounts::{AccountRecord, SubjectKey};
use crate::store::error::StoreResult;
use crate::store::lists::Page;
use crate::store::naming::{ExternalKey, Naming, NamingStore, RefusedClaim};
use crate::store::rows::{self, json};
use async_trait::async_trait;
use deadpool_postgres::Pool;
use tokenwell_ledger::Former;

const FORMER: &str = "SELECT former AS subject_former FROM former_external_ids WHERE external_key = $1";

/// Names an account. The first statement locks its row, or the external id that it gets.
async fn name(pool: &Pool, naming: &Naming) -> Result<(), QueryError> {
    let mut first = Vec::new();
    if let Some(opened) = &naming.opened {
        first.push(sql!(
            "INSERT INTO accounts (id, revision, last_seq, state, created_at, import_digest)
             VALUES ($1, 0, $2, $3, $4, $5) RETURNING 1",
            &naming.account,
            count(&opened.entries),
            json(&opened.state)?,
            naming.at,
            opened.import.as_ref().map(|import| import.digest),
        ));
    }
    first.push(identify(naming));
    // A statement of its own, so that it sees a deletion that the one before has waited for.
    first.push(sql!(FORMER, naming.external.key.0));
    let begun = Transaction::begin(pool, first).await;
    let (transaction, responses) = begun.map_err(QueryError::conflict_if_taken)?;
    let (former, written) =
        responses.split_last().map_or((true, &[][..]), |(former, written)| (!former.is_empty(), written));
    if (former && !naming.reopens) || written.iter().any(Vec::is_empty) {
        transaction.roll_back().await?;
        return Err(QueryError::Conflict);
    }
    let (transaction, expected) = match naming.subject {
        None => (transaction, true),
        Some((subject, revision)) => expect(transaction, &naming.account, subject, revision).await?,
    };
    if !expected {
        transaction.roll_back().await?;
        return Err(QueryError::Conflict);
    }
    let mut rest = vec![
        sql!("DELETE FROM former_external_ids WHERE external_key = $1", naming.external.key.0),
        sql!("DELETE FROM refused_claims WHERE external_id = $1", &naming.external.id),
    ];
    if let Some(opened) = naming.opened.as_ref().filter(|opened| !opened.entries.is_empty()) {
        rest.push(insert_entries(&naming.account, &opened.entries, 0));
    }
    if let Some(import) = naming.opened.as_ref().and_then(|opened| opened.import.as_ref()) {
        rest.extend(import.purchases.iter().map(put_purchase));
        let subscription = import.subscription.iter();
        rest.extend(subscription.map(|(id, check)| put_subscription(&naming.account, id, Some(*check))));
    }
    transaction.commit(rest).await.map_err(QueryError::conflict_if_taken)
}

fn identify(naming: &Naming) -> Statement {
    let email = naming.email.as_ref();
    sql!(
        "UPDATE accounts SET revision = revision + 1, external_id = $2, external_key = $3, name = coalesce($4, name),
             email = coalesce($5, email), email_verified = coalesce($6, email_verified),
             customer_id = coalesce($7, customer_id)
         WHERE id = $1 AND deleted_at IS NULL AND coalesce(external_id, $2) = $2
             AND ($7 IS NULL OR customer_id IS NULL)
         RETURNING 1",
        &naming.account,
        &naming.external.id,
        naming.external.key.0,
        naming.name.clone(),
        email.map(|email| email.address.clone()),
        email.map(|email| email.is_verified),
        naming.customer.clone(),
    )
}

/// Links an account to the subject that is expected to sign in, instead of another that has not. Returns whether it did.
async fn expect(
    mut transaction: Transaction,
    account: &str,
    subject: SubjectKey,
    revision: u64,
) -> Result<(Transaction, bool), QueryError> {
    let statements = vec![
        sql!(
            "UPDATE subjects SET account_id = NULL, expected = false, revision = revision + 1
             WHERE account_id = $1 AND expected AND subject <> $2",
            account,
            subject.0,
        ),
        sql!(
            "INSERT INTO subjects (subject, account_id, expected) VALUES ($1, $2, true)
             ON CONFLICT (subject) DO UPDATE
                 SET account_id = excluded.account_id, expected = true, revision = subjects.revision + 1
                 WHERE subjects.account_id IS NULL AND subjects.revision = $3
             RETURNING 1",
            subject.0,
            account,
            revision,
        ),
    ];
    let responses = transaction.run(&statements).await.map_err(QueryError::conflict_if_taken)?;
    let is_linked = responses.last().is_some_and(|rows| !rows.is_empty());
    Ok((transaction, is_linked))
}

#[async_trait]
impl NamingStore for PostgresStore {
    async fn account_of_external_id(&self, id: &str) -> StoreResult<Option<String>> {
        let sql = "SELECT id FROM accounts WHERE external_id = $1";
        self.one(sql!(sql, id), |row| row.text("id")).await
    }

    async fn import_of_external_id(&self, id: &str) -> StoreResult<Option<Option<[u8; 32]>>> {
        let sql = "SELECT import_digest FROM accounts WHERE external_id = $1";
        self.one(sql!(sql, id), rows::import_digest).await
    }

    async fn former_of_external_id(&self, key: ExternalKey) -> StoreResult<Option<Former>> {
        self.one(sql!(FORMER, key.0), rows::former).await
    }

    async fn subject_of_account(&self, account: &str) -> StoreResult<Option<(SubjectKey, bool)>> {
        let sql = "SELECT subject, expected FROM subjects WHERE account_id = $1";
        self.one(sql!(sql, account), rows::expected_subject).await
    }

    async fn name_account(&self, naming: Naming) -> StoreResult<()> {
        retrying!(name(&self.pool, &naming).await)
    }

    async fn claim_account(&self, subject: SubjectKey, account: &str) -> StoreResult<bool> {
        let sql = "UPDATE subjects SET expected = false, revision = revision + 1
             WHERE subject = $1 AND account_id = $2 AND expected RETURNING 1";
        Ok(!self.run(sql!(sql, subject.0, account)).await?.is_empty())
    }

    async fn list_refused_claim(&self, claim: RefusedClaim) -> StoreResult<()> {
        let sql = "INSERT INTO refused_claims (external_id, kind, account_id, holder_id, at)
             SELECT $1, $2, $3, $4, $5
             WHERE EXISTS (SELECT 1 FROM accounts WHERE id IN ($3, $4) AND deleted_at IS NULL)
             ON CONFLICT (external_id, kind)
                 DO UPDATE SET account_id = excluded.account_id, holder_id = excluded.holder_id";
        let RefusedClaim { external_id, kind, account, holder, at } = claim;
        self.run(sql!(sql, external_id, kind.spelling(), account, holder, at)).await.map(drop)
    }

    async fn refused_claims(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefusedClaim>> {
        let sql = "SELECT * FROM refused_claims WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
        let statement = sql!(sql, before.unwrap_or(i64::MAX), one_more(limit));
        self.page(statement, limit, rows::refused_claim).await
    }

    async fn accounts_after(&self, id: &str, limit: u32) -> StoreResult<Vec<AccountRecord>> {
        let sql = "SELECT * FROM accounts WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2";
        self.all(sql!(sql, id, limit), rows::account).await
    }
}
