//! The steps that make the schema, and which programs work with which of them.
//!
//! Instances of two versions share a database while a new version is rolled out. So steps expand, then contract: a step that
//! only adds can be made while instances of the version before still run, and says so by the oldest program that works with
//! it. What nobody uses any more is removed in a later step.

use super::address::Address;
use super::query_error::QueryError;
use crate::store::error::OpenError;
use crate::store::inspection::Schema;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// A step from one version of the schema to the next.
#[derive(Clone, Copy)]
pub struct Step {
    /// What it does.
    pub sql: &'static str,
    /// The first version whose program still works once this step was made.
    pub works_since: i64,
}

/// The steps, first to last. A step that was released is never changed.
pub const STEPS: &[Step] = &[Step { sql: include_str!("schema.sql"), works_since: 1 }];

/// How often the table of steps is created again because another instance was just creating it.
const RACES: usize = 5;

/// Makes the steps that the schema of a database lacks. Returns how many it made.
pub async fn migrate(address: &Address) -> Result<usize, OpenError> {
    migrate_to(address, STEPS).await
}

/// Makes the steps of a program whose schema has these. Of several instances, one makes them and the others wait.
pub async fn migrate_to(address: &Address, steps: &[Step]) -> Result<usize, OpenError> {
    let (mut client, connection) = address.connect().await?;
    let made = make_missing(&mut client, steps).await;
    drop(client);
    // It ends with its client.
    let _ = connection.await;
    made
}

async fn make_missing(client: &mut Client, steps: &[Step]) -> Result<usize, OpenError> {
    let newest = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if let Some(current) = read_current(client).await? {
        current.must_work_with(newest)?;
        // Nothing is written then, so a role that may only read and write rows will do.
        if current.version >= newest {
            return Ok(0);
        }
    } else {
        create_table(client).await?;
    }
    let transaction = client.transaction().await.map_err(QueryError::from)?;
    execute(transaction.client(), "LOCK TABLE schema_steps IN EXCLUSIVE MODE").await?;
    let current = read_current(transaction.client()).await?.unwrap_or_default();
    current.must_work_with(newest)?;
    let done = usize::try_from(current.version).unwrap_or(usize::MAX);
    let mut made = 0;
    for (version, step) in (1..).zip(steps).skip(done) {
        execute(transaction.client(), step.sql).await?;
        let note = format!("INSERT INTO schema_steps VALUES ({version}, {})", step.works_since);
        execute(transaction.client(), &note).await?;
        made += 1;
    }
    transaction.commit().await.map_err(QueryError::from)?;
    Ok(made)
}

async fn execute(client: &Client, sql: &str) -> Result<(), OpenError> {
    Ok(client.batch_execute(sql).await.map_err(QueryError::from)?)
}

/// What the schema of a database is.
#[derive(Clone, Copy, Default)]
struct Current {
    version: i64,
    works_since: i64,
}

impl Current {
    fn must_work_with(self, program: i64) -> Result<(), OpenError> {
        if self.works_since > program {
            return Err(OpenError::NewerSchema { schema: self.version, program });
        }
        Ok(())
    }
}

/// The schema of a database, as this program sees it.
pub async fn of(client: &Client) -> Result<Schema, OpenError> {
    let newest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    Ok(match read_current(client).await? {
        None | Some(Current { version: 0, .. }) => Schema::Missing,
        Some(current) if current.works_since > newest => Schema::Newer(current.version),
        Some(current) if current.version < newest => Schema::Older(current.version),
        Some(current) => Schema::Fits(current.version),
    })
}

/// `None` if there is no table of steps yet.
async fn read_current(client: &Client) -> Result<Option<Current>, QueryError> {
    let sql = "SELECT coalesce(max(version), 0), coalesce(max(works_since), 0) FROM schema_steps";
    match client.query_typed_one(sql, &[]).await {
        Ok(row) => Ok(Some(Current { version: row.try_get(0)?, works_since: row.try_get(1)? })),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn create_table(client: &Client) -> Result<(), OpenError> {
    let sql =
        "CREATE TABLE IF NOT EXISTS schema_steps (version BIGINT PRIMARY KEY, works_since BIGINT NOT NULL)";
    for _ in 0..RACES {
        match client.batch_execute(sql).await {
            Err(error) if was_created_meanwhile(&error) => {}
            created => return Ok(created.map_err(QueryError::from)?),
        }
    }
    Ok(())
}

/// `IF NOT EXISTS` does not see a table that another instance is just creating.
fn was_created_meanwhile(error: &tokio_postgres::Error) -> bool {
    let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| codes.contains(code))
}
