//! The PostgreSQL database that is copied into: empty, and written in one transaction, so that an interrupted copy leaves it
//! empty.

use super::cell::{Cell, Row, Tally};
use super::error::{CopyError, Damage, Interruption, Refusal};
use super::progress::CopyProgress;
use super::tables::{Column, TABLES};
use crate::store::error::Cause;
use crate::store::postgres::{self, Address, PostgresError};
use futures_util::TryStreamExt;
use std::pin::pin;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

/// Makes the sequences of the database continue after the last number that was copied.
const CONTINUE_SEQUENCES: [&str; 4] = [
    "SELECT setval(pg_get_serial_sequence('purchases', 'seq'), max(seq)) FROM purchases HAVING max(seq) > 0",
    "SELECT setval(pg_get_serial_sequence('refused_claims', 'seq'), max(seq)) FROM refused_claims HAVING max(seq) > 0",
    "SELECT setval(pg_get_serial_sequence('refunds_due', 'seq'), max(seq)) FROM refunds_due HAVING max(seq) > 0",
    "SELECT setval('inbox_set_aside', max(set_aside_seq)) FROM inbox HAVING max(set_aside_seq) > 0",
];

/// A database that was empty, and the transaction that fills it. Dropped without [`Target::commit`], it stays empty.
pub struct Target {
    client: Client,
    connection: JoinHandle<()>,
}

impl Target {
    /// Makes the schema, and locks the tables against other writers.
    pub async fn open(address: &Address) -> Result<Self, CopyError> {
        let unusable = |source: Cause| Refusal::Database { address: address.to_string(), source };
        postgres::migrate(address).await.map_err(|error| unusable(error.into()))?;
        let (client, connection) = address.connect().await.map_err(|error| unusable(error.into()))?;
        let target = Self { client, connection };
        let lock = format!("BEGIN; LOCK TABLE {} IN EXCLUSIVE MODE", TABLES.join(", "));
        let locked = target.client.batch_execute(&lock).await;
        locked.map_err(|error| unusable(PostgresError::from(error).into()))?;
        for table in TABLES {
            let sql = format!("SELECT 1 FROM {table} LIMIT 1");
            if !target.client.query_typed(&sql, &[]).await?.is_empty() {
                return Err(Refusal::NotEmpty { address: address.to_string(), table }.into());
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
            let (name, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let kind = match kind.as_str() {
                "boolean" => Type::BOOL,
                "bigint" => Type::INT8,
                "bytea" => Type::BYTEA,
                "text" => Type::TEXT,
                _ => return Err(Refusal::ColumnType { table, column: name, kind }.into()),
            };
            Ok(Column { name, kind })
        };
        rows.iter().map(column).collect()
    }

    /// Writes rows as they arrive.
    pub async fn write(
        &self,
        table: &'static str,
        columns: &[Column],
        mut batches: Receiver<Vec<Row>>,
        progress: &mut CopyProgress<'_>,
    ) -> Result<(), CopyError> {
        let failed = |error| of_row(table, error);
        let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names(columns));
        let sink = self.client.copy_in(&sql).await?;
        let kinds: Vec<Type> = columns.iter().map(|column| column.kind.clone()).collect();
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &kinds));
        let mut rows = 0;
        while let Some(batch) = batches.recv().await {
            for row in &batch {
                writer.as_mut().write_raw(row).await.map_err(failed)?;
            }
            rows += batch.len() as u64;
            progress.report("copied", table, rows);
        }
        writer.finish().await.map_err(failed)?;
        Ok(())
    }

    /// Reads back what a table holds.
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
            progress.report("compared", table, tally.rows);
        }
        Ok(tally)
    }

    /// The connection, within the transaction.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Commits the copy.
    pub async fn commit(self) -> Result<(), CopyError> {
        for sql in CONTINUE_SEQUENCES {
            self.client.query_typed(sql, &[]).await?;
        }
        // Otherwise the first queries would be planned for an empty database.
        self.client.batch_execute("ANALYZE").await?;
        self.client.batch_execute("COMMIT").await.map_err(|error| Interruption::Commit(error.into()))?;
        drop(self.client);
        // It ends with its client.
        let _ = self.connection.await;
        Ok(())
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The error of a row. What PostgreSQL refuses because of its values, the file should never have held.
fn of_row(table: &str, error: tokio_postgres::Error) -> CopyError {
    let error = PostgresError::from(error);
    let of_the_values = |code: &SqlState| code.code().starts_with("22") || code.code().starts_with("23");
    if error.code().is_some_and(of_the_values) {
        let at = error.copied_line().unwrap_or(table).to_owned();
        Damage::Row { source: error, at }.into()
    } else {
        Interruption::Database(error).into()
    }
}
