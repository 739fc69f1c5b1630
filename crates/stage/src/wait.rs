//! Waiting for a condition instead of for a time.

use anyhow::{Result, anyhow};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a condition may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(30);

/// Asks `condition` until it answers `Some`, and fails with the `what` and the last error once the deadline has passed.
pub async fn eventually<T>(what: &str, condition: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(DEADLINE, what, condition).await
}

/// The same, with a deadline of its own.
pub async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        let last = match condition().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() > deadline {
            return Err(match last {
                Some(error) => error.context(format!("waited {patience:?} in vain: {what}")),
                None => anyhow!("waited {patience:?} in vain: {what}"),
            });
        }
        sleep(Duration::from_millis(40)).await;
    }
}
