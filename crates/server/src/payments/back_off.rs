//! Back-off: the pauses before retries and look-ups double, up to a maximum.

use jiff::SignedDuration;

/// The pause before the first look-up of an open checkout or a live subscription.
pub const FIRST_CHECK: SignedDuration = SignedDuration::from_secs(15);
/// The longest pause between look-ups of a checkout: it expires after a day, and the buyer waits for it.
const LONGEST_CHECKOUT_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// The longest pause between look-ups of a subscription: it exists for years, and event scans find its changes.
const LONGEST_SUBSCRIPTION_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// `first`, doubled `times` times, up to `longest`.
pub fn doubled(first: SignedDuration, times: u32, longest: SignedDuration) -> SignedDuration {
    first.checked_mul(2_i32.pow(times.min(30))).unwrap_or(longest).min(longest)
}

/// The pause before the next look-up of a checkout after this number of look-ups.
pub fn checkout_pause(checks: u32) -> SignedDuration {
    doubled(FIRST_CHECK, checks, LONGEST_CHECKOUT_PAUSE)
}

/// The pause before the next look-up of a subscription after this number of look-ups.
pub fn subscription_pause(checks: u32) -> SignedDuration {
    doubled(FIRST_CHECK, checks, LONGEST_SUBSCRIPTION_PAUSE)
}

/// The pause before the next attempt at a chore that waits for something at Stripe, which may take a month: half a second,
/// doubled each time, up to a day.
pub fn chore_pause(attempts: u32) -> SignedDuration {
    doubled(SignedDuration::from_millis(250), attempts, SignedDuration::from_hours(24))
}

/// The pause before the next attempt after this number of failed ones: half a second, doubled each time, up to an hour.
pub fn retry_pause(attempts: u32) -> SignedDuration {
    doubled(SignedDuration::from_millis(250), attempts, SignedDuration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_checkouts_are_looked_up_at_intervals_that_grow_to_an_hour() {
        let seconds: Vec<i64> = (0..12).map(|checks| checkout_pause(checks).as_secs()).collect();
        assert_eq!(seconds, [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
        assert_eq!(subscription_pause(u32::MAX), LONGEST_SUBSCRIPTION_PAUSE);
    }
}
