//! A look at a database that creates and changes nothing.

use super::address::Address;
use super::error::PostgresError;
use super::query_error::QueryError;
use super::schema;
use crate::store::error::{Cause, OpenError};
use crate::store::inspection::{Inspection, MayNotCreate, Schema};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Client;

/// Looks at a database.
pub async fn inspect(address: &Address) -> Result<Inspection, OpenError> {
    let (client, connection) = address.connect().await?;
    let inspected = look(&client).await;
    drop(client);
    // It ends with its client.
    let _ = connection.await;
    inspected
}

async fn look(client: &Client) -> Result<Inspection, OpenError> {
    let schema = schema::of(client).await?;
    let writable = match schema {
        Schema::Missing => may_create(client).await?,
        _ => write(client).await,
    };
    Ok(Inspection { schema, writable, clock_ahead: Some(clock_ahead(client).await?) })
}

/// A change that changes nothing, and is undone.
async fn write(client: &Client) -> Result<(), Cause> {
    let sql = "BEGIN; UPDATE settings SET value = value WHERE name = ''; ROLLBACK";
    client.batch_execute(sql).await.map_err(|error| PostgresError::from(error).into())
}

async fn may_create(client: &Client) -> Result<Result<(), Cause>, OpenError> {
    let sql = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) \
               AND NOT current_setting('transaction_read_only')::boolean";
    let row = client.query_typed_one(sql, &[]).await.map_err(QueryError::from)?;
    let may: bool = row.try_get(0).map_err(QueryError::from)?;
    Ok(if may { Ok(()) } else { Err(MayNotCreate.into()) })
}

async fn clock_ahead(client: &Client) -> Result<SignedDuration, OpenError> {
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let row = client.query_typed_one(sql, &[]).await.map_err(QueryError::from)?;
    let theirs: i64 = row.try_get(0).map_err(QueryError::from)?;
    Ok(SignedDuration::from_millis(theirs.saturating_sub(Timestamp::now().as_millisecond())))
}
