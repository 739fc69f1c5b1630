//! Waits for conditions instead of fixed times.

use anyhow::{Result, anyhow};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The maximum time to wait for a condition. It ends a test that hangs, so it is far longer than the slowest machine needs.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// Evaluates `condition` until it returns `Some`, and fails with `what` and the last error once the deadline has passed.
pub async fn eventually<T>(what: &str, condition: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(DEADLINE, what, condition).await
}

/// Like [`eventually`], with another deadline.
pub async fn eventually_within<T>(
    limit: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let last = match condition().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() > deadline {
            return Err(match last {
                Some(error) => error.context(format!("not true after {limit:?}: {what}")),
                None => anyhow!("not true after {limit:?}: {what}"),
            });
        }
        sleep(Duration::from_millis(40)).await;
    }
}
