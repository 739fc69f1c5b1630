//! The test clock (`--test-clock`) has the time that was last set, also after a restart.

use super::state::Accounts;
use crate::base::clock::Clock;
use crate::store::{Store, StoreResult};
use jiff::Timestamp;

/// The setting that holds the time.
const TEST_CLOCK: &str = "test_clock";

/// The test clock with the time that is stored in this database, or else the current time.
///
/// # Errors
/// If the store fails.
pub async fn stored_test_clock(store: &dyn Store) -> StoreResult<Clock> {
    let now = Timestamp::now().to_string().into_bytes();
    let stored = store.setting(TEST_CLOCK, now).await?;
    let now = String::from_utf8_lossy(&stored).parse().unwrap_or_else(|_| Timestamp::now());
    Ok(Clock::test(now))
}

impl Accounts {
    /// Sets the test clock, stores the time and wakes every event stream. `false` if the clock is the real one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn set_test_clock(&self, now: Timestamp) -> StoreResult<bool> {
        if !self.clock().set(now) {
            return Ok(false);
        }
        self.store.set_setting(TEST_CLOCK, now.to_string().into_bytes()).await?;
        self.streams().wake_all();
        Ok(true)
    }
}
