//! The pool of connections, and how statements run on it.

use super::address::Address;
use super::connection::{once, retrying};
use super::metrics::PoolMetrics;
use super::query_error::QueryError;
use super::schema::migrate;
use super::statement::{Statement, sql};
use crate::store::changes::Change;
use crate::store::error::{OpenError, StoreResult};
use crate::store::interface::Store;
use crate::store::lists::Page;
use crate::store::rows::{self, Columns, unreadable};
use crate::turns::Place;
use async_trait::async_trait;
use deadpool_postgres::Pool;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio_postgres::Row;

/// How many batches of changes are written at once: while one waits for the disk, the next is under way.
const BATCHES_AT_ONCE: usize = 3;

/// Fails on a database that cannot be written; writes nothing.
const CHECK_WRITABLE: &str = "UPDATE settings SET value = value WHERE name = ''";

/// The store on PostgreSQL.
pub struct PostgresStore {
    pub(super) pool: Pool,
    /// Where common changes wait to be written in one batch. A change that was not written comes back.
    pub(super) queue: Arc<Place<Change, Result<(), Arc<Change>>>>,
}

impl PostgresStore {
    /// Opens the database and makes the steps that its schema lacks.
    pub async fn open(address: &Address) -> Result<Self, OpenError> {
        migrate(address).await?;
        let store = Self { pool: address.pool()?, queue: Place::with(BATCHES_AT_ONCE) };
        store.ready().await.map_err(|error| OpenError::Failed(error.into_cause()))?;
        Ok(store)
    }

    /// Runs one statement in a transaction of its own, and returns its rows.
    pub async fn run(&self, statement: Statement) -> StoreResult<Vec<Row>> {
        retrying!(once(&self.pool, &statement).await)
    }

    /// Reads every row. A query for a text that PostgreSQL cannot store finds nothing.
    pub async fn all<T>(
        &self,
        statement: Statement,
        read: impl Fn(&dyn Columns) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = retrying!(match once(&self.pool, &statement).await {
            Err(QueryError::NulInText) => Ok(Vec::new()),
            read => read,
        })?;
        rows.iter().map(|row| read(row)).collect()
    }

    /// Reads a row of which there is one at most.
    pub async fn one<T>(
        &self,
        statement: Statement,
        read: impl Fn(&dyn Columns) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        Ok(self.all(statement, read).await?.pop())
    }

    /// Reads a page of a list. The statement asks for one row more than `limit`.
    pub async fn page<T>(
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
pub fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

impl Columns for Row {
    fn int(&self, name: &str) -> StoreResult<Option<i64>> {
        self.try_get(name).map_err(|error| unreadable(name, error).into())
    }
    fn string(&self, name: &str) -> StoreResult<Option<String>> {
        self.try_get(name).map_err(|error| unreadable(name, error).into())
    }
    fn blob(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        self.try_get(name).map_err(|error| unreadable(name, error).into())
    }
    fn flag(&self, name: &str) -> StoreResult<bool> {
        self.try_get(name).map_err(|error| unreadable(name, error).into())
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    async fn ready(&self) -> StoreResult<()> {
        self.run(sql!(CHECK_WRITABLE)).await.map(drop)
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(PoolMetrics(self.pool.clone())));
    }

    async fn close(&self) {
        self.pool.close();
    }
}
