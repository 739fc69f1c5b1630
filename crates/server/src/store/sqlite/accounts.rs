//! Accounts on SQLite.

use super::inserts::insert_entries;
use super::query::{all, one, run};
use super::store::SqliteStore;
use crate::store::accounts::{
    AccountRecord, AccountStore, CustomerRecord, Email, NewAccount, Subject, SubjectKey,
};
use crate::store::error::{StoreError, StoreResult};
use crate::store::rows::{self, Columns, RowError, json, ms};
use async_trait::async_trait;
use rusqlite::{Connection, params};
use tokenwell_ledger::Former;

/// Reads an account.
pub fn account(connection: &Connection, id: &str) -> StoreResult<Option<AccountRecord>> {
    one(connection, "SELECT * FROM accounts WHERE id = ?", [id], |row| rows::account(row))
}

/// Makes a customer the account's, unless it has one or the customer is another account's.
pub fn claim_customer(
    connection: &Connection,
    account: &str,
    CustomerRecord { id, made_here }: &CustomerRecord,
) -> StoreResult<()> {
    let sql = "UPDATE accounts SET customer_id = ?1, customer_made_here = ?2
         WHERE id = ?3 AND customer_id IS NULL AND deleted_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE customer_id = ?1)";
    run(connection, sql, params![id, made_here, account]).map(drop)
}

fn open(connection: &Connection, account: NewAccount) -> StoreResult<String> {
    let sql = "SELECT account_id, revision FROM subjects WHERE subject = ?";
    let known: Option<(Option<String>, u64)> = one(connection, sql, [account.subject.0], |row| {
        Ok((row.string("account_id")?, row.get("revision")?))
    })?;
    match known {
        Some((Some(id), _)) => return Ok(id),
        Some((None, revision)) if revision != account.subject_revision => return Err(StoreError::Conflict),
        _ => {}
    }
    let email = account.email;
    let is_verified = email.as_ref().is_some_and(|email| email.is_verified);
    let address = email.map(|email| email.address);
    run(
        connection,
        "INSERT INTO accounts (id, revision, email, email_verified, state, created_at) VALUES (?, 0, ?, ?, ?, ?)",
        params![account.id, address, is_verified, json(&account.state)?, ms(account.at)],
    )?;
    run(
        connection,
        "INSERT INTO subjects (subject, account_id) VALUES (?, ?)
         ON CONFLICT (subject) DO UPDATE SET account_id = excluded.account_id, revision = revision + 1",
        params![account.subject.0, account.id],
    )?;
    insert_entries(connection, &account.id, &account.entries)?;
    Ok(account.id)
}

#[async_trait]
impl AccountStore for SqliteStore {
    async fn setting(&self, name: &'static str, initial: Vec<u8>) -> StoreResult<Vec<u8>> {
        self.write(move |db| {
            let sql = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING";
            run(db, sql, params![name, initial])?;
            let stored = one(db, "SELECT value FROM settings WHERE name = ?", [name], |row| Ok(row.get(0)?))?;
            Ok(stored.ok_or(RowError::NoSetting { name })?)
        })
        .await
    }

    async fn set_setting(&self, name: &'static str, value: Vec<u8>) -> StoreResult<()> {
        self.write(move |db| {
            let sql = "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)";
            run(db, sql, params![name, value]).map(drop)
        })
        .await
    }

    async fn subject_and_account(&self, key: SubjectKey) -> StoreResult<(Subject, Option<AccountRecord>)> {
        self.read(move |db| {
            let sql =
                "SELECT subjects.account_id AS subject_account_id, subjects.deleted_at AS subject_deleted_at,
                     subjects.former AS subject_former, subjects.expected AS subject_expected,
                 subjects.revision AS subject_revision, accounts.*
                 FROM subjects LEFT JOIN accounts ON accounts.id = subjects.account_id WHERE subject = ?";
            Ok(one(db, sql, [key.0], |row| rows::subject_and_account(row))?.unwrap_or_default())
        })
        .await
    }

    async fn rename_subject(&self, from: SubjectKey, to: SubjectKey) -> StoreResult<bool> {
        self.write(move |db| {
            let sql = "UPDATE OR IGNORE subjects SET subject = ?2 WHERE subject = ?1";
            Ok(run(db, sql, [from.0, to.0])? > 0)
        })
        .await
    }

    async fn open_account(&self, account: NewAccount) -> StoreResult<String> {
        self.write(move |db| open(db, account)).await
    }

    async fn subject_of_dispute(&self, dispute: &str) -> StoreResult<Option<(SubjectKey, Subject)>> {
        let dispute = dispute.to_owned();
        self.read(move |db| {
            let sql = "SELECT subject, account_id AS subject_account_id, deleted_at AS subject_deleted_at,
                     former AS subject_former, expected AS subject_expected, revision AS subject_revision
                 FROM former_disputes JOIN subjects USING (subject) WHERE dispute_id = ?";
            one(db, sql, [dispute], |row| rows::subject(row))
        })
        .await
    }

    async fn set_former(&self, subject: SubjectKey, revision: u64, former: Former) -> StoreResult<()> {
        let former = json(former)?;
        self.write(move |db| {
            let sql =
                "UPDATE subjects SET former = ?, revision = revision + 1 WHERE subject = ? AND revision = ?";
            let written = run(db, sql, params![former, subject.0, revision])?;
            if written == 0 { Err(StoreError::Conflict) } else { Ok(()) }
        })
        .await
    }

    async fn account(&self, id: &str) -> StoreResult<Option<AccountRecord>> {
        let id = id.to_owned();
        self.read(move |db| account(db, &id)).await
    }

    async fn accounts_of_email(&self, email: &str) -> StoreResult<Vec<AccountRecord>> {
        let email = email.to_owned();
        self.read(move |db| {
            let sql = "SELECT * FROM accounts WHERE email = ? COLLATE NOCASE ORDER BY created_at LIMIT 200";
            all(db, sql, [email], |row| rows::account(row))
        })
        .await
    }

    async fn account_of_customer(&self, customer: &str) -> StoreResult<Option<String>> {
        let customer = customer.to_owned();
        self.read(move |db| {
            one(db, "SELECT id FROM accounts WHERE customer_id = ?", [customer], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn account_of_hold(&self, hold: &str) -> StoreResult<Option<String>> {
        let hold = hold.to_owned();
        self.read(move |db| {
            one(db, "SELECT account_id FROM holds WHERE id = ?", [hold], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn set_email(&self, account: &str, email: &Email) -> StoreResult<()> {
        let (account, email) = (account.to_owned(), email.clone());
        self.write(move |db| {
            let sql = "UPDATE accounts SET email = ?, email_verified = ? WHERE id = ? AND deleted_at IS NULL";
            run(db, sql, params![email.address, email.is_verified, account]).map(drop)
        })
        .await
    }

    async fn claim_customer(&self, account: &str, customer: CustomerRecord) -> StoreResult<String> {
        let account = account.to_owned();
        self.write(move |db| {
            claim_customer(db, &account, &customer)?;
            let sql = "SELECT customer_id FROM accounts WHERE id = ?";
            let claimed = one(db, sql, [account], |row| row.string("customer_id"))?;
            // Without a customer, the account was deleted meanwhile.
            claimed.flatten().ok_or(StoreError::Conflict)
        })
        .await
    }

    async fn forget_customer(&self, account: &str, customer: &str) -> StoreResult<()> {
        let (account, customer) = (account.to_owned(), customer.to_owned());
        self.write(move |db| {
            let sql = "UPDATE accounts SET customer_id = NULL, customer_made_here = 0 WHERE id = ? AND customer_id = ?";
            run(db, sql, params![account, customer]).map(drop)
        })
        .await
    }
}
