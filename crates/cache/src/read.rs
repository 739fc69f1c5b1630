//! Reading what is stored. A value that this version cannot read counts as missing.

use rusqlite::{Connection, OptionalExtension as _, Row, types::Type};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use tokenwell_desktop::{
    account_key::AccountKey,
    cached_state::{CachedAccount, CachedState, Offer, PanelSize},
    key_account::KeyAccount,
};

/// The longest value that is read. The app takes shorter responses only.
const JSON_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Everything that is stored.
pub(crate) fn state(db: &Connection) -> CachedState {
    let (accounts, current) = accounts(db);
    let (key_accounts, current_key_account) = key_accounts(db);
    CachedState {
        settings: one(db, "select body from settings", |row| json(row, "body")).unwrap_or_default(),
        panel: one(db, "select width, height from panel", |row| {
            Ok(PanelSize { width: row.get("width")?, height: row.get("height")? })
        })
        .and_then(PanelSize::on_a_screen),
        service: one(db, "select address from last_service", |row| row.get("address")),
        offers: offers(db),
        accounts,
        key_accounts,
        current: current.or(current_key_account),
    }
}

/// The accounts that are read with API keys, in the order in which they were added, and the current one.
fn key_accounts(db: &Connection) -> (Vec<KeyAccount>, Option<AccountKey>) {
    let account = |row: &Row<'_>| Ok((json::<KeyAccount>(row, "body")?, row.get("current")?));
    let rows = rows(db, "select body, current from key_accounts order by seq", account);
    let current = rows.iter().find(|(_, current)| *current).map(|(account, _)| account.key());
    (rows.into_iter().map(|(account, _)| account).collect(), current)
}

/// The accounts in the order in which they were added, and the current one.
fn accounts(db: &Connection) -> (Vec<CachedAccount>, Option<AccountKey>) {
    let query = "select service, profile, signed_out, in_memory, balance, purchase, reminded, current \
                 from accounts order by seq";
    let account = |row: &Row<'_>| {
        let account = CachedAccount {
            service: row.get("service")?,
            profile: json(row, "profile")?,
            signed_out: row.get("signed_out")?,
            in_memory: row.get("in_memory")?,
            balance: json(row, "balance").unwrap_or_default(),
            purchase: json(row, "purchase").unwrap_or_default(),
            reminded: row.get::<_, Option<String>>("reminded")?.and_then(|at| at.parse().ok()),
        };
        Ok((account, row.get("current")?))
    };
    let rows = rows(db, query, account);
    let current = rows.iter().find(|(_, current)| *current).map(|(account, _)| account.key());
    (rows.into_iter().map(|(account, _)| account).collect(), current)
}

fn offers(db: &Connection) -> BTreeMap<String, Offer> {
    let offer = |row: &Row<'_>| {
        let offer = Offer {
            description: json(row, "description")?,
            packs: json(row, "packs")?,
            plans: json(row, "plans")?,
        };
        Ok((row.get("service")?, offer))
    };
    rows(db, "select service, description, packs, plans from offers", offer).into_iter().collect()
}

/// The value of a table that has at most one row.
fn one<T>(db: &Connection, query: &str, read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>) -> Option<T> {
    db.query_row(query, [], read).optional().unwrap_or_else(|error| {
        tracing::warn!("a value of the cache cannot be read: {error}");
        None
    })
}

/// The rows that this version can read.
fn rows<T>(db: &Connection, query: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let all = || -> rusqlite::Result<Vec<T>> {
        let mut statement = db.prepare(query)?;
        let rows = statement.query_map([], read)?;
        Ok(rows.filter_map(Result::ok).collect())
    };
    all().unwrap_or_else(|error| {
        tracing::warn!("the rows of the cache cannot be read: {error}");
        vec![]
    })
}

/// The value of a JSON column. A column without a value reads as `null`.
fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let unreadable = |why| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, why);
    let text = row.get_ref(column)?.as_str_or_null()?.unwrap_or("null");
    if text.len() > JSON_BYTES_MAX {
        return Err(unreadable("it is longer than any response".into()));
    }
    serde_json::from_str(text).map_err(|error| unreadable(error.into()))
}
