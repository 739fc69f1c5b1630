//! Pauses before retries. The shell adds the jitter: it waits `after`, plus a random part of `spread`.

use std::time::Duration;

/// A pause with a random part, so that many apps do not return at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The minimum.
    pub after: Duration,
    /// The maximum of the random part.
    pub spread: Duration,
}

/// Pauses that double from 1 s up to 5 min. Half of each is random.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);
/// The longest pause that a service can ask for, so that no service silences the app for good.
const LONGEST_ASKED_FOR: Duration = Duration::from_mins(15);

impl Backoff {
    /// The pause after one more failure. It is at least as long as the service asks for, within reason.
    pub fn pause(&mut self, retry_after: Option<Duration>) -> Pause {
        let whole = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(LONGEST);
        self.failures = self.failures.saturating_add(1).min(16);
        let half = whole / 2;
        let asked_for = retry_after.unwrap_or_default().min(LONGEST_ASKED_FOR);
        Pause { after: half.max(asked_for), spread: half }
    }

    /// Resets the pauses after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The pauses between polls of something that is normally pushed: 15 s, 30 s, 1 min, growing up to 10 min.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Polling {
    looks: u32,
}

impl Polling {
    /// The pause before the next poll.
    pub fn pause(&mut self) -> Pause {
        let whole =
            Duration::from_secs(15).saturating_mul(1 << self.looks.min(6)).min(Duration::from_mins(10));
        self.looks = self.looks.saturating_add(1);
        Pause { after: whole, spread: whole / 10 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_restart_after_a_success() {
        let mut backoff = Backoff::default();
        let longest: Vec<_> = (0..11)
            .map(|_| backoff.pause(None))
            .map(|pause| (pause.after + pause.spread).as_secs())
            .collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.pause(None).after, Duration::from_millis(500));
    }

    #[test]
    fn the_services_retry_after_is_respected() {
        let retry_after = Duration::from_secs(90);
        assert_eq!(Backoff::default().pause(Some(retry_after)).after, retry_after);
    }

    #[test]
    fn no_service_silences_the_app_for_longer_than_a_quarter_of_an_hour() {
        let century = Duration::from_hours(24 * 365 * 100);
        for asked_for in [century, Duration::MAX] {
            let pause = Backoff::default().pause(Some(asked_for));
            assert_eq!(pause.after, Duration::from_mins(15));
        }
    }

    #[test]
    fn looks_grow_rarer() {
        let mut polling = Polling::default();
        let pauses: Vec<_> = (0..8).map(|_| polling.pause().after.as_secs()).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 600, 600]);
    }
}
