//! The proof that the copied ledger adds up: in every account, the fold of the entries is the balance.

use super::error::{CopyError, Damage};
use super::progress::CopyProgress;
use crate::store::accounts::AccountRecord;
use crate::store::error::{Cause, StoreError};
use crate::store::lists::EntryRecord;
use crate::store::rows::{self, unreadable};
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::pin::pin;
use tokenwell_ledger::{Audit, Entry};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

/// How many accounts are in memory at once.
const ACCOUNTS: i64 = 200;

/// What was audited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many accounts.
    pub accounts: u64,
    /// How many entries.
    pub entries: u64,
}

/// The columns of an entry are not what its JSON says.
#[derive(Debug, thiserror::Error)]
#[error("the columns of the entry {0} contradict its JSON")]
struct Contradiction(String);

/// Audits the entries of every account.
///
/// # Errors
/// [`CopyError::Damaged`] names the first account whose books do not add up.
pub async fn audit_every_account(
    client: &Client,
    progress: &mut CopyProgress<'_>,
) -> Result<Proof, CopyError> {
    let mut proof = Proof::default();
    let mut last = String::new();
    loop {
        let sql = "SELECT * FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = client.query_typed(sql, &[(&last, Type::TEXT), (&ACCOUNTS, Type::INT8)]).await?;
        let accounts = rows.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        let Some(end) = accounts.last() else { return Ok(proof) };
        last.clone_from(&end.id);
        proof.entries += audit(client, &accounts).await?;
        proof.accounts += accounts.len() as u64;
        progress.report("proven", "accounts", proof.accounts);
    }
}

/// Audits the entries of these accounts. Returns how many they have.
async fn audit(client: &Client, accounts: &[AccountRecord]) -> Result<u64, CopyError> {
    let mut audits: HashMap<&str, Audit<'_>> =
        accounts.iter().map(|account| (account.id.as_str(), Audit::of(&account.state))).collect();
    let ids: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let sql = "SELECT * FROM entries WHERE account_id = ANY($1) ORDER BY account_id, seq";
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&ids, Type::TEXT_ARRAY)];
    let mut rows = pin!(client.query_typed_raw(sql, values).await?);
    let mut entries = 0;
    while let Some(row) = rows.try_next().await? {
        let account: String = row.try_get("account_id")?;
        let entry = entry(&row).map_err(|why| books(&account, why))?;
        if let Some(audit) = audits.get_mut(account.as_str()) {
            audit.take(&entry).map_err(|why| books(&account, why))?;
        }
        entries += 1;
    }
    for (account, audit) in audits {
        audit.finish().map_err(|why| books(account, why))?;
    }
    Ok(entries)
}

fn books(account: &str, why: impl Into<Cause>) -> Damage {
    Damage::Books { account: account.to_owned(), source: why.into() }
}

fn account(row: &Row) -> Result<AccountRecord, CopyError> {
    rows::account(row).or_else(|error| {
        let account: String = row.try_get("id")?;
        Err(Damage::Account { account, source: error.into_cause() }.into())
    })
}

/// The ledger's entry of a row, whose columns have to agree with it.
fn entry(row: &Row) -> Result<Entry, Cause> {
    let mut stored = rows::entry(row).map_err(StoreError::into_cause)?;
    let entry: Entry = serde_json::from_str(&stored.entry).map_err(|error| unreadable("entry", error))?;
    let mut expected = EntryRecord::of(&entry).map_err(StoreError::into_cause)?;
    // The store numbers entries. JSON with the same content may be written in another way.
    stored.seq = 0;
    stored.entry.clear();
    expected.entry.clear();
    if stored == expected { Ok(entry) } else { Err(Contradiction(stored.id).into()) }
}
