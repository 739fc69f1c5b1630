//! Statements and transactions on connections of the pool, and when they are tried again.

use super::address::RESPONSE_TIMEOUT;
use super::query_error::{QueryError, TimedOut};
use super::statement::Statement;
use deadpool_postgres::{Object, Pool};
use futures_util::future::join_all;
use std::time::Duration;
use tokio_postgres::Row;

/// Pauses before a call is tried again; after the last of them it has failed.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

/// Counts how often a call was tried.
#[derive(Default)]
pub struct Retries(usize);

impl Retries {
    /// Whether to try again, after a pause. Every call of the store may be done twice: it sets a value, or it carries a
    /// revision that the first time has changed.
    pub async fn pause(&mut self, error: &QueryError) -> bool {
        let (QueryError::Aborted(_) | QueryError::Unreachable(_)) = error else { return false };
        let Some(pause) = PAUSES.get(self.0) else { return false };
        self.0 += 1;
        tokio::time::sleep(*pause).await;
        true
    }
}

/// Repeats an attempt until it succeeds, or until trying again does not help.
macro_rules! retrying {
    ($attempt:expr) => {{
        let mut retries = $crate::store::postgres::connection::Retries::default();
        loop {
            match $attempt {
                Ok(done) => break Ok(done),
                Err(error) if retries.pause(&error).await => {}
                Err(error) => break Err($crate::store::error::StoreError::from(error)),
            }
        }
    }};
}
pub(super) use retrying;

/// A connection that goes back to the pool only if nothing is under way on it.
struct PooledConnection {
    connection: Option<Object>,
    pool: Pool,
}

impl PooledConnection {
    async fn take(pool: &Pool) -> Result<Self, QueryError> {
        Ok(Self { connection: Some(pool.get().await?), pool: pool.clone() })
    }

    /// Sends statements in one round trip; the database runs them in their order. Returns the rows of each.
    async fn send(&self, statements: &[Statement]) -> Vec<Result<Vec<Row>, QueryError>> {
        let Some(connection) = &self.connection else { return Vec::new() };
        let values: Vec<_> = statements.iter().map(Statement::values).collect();
        let sent = statements.iter().zip(&values);
        let responses =
            join_all(sent.map(|(statement, values)| connection.query_typed(statement.sql, values)));
        let Ok(responses) = tokio::time::timeout(RESPONSE_TIMEOUT, responses).await else {
            // Its host would not answer on other connections either: the next call connects anew, perhaps to another host.
            drop(self.pool.retain(|_, _| false));
            return vec![Err(QueryError::Unreachable(TimedOut.into()))];
        };
        responses.into_iter().map(|response| response.map_err(QueryError::from)).collect()
    }

    /// Returns the connection to the pool: nothing is under way on it.
    fn give_back(mut self) {
        drop(self.connection.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        // The caller went away in the middle, so the connection is closed, and the database undoes what was not committed.
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// Runs one statement in a transaction of its own.
pub async fn once(pool: &Pool, statement: &Statement) -> Result<Vec<Row>, QueryError> {
    Ok(in_one_round_trip(pool, std::slice::from_ref(statement)).await?.pop().unwrap_or_default())
}

/// Runs statements in one round trip, each in a transaction of its own.
pub async fn in_one_round_trip(pool: &Pool, statements: &[Statement]) -> Result<Vec<Vec<Row>>, QueryError> {
    let connection = PooledConnection::take(pool).await?;
    let responses = connection.send(statements).await.into_iter().collect();
    if !matches!(responses, Err(QueryError::Unreachable(_))) {
        connection.give_back();
    }
    responses
}

/// A transaction. Dropped without [`Transaction::commit`], it is undone.
pub struct Transaction(PooledConnection);

impl Transaction {
    /// Begins with these statements, in one round trip. Returns the rows of each.
    pub async fn begin(pool: &Pool, mut first: Vec<Statement>) -> Result<(Self, Vec<Vec<Row>>), QueryError> {
        let connection = PooledConnection::take(pool).await?;
        first.insert(0, Statement::new("BEGIN"));
        let mut responses = connection.send(&first).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        responses.remove(0);
        Ok((Self(connection), responses))
    }

    /// Runs the rest and commits, in one round trip.
    pub async fn commit(self, mut rest: Vec<Statement>) -> Result<(), QueryError> {
        rest.push(Statement::new("COMMIT"));
        // A statement that fails makes those after it fail, and the commit undo all of them.
        self.0.send(&rest).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.0.give_back();
        Ok(())
    }

    pub async fn roll_back(self) -> Result<(), QueryError> {
        for response in self.0.send(&[Statement::new("ROLLBACK")]).await {
            response?;
        }
        self.0.give_back();
        Ok(())
    }
}
