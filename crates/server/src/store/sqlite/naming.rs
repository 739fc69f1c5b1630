//! Accounts as the platform names them, on SQLite.

use super::inserts::{insert_entries, put_purchase, put_subscription};
use super::query::{all, one, page, run};
use super::store::SqliteStore;
use crate::base::spelling::Spelled;
use crate::store::accounts::{AccountRecord, SubjectKey};
use crate::store::error::{StoreError, StoreResult};
use crate::store::lists::Page;
use crate::store::naming::{
    ExternalKey, ImportNames, KnownAccount, KnownNames, Naming, NamingStore, RefusedClaim,
};
use crate::store::rows::{self, json, ms};
use async_trait::async_trait;
use rusqlite::{Connection, params};
use tokenwell_ledger::Former;

const FORMER: &str = "SELECT former AS subject_former FROM former_external_ids WHERE external_key = ?";
const SUBJECT: &str = "SELECT subject, account_id AS subject_account_id, deleted_at AS subject_deleted_at,
         former AS subject_former, expected AS subject_expected, revision AS subject_revision
     FROM subjects WHERE subject = ?";

/// Names an account.
fn name(connection: &Connection, naming: &Naming) -> StoreResult<()> {
    let Naming { account, external, .. } = naming;
    if let Some(opened) = &naming.opened {
        let state = json(&opened.state)?;
        let digest = opened.import.as_ref().map(|import| import.digest);
        let sql =
            "INSERT INTO accounts (id, revision, state, import_digest, created_at) VALUES (?, 0, ?, ?, ?)";
        run(connection, sql, params![account, state, digest, ms(naming.at)])?;
        insert_entries(connection, account, &opened.entries)?;
        if let Some(import) = &opened.import {
            import.purchases.iter().try_for_each(|purchase| put_purchase(connection, purchase))?;
            if let Some((id, first_check)) = &import.subscription {
                put_subscription(connection, account, id, Some(*first_check))?;
            }
        }
    }
    if naming.reopens {
        let sql = "DELETE FROM former_external_ids WHERE external_key = ?";
        run(connection, sql, [external.key.0])?;
    } else if one(connection, FORMER, [external.key.0], |_| Ok(()))?.is_some() {
        return Err(StoreError::Conflict);
    }
    let email = naming.email.as_ref();
    let named = run(
        connection,
        "UPDATE accounts SET revision = revision + 1, external_id = ?2, external_key = ?3, name = ifnull(?4, name),
             email = ifnull(?5, email), email_verified = ifnull(?6, email_verified),
             customer_id = ifnull(?7, customer_id)
         WHERE id = ?1 AND deleted_at IS NULL AND ifnull(external_id, ?2) = ?2
             AND (?7 IS NULL OR customer_id IS NULL)
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE external_id = ?2 AND id <> ?1)
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE customer_id = ?7)",
        params![
            account,
            external.id,
            external.key.0,
            naming.name,
            email.map(|email| &email.address),
            email.map(|email| email.is_verified),
            naming.customer
        ],
    )?;
    if named == 0 {
        return Err(StoreError::Conflict);
    }
    if let Some((subject, revision)) = naming.subject {
        expect(connection, account, subject, revision)?;
    }
    run(connection, "DELETE FROM refused_claims WHERE external_id = ?", [&external.id]).map(drop)
}

/// Links an account to the subject that is expected to sign in, instead of another that has not.
fn expect(connection: &Connection, account: &str, subject: SubjectKey, revision: u64) -> StoreResult<()> {
    let sql = "UPDATE subjects SET account_id = NULL, expected = 0, revision = revision + 1
         WHERE account_id = ? AND expected AND subject <> ?";
    run(connection, sql, params![account, subject.0])?;
    let sql = "INSERT INTO subjects (subject, account_id, expected)
         SELECT ?1, ?2, 1 WHERE NOT EXISTS (SELECT 1 FROM subjects WHERE account_id = ?2)
         ON CONFLICT (subject) DO UPDATE SET account_id = excluded.account_id, expected = 1, revision = revision + 1
             WHERE account_id IS NULL AND revision = ?3";
    let written = run(connection, sql, params![subject.0, account, revision])?;
    if written == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// What is known of the names of a line.
fn known(connection: &Connection, line: &ImportNames) -> StoreResult<KnownNames> {
    let sql = "SELECT import_digest FROM accounts WHERE external_id = ?";
    let account =
        one(connection, sql, [&line.external.id], |row| Ok(KnownAccount::with(rows::import_digest(row)?)))?;
    let is_former = one(connection, FORMER, [line.external.key.0], |_| Ok(()))?.is_some();
    let mut subjects = Vec::new();
    for key in &line.subjects {
        let found = one(connection, SUBJECT, [key.0], |row| rows::subject(row))?;
        subjects.push(found.map(|(_, subject)| subject).unwrap_or_default());
    }
    let is_there = |sql: &str, id: &String| -> StoreResult<bool> {
        Ok(one(connection, sql, [id], |_| Ok(()))?.is_some())
    };
    let taken = |sql, id: &Option<String>| id.as_ref().map_or(Ok(false), |id| is_there(sql, id));
    let mut payment_is_taken = false;
    for payment in &line.payments {
        payment_is_taken |= is_there("SELECT 1 FROM purchases WHERE payment_intent_id = ?", payment)?;
    }
    Ok(KnownNames {
        account: account.unwrap_or_default(),
        is_former,
        subject_is_taken: subjects.iter().any(|subject| subject.account.is_some()),
        subject: subjects.into_iter().next().unwrap_or_default(),
        customer_is_taken: taken("SELECT 1 FROM accounts WHERE customer_id = ?", &line.customer)?,
        subscription_is_taken: taken("SELECT 1 FROM subscriptions WHERE id = ?", &line.subscription)?,
        payment_is_taken,
    })
}

#[async_trait]
impl NamingStore for SqliteStore {
    async fn account_of_external_id(&self, id: &str) -> StoreResult<Option<String>> {
        let id = id.to_owned();
        self.read(move |db| {
            one(db, "SELECT id FROM accounts WHERE external_id = ?", [id], |row| Ok(row.get(0)?))
        })
        .await
    }

    async fn known_names(&self, lines: Vec<ImportNames>) -> StoreResult<Vec<KnownNames>> {
        self.read(move |db| lines.iter().map(|line| known(db, line)).collect()).await
    }

    async fn former_of_external_id(&self, key: ExternalKey) -> StoreResult<Option<Former>> {
        self.read(move |db| one(db, FORMER, [key.0], |row| rows::former(row))).await
    }

    async fn subject_of_account(&self, account: &str) -> StoreResult<Option<(SubjectKey, bool)>> {
        let account = account.to_owned();
        self.read(move |db| {
            let sql = "SELECT subject, expected FROM subjects WHERE account_id = ?";
            one(db, sql, [account], |row| rows::expected_subject(row))
        })
        .await
    }

    async fn name_accounts(&self, namings: Vec<Naming>) -> StoreResult<()> {
        self.write(move |db| namings.iter().try_for_each(|naming| name(db, naming))).await
    }

    async fn claim_account(&self, subject: SubjectKey, account: &str) -> StoreResult<bool> {
        let account = account.to_owned();
        self.write(move |db| {
            let sql = "UPDATE subjects SET expected = 0, revision = revision + 1
                 WHERE subject = ? AND account_id = ? AND expected";
            Ok(run(db, sql, params![subject.0, account])? > 0)
        })
        .await
    }

    async fn list_refused_claim(&self, claim: RefusedClaim) -> StoreResult<()> {
        self.write(move |db| {
            let sql = "INSERT INTO refused_claims (external_id, kind, account_id, holder_id, at)
                 SELECT ?1, ?2, ?3, ?4, ?5
                 WHERE EXISTS (SELECT 1 FROM accounts WHERE id IN (?3, ?4) AND deleted_at IS NULL)
                 ON CONFLICT (external_id, kind)
                     DO UPDATE SET account_id = excluded.account_id, holder_id = excluded.holder_id";
            let RefusedClaim { external_id, kind, account, holder, at } = claim;
            run(db, sql, params![external_id, kind.spelling(), account, holder, ms(at)]).map(drop)
        })
        .await
    }

    async fn refused_claims(&self, before: Option<i64>, limit: u32) -> StoreResult<Page<RefusedClaim>> {
        self.read(move |db| {
            // This list is not of one account, so the third parameter is NULL.
            let sql = "SELECT * FROM refused_claims WHERE seq < ?1 AND ?3 IS NULL ORDER BY seq DESC LIMIT ?2";
            page(db, sql, None, before, limit, rows::refused_claim)
        })
        .await
    }

    async fn accounts_after(&self, id: &str, limit: u32) -> StoreResult<Vec<AccountRecord>> {
        let id = id.to_owned();
        self.read(move |db| {
            let sql = "SELECT * FROM accounts WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?";
            all(db, sql, params![id, limit], |row| rows::account(row))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::naming::imported;
    use crate::store::sqlite::query::work;

    #[test]
    fn the_work_for_a_line_of_an_import_does_not_grow_with_the_lines_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&mut connection, super::super::schema::STEPS).unwrap();
        let steps_for = |n| {
            let (names, naming) = imported(n);
            work::steps();
            known(&connection, &names).unwrap();
            name(&connection, &naming).unwrap();
            work::steps()
        };
        let early = (0..10).map(steps_for).max().unwrap();
        (10..2_000).map(steps_for).for_each(drop);
        let late = (2_000..2_010).map(steps_for).max().unwrap();
        // Some steps depend on whether there is a greater id.
        assert!(early > 0 && late <= early + 20, "{early} steps, then {late}");
    }
}
