//! The proof that what was copied adds up: of every account, the fold of the entries is the balance.

use super::{CopyError, CopyProgress};
use crate::http::wire_types;
use crate::store::rows;
use crate::store::{AccountRecord, StoreError};
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::pin::pin;
use tokenwell_ledger::{Audit, Entry};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

/// How many accounts are held at once.
const ACCOUNTS: i64 = 200;

/// What was proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proof {
    /// Of how many accounts.
    pub accounts: u64,
    /// By how many entries.
    pub entries: u64,
}

/// Goes through the entries of every account.
///
/// # Errors
/// The first account whose books do not add up.
pub async fn of_every_account(client: &Client, progress: &mut CopyProgress<'_>) -> Result<Proof, CopyError> {
    let mut proof = Proof::default();
    let mut last = String::new();
    loop {
        let sql = "SELECT * FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = client.query_typed(sql, &[(&last, Type::TEXT), (&ACCOUNTS, Type::INT8)]).await?;
        let accounts = rows.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        let Some(end) = accounts.last() else { return Ok(proof) };
        last.clone_from(&end.id);
        proof.entries += of_these(client, &accounts).await?;
        proof.accounts += accounts.len() as u64;
        progress.tell("proven", "accounts", proof.accounts);
    }
}

/// Returns how many entries they have.
async fn of_these(client: &Client, accounts: &[AccountRecord]) -> Result<u64, CopyError> {
    let mut audits: HashMap<&str, Audit<'_>> =
        accounts.iter().map(|account| (account.id.as_str(), Audit::of(&account.state))).collect();
    let ids: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let sql = "SELECT * FROM entries WHERE account_id = ANY($1) ORDER BY account_id, seq";
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&ids, Type::TEXT_ARRAY)];
    let mut rows = pin!(client.query_typed_raw(sql, values).await?);
    let mut entries = 0;
    while let Some(row) = rows.try_next().await? {
        let account: String = row.try_get("account_id")?;
        let entry = entry(&row).map_err(|why| damaged(&account, &why))?;
        if let Some(audit) = audits.get_mut(account.as_str()) {
            audit.take(&entry).map_err(|why| damaged(&account, &why))?;
        }
        entries += 1;
    }
    for (account, audit) in audits {
        audit.finish().map_err(|why| damaged(account, &why))?;
    }
    Ok(entries)
}

fn damaged(account: &str, why: &dyn std::fmt::Display) -> CopyError {
    CopyError::Damaged(format!("the books of the account {account} do not add up: {why}"))
}

fn account(row: &Row) -> Result<AccountRecord, CopyError> {
    rows::account(row).or_else(|why| {
        let id: String = row.try_get("id")?;
        Err(CopyError::Damaged(format!("the account {id} cannot be read: {why}")))
    })
}

/// The ledger's entry, which the columns beside it have to agree with.
fn entry(row: &Row) -> Result<Entry, StoreError> {
    let mut kept = rows::entry(row)?;
    let entry: Entry = serde_json::from_str(&kept.entry).map_err(|error| rows::unreadable("entry", error))?;
    // Its place is the store's, and its JSON may be of an older version.
    kept.seq = 0;
    kept.entry.clear();
    let as_kept =
        wire_types::entry_records(std::slice::from_ref(&entry)).ok().and_then(|mut records| records.pop());
    let agrees = as_kept.is_some_and(|mut record| {
        record.entry.clear();
        record == kept
    });
    if agrees {
        Ok(entry)
    } else {
        Err(StoreError::Failed(format!("the columns of the entry {} are not what it says", kept.id)))
    }
}
