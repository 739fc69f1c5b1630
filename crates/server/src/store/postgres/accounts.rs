//! Accounts on PostgreSQL.

use super::connection::{Transaction, retrying};
use super::inserts::{count, insert_entries};
use super::query_error::QueryError;
use super::statement::{Statement, sql};
use super::store::PostgresStore;
use crate::store::accounts::{
    AccountRecord, AccountStore, CustomerRecord, Email, NewAccount, Subject, SubjectKey,
};
use crate::store::error::{StoreError, StoreResult};
use crate::store::rows::{self, RowError, json};
use async_trait::async_trait;
use deadpool_postgres::Pool;
use tokenwell_ledger::Former;

/// Makes a customer the account's, unless it has one or the customer is another account's.
pub fn claim_customer(account: &str, CustomerRecord { id, made_here }: &CustomerRecord) -> Statement {
    sql!(
        "UPDATE accounts SET customer_id = $2, customer_made_here = $3
         WHERE id = $1 AND customer_id IS NULL AND deleted_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE customer_id = $2)",
        account,
        id,
        *made_here,
    )
}

/// Opens an account; `None` if the subject has one.
async fn open(pool: &Pool, account: &NewAccount) -> Result<Option<String>, QueryError> {
    let email = account.email.as_ref();
    let first = vec![
        sql!(
            "INSERT INTO accounts (id, revision, last_seq, email, email_verified, state, created_at)
             VALUES ($1, 0, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            &account.id,
            count(&account.entries),
            email.map(|email| email.address.clone()),
            email.is_some_and(|email| email.is_verified),
            json(&account.state)?,
            account.at,
        ),
        sql!(
            "INSERT INTO subjects (subject, account_id) VALUES ($1, $2)
             ON CONFLICT (subject) DO UPDATE SET account_id = excluded.account_id, revision = subjects.revision + 1
                 WHERE subjects.account_id IS NULL AND subjects.revision = $3
             RETURNING 1",
            account.subject.0,
            &account.id,
            account.subject_revision,
        ),
    ];
    let (transaction, responses) = Transaction::begin(pool, first).await?;
    if responses[1].is_empty() {
        transaction.roll_back().await?;
        return Ok(None);
    }
    let entries = if account.entries.is_empty() {
        Vec::new()
    } else {
        vec![insert_entries(&account.id, &account.entries, 0)]
    };
    transaction.commit(entries).await?;
    Ok(Some(account.id.clone()))
}

#[async_trait]
impl AccountStore for PostgresStore {
    async fn setting(&self, name: &'static str, initial: Vec<u8>) -> StoreResult<Vec<u8>> {
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.run(sql!(sql, name, initial)).await?;
        let stored = sql!("SELECT value FROM settings WHERE name = $1", name);
        let stored = self.one(stored, |row| row.blob("value")).await?;
        Ok(stored.flatten().ok_or(RowError::NoSetting { name })?)
    }

    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> StoreResult<()> {
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql!(sql, name, value)).await.map(drop)
    }

    async fn subject_and_account(&self, key: SubjectKey) -> StoreResult<(Subject, Option<AccountRecord>)> {
        let sql =
            "SELECT subjects.account_id AS subject_account_id, subjects.deleted_at AS subject_deleted_at,
                 subjects.former AS subject_former, subjects.expected AS subject_expected,
                 subjects.revision AS subject_revision, accounts.*
             FROM subjects LEFT JOIN accounts ON accounts.id = subjects.account_id WHERE subject = $1";
        Ok(self.one(sql!(sql, key.0), rows::subject_and_account).await?.unwrap_or_default())
    }

    async fn rename_subject(&self, from: SubjectKey, to: SubjectKey) -> StoreResult<bool> {
        let sql = "UPDATE subjects SET subject = $2
             WHERE subject = $1 AND NOT EXISTS (SELECT 1 FROM subjects WHERE subject = $2) RETURNING 1";
        Ok(!self.run(sql!(sql, from.0, to.0)).await?.is_empty())
    }

    async fn open_account(&self, account: NewAccount) -> StoreResult<String> {
        let opened: StoreResult<_> = retrying!(open(&self.pool, &account).await);
        if let Some(id) = opened? {
            return Ok(id);
        }
        // The subject has an account, or another revision. Then the caller reads again.
        let (subject, _) = self.subject_and_account(account.subject).await?;
        subject.account.ok_or(StoreError::Conflict)
    }

    async fn subject_of_dispute(&self, dispute: &str) -> StoreResult<Option<(SubjectKey, Subject)>> {
        let sql = "SELECT subject, account_id AS subject_account_id, deleted_at AS subject_deleted_at,
                 former AS subject_former, expected AS subject_expected, revision AS subject_revision
             FROM former_disputes JOIN subjects USING (subject) WHERE dispute_id = $1";
        self.one(sql!(sql, dispute), rows::subject).await
    }

    async fn set_former(&self, subject: SubjectKey, revision: u64, former: Former) -> StoreResult<()> {
        let sql = "UPDATE subjects SET former = $3, revision = revision + 1
             WHERE subject = $1 AND revision = $2 RETURNING 1";
        let written = self.run(sql!(sql, subject.0, revision, json(former)?)).await?;
        if written.is_empty() { Err(StoreError::Conflict) } else { Ok(()) }
    }

    async fn account(&self, id: &str) -> StoreResult<Option<AccountRecord>> {
        self.one(sql!("SELECT * FROM accounts WHERE id = $1", id), rows::account).await
    }

    async fn accounts_of_email(&self, email: &str) -> StoreResult<Vec<AccountRecord>> {
        let sql = "SELECT * FROM accounts WHERE lower(email) = lower($1) ORDER BY created_at LIMIT 200";
        self.all(sql!(sql, email), rows::account).await
    }

    async fn account_of_customer(&self, customer: &str) -> StoreResult<Option<String>> {
        let sql = "SELECT id FROM accounts WHERE customer_id = $1";
        self.one(sql!(sql, customer), |row| row.text("id")).await
    }

    async fn account_of_hold(&self, hold: &str) -> StoreResult<Option<String>> {
        let sql = "SELECT account_id FROM holds WHERE id = $1";
        self.one(sql!(sql, hold), |row| row.text("account_id")).await
    }

    async fn set_email(&self, account: &str, email: &Email) -> StoreResult<()> {
        let sql = "UPDATE accounts SET email = $2, email_verified = $3 WHERE id = $1 AND deleted_at IS NULL";
        self.run(sql!(sql, account, &email.address, email.is_verified)).await.map(drop)
    }

    async fn claim_customer(&self, account: &str, customer: CustomerRecord) -> StoreResult<String> {
        self.run(claim_customer(account, &customer)).await?;
        let claimed = sql!("SELECT customer_id FROM accounts WHERE id = $1", account);
        // Without a customer, the account was deleted meanwhile.
        self.one(claimed, |row| row.string("customer_id")).await?.flatten().ok_or(StoreError::Conflict)
    }

    async fn forget_customer(&self, account: &str, customer: &str) -> StoreResult<()> {
        let sql = "UPDATE accounts SET customer_id = NULL, customer_made_here = false
             WHERE id = $1 AND customer_id = $2";
        self.run(sql!(sql, account, customer)).await.map(drop)
    }
}
