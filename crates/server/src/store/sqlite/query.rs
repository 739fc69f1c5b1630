//! Statements on a connection, and their rows.

use crate::base::spelling::Spelled;
use crate::store::error::StoreResult;
use crate::store::lists::Page;
use crate::store::rows::{self, Columns};
use rusqlite::{Connection, Params, Row, params};

impl Columns for Row<'_> {
    fn int(&self, name: &str) -> StoreResult<Option<i64>> {
        Ok(self.get(name)?)
    }
    fn string(&self, name: &str) -> StoreResult<Option<String>> {
        Ok(self.get(name)?)
    }
    fn blob(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.get(name)?)
    }
    fn flag(&self, name: &str) -> StoreResult<bool> {
        Ok(self.get(name)?)
    }
}

/// Runs a statement. Returns how many rows it wrote.
pub fn run(connection: &Connection, sql: &str, params: impl Params) -> StoreResult<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    let written = statement.execute(params)?;
    #[cfg(test)]
    work::count(&statement);
    Ok(written)
}

/// Reads every row of a query.
pub fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> StoreResult<T>,
) -> StoreResult<Vec<T>> {
    connection.prepare_cached(sql)?.query_and_then(params, read)?.collect()
}

/// Reads the first row of a query.
pub fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> StoreResult<T>,
) -> StoreResult<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query(params)?.next()?.map(read).transpose();
    #[cfg(test)]
    work::count(&statement);
    found
}

/// Reads a page of a list, newest first. The query's parameters are the sequence number to stay below, the number of rows,
/// and the account.
pub fn page<T>(
    connection: &Connection,
    sql: &str,
    account: Option<&str>,
    before: Option<i64>,
    limit: u32,
    read: impl Fn(&dyn Columns) -> StoreResult<T>,
) -> StoreResult<Page<T>> {
    let params = params![before.unwrap_or(i64::MAX), limit + 1, account];
    let items = all(connection, sql, params, |row| Ok((row.get("seq")?, read(row)?)))?;
    Ok(rows::page(items, limit))
}

/// The words of every value of an enum, as a list in SQL: `'one', 'two'`.
pub fn known_words<T: Spelled>() -> String {
    rows::words(T::ALL).iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// How much statements of this thread had to do.
#[cfg(test)]
pub mod work {
    use rusqlite::{Statement, StatementStatus};
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<i32> = const { Cell::new(0) };
    }

    pub(super) fn count(statement: &Statement<'_>) {
        STEPS.set(STEPS.get() + statement.reset_status(StatementStatus::VmStep));
    }

    /// The steps of SQLite's virtual machine since the last call.
    pub fn steps() -> i32 {
        STEPS.replace(0)
    }
}
