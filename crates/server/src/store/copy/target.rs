//! The PostgreSQL database that is copied into: empty, and written in one transaction, so that a copy that does not come
//! to its end never was.

use super::cell::{Cell, Row, Tally};
use super::{CopyError, CopyProgress, TABLES};
use crate::store::postgres::{self, Address, plainly};
use futures_util::TryStreamExt;
use std::pin::pin;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

/// Numbers that the database gives go on after the last one that was copied.
const GO_ON: [&str; 3] = [
    "SELECT setval(pg_get_serial_sequence('purchases', 'seq'), max(seq)) FROM purchases HAVING max(seq) > 0",
    "SELECT setval(pg_get_serial_sequence('refunds_due', 'seq'), max(seq)) FROM refunds_due HAVING max(seq) > 0",
    "SELECT setval('inbox_set_aside', max(set_aside_seq)) FROM inbox HAVING max(set_aside_seq) > 0",
];

/// A column of a table.
pub struct Column {
    pub name: String,
    kind: Type,
}

/// A database that was empty, and the transaction that fills it. Dropped without [`Target::commit`], it is empty again.
pub struct Target {
    client: Client,
    connection: JoinHandle<()>,
}

impl Target {
    /// Makes the schema and sees to it that nobody else writes.
    ///
    /// # Errors
    /// If the database cannot be used, or is not empty.
    pub async fn open(address: &Address) -> Result<Self, CopyError> {
        let refused = |why: String| CopyError::Refused(format!("--to {address}: {why}"));
        let unusable = |why: String| {
            refused(format!(
                "{why}; give the address of a PostgreSQL server that is up, and a user who may create tables there"
            ))
        };
        postgres::migrate(address).await.map_err(unusable)?;
        let (client, connection) = address
            .connect()
            .await
            .map_err(|failed| unusable(crate::store::StoreError::from(failed).to_string()))?;
        let target = Self { client, connection };
        let lock = format!("BEGIN; LOCK TABLE {} IN EXCLUSIVE MODE", TABLES.join(", "));
        target.client.batch_execute(&lock).await.map_err(|error| unusable(plainly(&error)))?;
        for table in TABLES {
            let sql = format!("SELECT 1 FROM {table} LIMIT 1");
            if !target.client.query_typed(&sql, &[]).await?.is_empty() {
                return Err(refused(format!(
                    "it is not empty ({table} has rows); give an empty database that no service was started on"
                )));
            }
        }
        Ok(target)
    }

    /// The columns of a table.
    pub async fn columns(&self, table: &'static str) -> Result<Vec<Column>, CopyError> {
        let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
        let rows = self.client.query_typed(sql, &[(&table, Type::TEXT)]).await?;
        let column = |row: &tokio_postgres::Row| {
            let kind = match row.try_get::<_, String>(1)?.as_str() {
                "boolean" => Type::BOOL,
                "bigint" => Type::INT8,
                "bytea" => Type::BYTEA,
                _ => Type::TEXT,
            };
            Ok(Column { name: row.try_get(0)?, kind })
        };
        rows.iter().map(column).collect()
    }

    /// Writes rows as they come.
    pub async fn write(
        &self,
        table: &'static str,
        columns: &[Column],
        mut batches: Receiver<Vec<Row>>,
        progress: &mut CopyProgress<'_>,
    ) -> Result<(), CopyError> {
        let damaged = |error| of_table(table, error);
        let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names(columns));
        let sink = self.client.copy_in(&sql).await?;
        let kinds: Vec<Type> = columns.iter().map(|column| column.kind.clone()).collect();
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &kinds));
        let mut rows = 0;
        while let Some(batch) = batches.recv().await {
            for row in &batch {
                writer.as_mut().write_raw(row).await.map_err(damaged)?;
            }
            rows += batch.len() as u64;
            progress.tell("copied", table, rows);
        }
        writer.finish().await.map_err(damaged)?;
        Ok(())
    }

    /// What a table holds now.
    pub async fn tally(
        &self,
        table: &'static str,
        columns: &[Column],
        progress: &mut CopyProgress<'_>,
    ) -> Result<Tally, CopyError> {
        let sql = format!("SELECT {} FROM {table}", names(columns));
        let mut rows =
            pin!(self.client.query_typed_raw(&sql, std::iter::empty::<(&dyn ToSql, Type)>()).await?);
        let mut tally = Tally::default();
        while let Some(row) = rows.try_next().await? {
            let cells = (0..columns.len()).map(|n| row.try_get(n)).collect::<Result<Vec<Cell>, _>>()?;
            tally.count(&cells);
            progress.tell("compared", table, tally.rows);
        }
        Ok(tally)
    }

    /// The database itself, within the transaction.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Makes it final.
    pub async fn commit(self) -> Result<(), CopyError> {
        for sql in GO_ON {
            self.client.query_typed(sql, &[]).await?;
        }
        // So that the first queries are not planned for an empty database.
        self.client.batch_execute("ANALYZE").await?;
        self.client.batch_execute("COMMIT").await.map_err(|error| {
            CopyError::Unfinished(format!(
                "{}; whether it was written at the last moment is not known",
                plainly(&error)
            ))
        })?;
        drop(self.client);
        // It ends with its client.
        let _ = self.connection.await;
        Ok(())
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

impl From<tokio_postgres::Error> for CopyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Unfinished(format!("the database of --to failed: {}", plainly(&error)))
    }
}

/// What the tables refuse, the file should never have held.
fn of_table(table: &str, error: tokio_postgres::Error) -> CopyError {
    let refuses = |code: &SqlState| code.code().starts_with("22") || code.code().starts_with("23");
    if error.code().is_some_and(refuses) {
        let row = error.as_db_error().and_then(|told| told.where_()).unwrap_or(table);
        CopyError::Damaged(format!("{}, at {row}", plainly(&error)))
    } else {
        error.into()
    }
}
