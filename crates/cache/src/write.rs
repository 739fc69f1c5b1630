//! Writing changes.

use crate::CacheError;
use rusqlite::{Connection, ToSql, params};
use serde::Serialize;
use tokenwell_desktop::{
    account_key::AccountKey,
    cached_state::{CacheWrite, Offer, PanelSize},
};

/// Stores a change. [`CachedState::apply`](tokenwell_desktop::cached_state::CachedState::apply) does the same in memory.
pub(crate) fn apply(db: &mut Connection, write: &CacheWrite) -> Result<(), CacheError> {
    match write {
        CacheWrite::Settings(settings) => {
            let body = json(settings)?;
            db.execute("insert or replace into settings (one, body) values (1, ?)", [body])?;
        }
        CacheWrite::Panel(PanelSize { width, height }) => {
            let size = params![width, height];
            db.execute("insert or replace into panel (one, width, height) values (1, ?, ?)", size)?;
        }
        CacheWrite::Service(address) => {
            db.execute("insert or replace into last_service (one, address) values (1, ?)", [address])?;
        }
        CacheWrite::Offer(service, Offer { description, packs, plans }) => {
            let [description, packs, plans] = [json(description)?, json(packs)?, json(plans)?];
            db.execute(
                "insert or replace into offers (service, description, packs, plans) values (?, ?, ?, ?)",
                [service, &description, &packs, &plans],
            )?;
        }
        CacheWrite::Account(service, profile) => {
            db.execute(
                "insert into accounts (service, id, profile) values (?, ?, ?) \
                 on conflict (service, id) do update set profile = excluded.profile, signed_out = 0",
                [service, &profile.account.id, &json(profile)?],
            )?;
        }
        CacheWrite::Balance(key, balance) => set(db, key, "balance", Some(json(balance)?))?,
        CacheWrite::Purchase(key, purchase) => {
            set(db, key, "purchase", purchase.as_ref().map(json).transpose()?)?;
        }
        CacheWrite::SignedOut(key) => set(db, key, "signed_out", 1)?,
        CacheWrite::InMemory(key, in_memory) => set(db, key, "in_memory", in_memory)?,
        CacheWrite::Reminded(key, at) => set(db, key, "reminded", at.to_string())?,
        CacheWrite::Current(key) => {
            let change = db.transaction()?;
            for table in ["accounts", "key_accounts"] {
                change.execute(&format!("update {table} set current = 0 where current = 1"), [])?;
                let this = format!("update {table} set current = 1 where service = ? and id = ?");
                change.execute(&this, [&key.service, &key.id])?;
            }
            change.commit()?;
        }
        CacheWrite::KeyAccount(account) => {
            db.execute(
                "insert into key_accounts (service, id, body) values (?, ?, ?) \
                 on conflict (service, id) do update set body = excluded.body",
                [&account.service, &account.id, &json(account)?],
            )?;
        }
        CacheWrite::Forget(AccountKey { service, id }) => {
            for table in ["accounts", "key_accounts"] {
                let delete = format!("delete from {table} where service = ? and id = ?");
                db.execute(&delete, [service, id])?;
            }
        }
    }
    Ok(())
}

/// Changes one column of an account, if the account is stored.
fn set(db: &Connection, key: &AccountKey, column: &str, value: impl ToSql) -> rusqlite::Result<()> {
    let AccountKey { service, id } = key;
    let change = format!("update accounts set {column} = ? where service = ? and id = ?");
    db.execute(&change, params![value, service, id]).map(drop)
}

fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}
