//! The store on PostgreSQL, or on a database that speaks its protocol. Any number of instances of the service share one
//! database: a connection has no state of its own, so a transaction pooler may stand between, and only rows are locked.
//!
//! A statement that the database aborts because of a concurrent one, or whose connection is lost, is tried again.

mod accounts;
mod address;
mod batch;
mod changes;
mod connection;
mod error;
mod lists;
mod metrics;
mod schema;
mod statement;
#[cfg(all(test, unix))]
mod tests;
mod work;

pub use address::Address;
pub use error::plainly;

use super::rows::{self, Columns, unreadable};
use super::{Change, Page, Store, StoreError, StoreResult};
use crate::base::batch_queue::Place;
use async_trait::async_trait;
use connection::{once, retrying};
use deadpool_postgres::Pool;
use error::DatabaseError;
use metrics::PoolMetrics;
use prometheus_client::registry::Registry;
use schema::Unfit;
use statement::{Statement, sql};
use std::sync::Arc;
use tokio_postgres::Row;

/// How many batches of changes are written at once: while one waits for the disk, the next is under way.
const BATCHES_AT_ONCE: usize = 3;

/// The store on PostgreSQL.
pub struct PostgresStore {
    pool: Pool,
    /// Where common changes wait to be written in one batch. A change that was not written comes back.
    queue: Arc<Place<Change, Result<(), Arc<Change>>>>,
}

impl PostgresStore {
    /// Opens the database and makes the steps that its schema lacks.
    ///
    /// # Errors
    /// In words: what is wrong and what to do.
    pub async fn open(address: &Address) -> Result<Self, String> {
        migrate(address).await?;
        let store = Self { pool: address.pool()?, queue: Place::with(BATCHES_AT_ONCE) };
        store.ready().await.map_err(|error| error.to_string())?;
        Ok(store)
    }

    /// Runs one statement in a transaction of its own, and returns its rows.
    async fn run(&self, statement: Statement) -> StoreResult<Vec<Row>> {
        retrying!(once(&self.pool, &statement).await)
    }

    /// Reads every row. A query for a text that PostgreSQL cannot store finds nothing.
    async fn all<T>(
        &self,
        statement: Statement,
        read: impl Fn(&dyn Columns) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = retrying!(match once(&self.pool, &statement).await {
            Err(DatabaseError::NulInText) => Ok(Vec::new()),
            read => read,
        })?;
        rows.iter().map(|row| read(row)).collect()
    }

    /// Reads a row of which there is one at most.
    async fn one<T>(
        &self,
        statement: Statement,
        read: impl Fn(&dyn Columns) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        Ok(self.all(statement, read).await?.pop())
    }

    /// Reads a page of a list. The statement asks for one row more than `limit`.
    async fn page<T>(
        &self,
        statement: Statement,
        limit: u32,
        read: impl Fn(&dyn Columns) -> StoreResult<T>,
    ) -> StoreResult<Page<T>> {
        let items = self.all(statement, |row| Ok((row.whole("seq")?, read(row)?))).await?;
        Ok(rows::page(items, limit))
    }
}

/// The limit of a statement that [`PostgresStore::page`] reads.
fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

/// Makes the steps that the schema of a database lacks. Returns how many it made.
pub async fn migrate(address: &Address) -> Result<usize, String> {
    schema::bring_up_to_date(address).await.map_err(|unfit| match unfit {
        Unfit::Newer { version } => format!(
            "its schema (version {version}) is of a newer tokenwell-server that left version {} behind",
            schema::newest()
        ),
        Unfit::Failed(failed) => match StoreError::from(failed) {
            StoreError::Failed(why) | StoreError::Unavailable(why) => why,
            other => other.to_string(),
        },
    })
}

impl Columns for Row {
    fn int(&self, name: &str) -> StoreResult<Option<i64>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn string(&self, name: &str) -> StoreResult<Option<String>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn blob(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
    fn flag(&self, name: &str) -> StoreResult<bool> {
        self.try_get(name).map_err(|error| unreadable(name, error))
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    async fn ready(&self) -> StoreResult<()> {
        self.run(sql!("UPDATE settings SET value = value WHERE name = ''")).await.map(drop)
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(PoolMetrics(self.pool.clone())));
    }

    async fn close(&self) {
        self.pool.close();
    }
}
