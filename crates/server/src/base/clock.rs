//! The time that the token rules go by: the machine's, or with `--test-clock` one that stands still until it is set.

use jiff::Timestamp;
use tokio::sync::watch;

/// The ledger's clock. Sign-in, signatures, retries and the reconciler go by real time instead.
#[derive(Debug)]
pub struct Clock(Kind);

#[derive(Debug)]
enum Kind {
    Real,
    Test(watch::Sender<Timestamp>),
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self(Kind::Real)
    }

    /// A clock that stands at `now`.
    pub fn test(now: Timestamp) -> Self {
        Self(Kind::Test(watch::Sender::new(now)))
    }

    /// The time in whole milliseconds, so that the stored time is the one that was decided on.
    pub fn now(&self) -> Timestamp {
        let now = match &self.0 {
            Kind::Real => Timestamp::now(),
            Kind::Test(now) => *now.borrow(),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Sets a test clock; `false` if this is the real one.
    pub fn set(&self, now: Timestamp) -> bool {
        match &self.0 {
            Kind::Real => false,
            Kind::Test(clock) => {
                clock.send_replace(now);
                true
            }
        }
    }

    /// Returns at `at`, or earlier: the caller reads the clock again.
    pub async fn reach(&self, at: Timestamp) {
        /// Bounds how late a change of the machine's clock is noticed.
        const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_mins(10);
        match &self.0 {
            Kind::Real => {
                let left = at.duration_since(Timestamp::now());
                let left = std::time::Duration::try_from(left).unwrap_or_default();
                tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
            }
            Kind::Test(clock) => {
                // The sender lives as long as `self`, so this ends only when the time is reached.
                let _ = clock.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }
}
