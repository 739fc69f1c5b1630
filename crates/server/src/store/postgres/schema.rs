//! The schema's steps, and who may work with which of them.
//!
//! Steps expand, then contract: one that only adds can be made while instances of the version before still run, and says
//! so by the oldest program that works with it. What nobody uses any more goes in a later step.

use super::address::Address;
use super::error::DatabaseError;
use tokio_postgres::error::SqlState;

struct Step {
    sql: &'static str,
    /// The first version whose program still works once this step was made.
    works_since: i64,
}

const STEPS: &[Step] = &[Step { sql: include_str!("migrations/01-everything.sql"), works_since: 1 }];

/// How often the table of steps is made again because another instance was just making it.
const RACES: usize = 5;

/// The version that this program makes.
pub fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Why the schema is not fit for this program.
#[derive(Debug)]
pub enum Unfit {
    /// It was made by a newer program that left this one behind.
    Newer { version: i64 },
    /// The database did not do it.
    Failed(DatabaseError),
}

impl<E: Into<DatabaseError>> From<E> for Unfit {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes the steps that are missing, each instance waiting for the one that does. Returns how many it made.
pub async fn bring_up_to_date(address: &Address) -> Result<usize, Unfit> {
    let (mut client, connection) = address.connect().await?;
    let made = migrate(&mut client).await;
    drop(client);
    // It ends with its client.
    let _ = connection.await;
    made
}

async fn migrate(client: &mut tokio_postgres::Client) -> Result<usize, Unfit> {
    if let Some(current) = version(client).await? {
        refuse_newer(current)?;
        // A role that may only read and write is enough for a schema that is up to date.
        if current.version >= newest() {
            return Ok(0);
        }
    } else {
        make_table(client).await?;
    }
    let transaction = client.transaction().await?;
    transaction.batch_execute("LOCK TABLE schema_steps IN EXCLUSIVE MODE").await?;
    let current = version(transaction.client()).await?.unwrap_or(Current { version: 0, works_since: 0 });
    refuse_newer(current)?;
    let done = usize::try_from(current.version).unwrap_or(usize::MAX);
    let mut made = 0;
    for (version, step) in (1..).zip(STEPS).skip(done) {
        transaction.batch_execute(step.sql).await?;
        let step = format!("INSERT INTO schema_steps VALUES ({version}, {})", step.works_since);
        transaction.batch_execute(&step).await?;
        made += 1;
    }
    transaction.commit().await?;
    Ok(made)
}

#[derive(Clone, Copy)]
struct Current {
    version: i64,
    works_since: i64,
}

fn refuse_newer(current: Current) -> Result<(), Unfit> {
    if current.works_since > newest() { Err(Unfit::Newer { version: current.version }) } else { Ok(()) }
}

/// `None` if there is not even the table.
async fn version(client: &tokio_postgres::Client) -> Result<Option<Current>, DatabaseError> {
    let sql = "SELECT coalesce(max(version), 0), coalesce(max(works_since), 0) FROM schema_steps";
    match client.query_typed_one(sql, &[]).await {
        Ok(row) => Ok(Some(Current { version: row.try_get(0)?, works_since: row.try_get(1)? })),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn make_table(client: &tokio_postgres::Client) -> Result<(), DatabaseError> {
    let sql =
        "CREATE TABLE IF NOT EXISTS schema_steps (version BIGINT PRIMARY KEY, works_since BIGINT NOT NULL)";
    for _ in 0..RACES {
        match client.batch_execute(sql).await {
            // Somebody else made it between the look and the making.
            Err(error)
                if matches!(
                    error.code(),
                    Some(
                        &SqlState::UNIQUE_VIOLATION
                            | &SqlState::DUPLICATE_TABLE
                            | &SqlState::DUPLICATE_OBJECT
                    )
                ) => {}
            made => return Ok(made?),
        }
    }
    Ok(())
}
