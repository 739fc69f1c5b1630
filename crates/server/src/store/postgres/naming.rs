//! Accounts as the platform names them, on PostgreSQL.

use super::connection::{Transaction, in_one_round_trip, retrying};
use super::inserts::{count, insert_entries, put_purchase, put_subscription};
use super::query_error::QueryError;
use super::statement::{Column, Statement, sql};
use super::store::{PostgresStore, one_more};
use crate::base::spelling::Spelled;
use crate::store::accounts::{AccountRecord, Subject, SubjectKey};
use crate::store::error::StoreResult;
use crate::store::lists::Page;
use crate::store::naming::{
    ExternalKey, ImportNames, KnownAccount, KnownNames, Naming, NamingStore, RefusedClaim,
};
use crate::store::rows::{self, Columns, json};
use async_trait::async_trait;
use deadpool_postgres::Pool;
use std::collections::{HashMap, HashSet};
use tokenwell_ledger::Former;
use tokio_postgres::Row;

const FORMER: &str = "SELECT former AS subject_former FROM former_external_ids WHERE external_key = $1";

/// What a statement has to return, or else nothing of its transaction is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Some,
    None,
    Any,
}

/// Names accounts.
async fn name(pool: &Pool, namings: &[Naming]) -> Result<(), QueryError> {
    let mut statements = Vec::new();
    for naming in namings {
        statements.extend(statements_of(naming)?);
    }
    let (statements, expected): (Vec<_>, Vec<_>) = statements.into_iter().unzip();
    let begun = Transaction::begin(pool, statements).await;
    let (transaction, responses) = begun.map_err(QueryError::conflict_if_taken)?;
    let fits = |rows: &[Row], expected| match expected {
        Rows::Some => !rows.is_empty(),
        Rows::None => rows.is_empty(),
        Rows::Any => true,
    };
    if responses.iter().zip(expected).all(|(rows, expected)| fits(rows, expected)) {
        return transaction.commit(Vec::new()).await.map_err(QueryError::conflict_if_taken);
    }
    transaction.roll_back().await?;
    Err(QueryError::Conflict)
}

/// The first of them locks the account's row, or the external id that it gets.
fn statements_of(naming: &Naming) -> Result<Vec<(Statement, Rows)>, QueryError> {
    let mut statements = Vec::new();
    if let Some(opened) = &naming.opened {
        let open = sql!(
            "INSERT INTO accounts (id, revision, last_seq, state, created_at, import_digest)
             VALUES ($1, 0, $2, $3, $4, $5) RETURNING 1",
            &naming.account,
            count(&opened.entries),
            json(&opened.state)?,
            naming.at,
            opened.import.as_ref().map(|import| import.digest),
        );
        statements.push((open, Rows::Some));
    }
    statements.push((identify(naming), Rows::Some));
    // A statement of its own, so that it sees a deletion that the one before has waited for.
    let former = if naming.reopens { Rows::Any } else { Rows::None };
    statements.push((sql!(FORMER, naming.external.key.0), former));
    if let Some((subject, revision)) = naming.subject {
        statements.extend(expect(&naming.account, subject, revision));
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
    statements.extend(rest.into_iter().map(|statement| (statement, Rows::Any)));
    Ok(statements)
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

/// Links an account to the subject that is expected to sign in, instead of another that has not.
fn expect(account: &str, subject: SubjectKey, revision: u64) -> [(Statement, Rows); 2] {
    let forget = sql!(
        "UPDATE subjects SET account_id = NULL, expected = false, revision = revision + 1
         WHERE account_id = $1 AND expected AND subject <> $2",
        account,
        subject.0,
    );
    let link = sql!(
        "INSERT INTO subjects (subject, account_id, expected) VALUES ($1, $2, true)
         ON CONFLICT (subject) DO UPDATE
             SET account_id = excluded.account_id, expected = true, revision = subjects.revision + 1
             WHERE subjects.account_id IS NULL AND subjects.revision = $3
         RETURNING 1",
        subject.0,
        account,
        revision,
    );
    [(forget, Rows::Any), (link, Rows::Some)]
}

/// What finds the names of lines, in the order of [`Found`].
fn look_ups(lines: &[ImportNames]) -> [Statement; 6] {
    [
        sql!(
            "SELECT external_id, import_digest FROM accounts WHERE external_id = ANY ($1)",
            lines.iter().map(|line| &line.external.id).collect::<Column<_>>(),
        ),
        sql!(
            "SELECT external_key FROM former_external_ids WHERE external_key = ANY ($1)",
            lines.iter().map(|line| line.external.key.0).collect::<Column<_>>(),
        ),
        sql!(
            "SELECT subject, account_id AS subject_account_id, deleted_at AS subject_deleted_at,
                 former AS subject_former, expected AS subject_expected, revision AS subject_revision
             FROM subjects WHERE subject = ANY ($1)",
            lines.iter().flat_map(|line| line.subjects.iter().map(|key| key.0)).collect::<Column<_>>(),
        ),
        sql!(
            "SELECT customer_id FROM accounts WHERE customer_id = ANY ($1)",
            lines.iter().filter_map(|line| line.customer.as_ref()).collect::<Column<_>>(),
        ),
        sql!(
            "SELECT id FROM subscriptions WHERE id = ANY ($1)",
            lines.iter().filter_map(|line| line.subscription.as_ref()).collect::<Column<_>>(),
        ),
        sql!(
            "SELECT payment_intent_id FROM purchases WHERE payment_intent_id = ANY ($1)",
            lines.iter().flat_map(|line| &line.payments).collect::<Column<_>>(),
        ),
    ]
}

/// What of the names of some lines is there.
struct Found {
    accounts: HashMap<String, KnownAccount>,
    former: HashSet<Vec<u8>>,
    subjects: HashMap<[u8; 32], Subject>,
    customers: HashSet<String>,
    subscriptions: HashSet<String>,
    payments: HashSet<String>,
}

impl Found {
    fn read(responses: &[Vec<Row>]) -> StoreResult<Self> {
        fn each<T, C: FromIterator<T>>(
            rows: Option<&Vec<Row>>,
            read: impl Fn(&dyn Columns) -> StoreResult<T>,
        ) -> StoreResult<C> {
            rows.into_iter().flatten().map(|row| read(row)).collect()
        }
        let mut responses = responses.iter();
        Ok(Self {
            accounts: each(responses.next(), |row| {
                Ok((row.text("external_id")?, KnownAccount::with(rows::import_digest(row)?)))
            })?,
            former: each(responses.next(), |row| row.bytes("external_key"))?,
            subjects: each(responses.next(), |row| {
                let (key, subject) = rows::subject(row)?;
                Ok((key.0, subject))
            })?,
            customers: each(responses.next(), |row| row.text("customer_id"))?,
            subscriptions: each(responses.next(), |row| row.text("id"))?,
            payments: each(responses.next(), |row| row.text("payment_intent_id"))?,
        })
    }

    fn of(&self, line: &ImportNames) -> KnownNames {
        let subject = |key: &SubjectKey| self.subjects.get(&key.0).cloned().unwrap_or_default();
        KnownNames {
            account: self.accounts.get(&line.external.id).copied().unwrap_or_default(),
            is_former: self.former.contains(&line.external.key.0[..]),
            subject_is_taken: line.subjects.iter().any(|key| subject(key).account.is_some()),
            subject: line.subjects.first().map(subject).unwrap_or_default(),
            customer_is_taken: line.customer.as_ref().is_some_and(|id| self.customers.contains(id)),
            subscription_is_taken: line
                .subscription
                .as_ref()
                .is_some_and(|id| self.subscriptions.contains(id)),
            payment_is_taken: line.payments.iter().any(|id| self.payments.contains(id)),
        }
    }
}

#[async_trait]
impl NamingStore for PostgresStore {
    async fn account_of_external_id(&self, id: &str) -> StoreResult<Option<String>> {
        let sql = "SELECT id FROM accounts WHERE external_id = $1";
        self.one(sql!(sql, id), |row| row.text("id")).await
    }

    async fn known_names(&self, lines: Vec<ImportNames>) -> StoreResult<Vec<KnownNames>> {
        let look_ups = look_ups(&lines);
        let found = Found::read(&retrying!(in_one_round_trip(&self.pool, &look_ups).await)?)?;
        Ok(lines.iter().map(|line| found.of(line)).collect())
    }

    async fn former_of_external_id(&self, key: ExternalKey) -> StoreResult<Option<Former>> {
        self.one(sql!(FORMER, key.0), rows::former).await
    }

    async fn subject_of_account(&self, account: &str) -> StoreResult<Option<(SubjectKey, bool)>> {
        let sql = "SELECT subject, expected FROM subjects WHERE account_id = $1";
        self.one(sql!(sql, account), rows::expected_subject).await
    }

    async fn name_accounts(&self, namings: Vec<Naming>) -> StoreResult<()> {
        retrying!(name(&self.pool, &namings).await)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::store::contract::naming::imported;
    use crate::store::postgres::{Address, migrate};
    use tokenwell_stage::Postgres;

    #[tokio::test]
    async fn no_statement_of_an_import_reads_a_whole_table() {
        let address = Address::parse(&Postgres::shared().database()).unwrap();
        migrate(&address).await.unwrap();
        let (client, _) = address.connect().await.unwrap();
        // It is read from end to end then only if no index will do.
        client.batch_execute("SET enable_seqscan = off").await.unwrap();
        let (names, naming) = imported(1);
        let statements = statements_of(&naming).unwrap().into_iter().map(|(statement, _)| statement);
        for statement in statements.chain(look_ups(&[names])) {
            let explain = format!("EXPLAIN {}", statement.sql);
            let plan = client.query_typed(&explain, &statement.values()).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
            assert!(!plan.iter().any(|line| line.contains("Seq Scan")), "{}: {plan:#?}", statement.sql);
        }
    }
}
