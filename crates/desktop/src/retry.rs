//! How long to wait before something is tried again. The shell draws the jitter: it waits `after`, and a random part of
//! `spread` more.

use std::time::Duration;

/// A pause whose length is partly left to chance, so that many apps do not come back at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// At least this long.
    pub after: Duration,
    /// And up to this much longer.
    pub spread: Duration,
}

/// Doubling pauses from 1 s up to 5 min, half of each left to chance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

impl Backoff {
    /// The pause after one more failure, never shorter than the other side asked for.
    pub fn pause(&mut self, retry_after: Option<Duration>) -> Pause {
        let whole = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(LONGEST);
        self.failures = self.failures.saturating_add(1).min(16);
        let half = whole / 2;
        Pause { after: half.max(retry_after.unwrap_or_default()), spread: half }
    }

    /// It worked: the next failure starts from the shortest pause again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The pauses between two looks at something that is normally pushed: 15 s, 30 s, 1 min, then growing to 10 min.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Polling {
    looks: u32,
}

impl Polling {
    /// The pause before the next look.
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
    fn pauses_double_up_to_five_minutes_and_start_again_after_a_success() {
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
    fn the_services_retry_after_is_honoured() {
        let asked = Duration::from_secs(90);
        assert_eq!(Backoff::default().pause(Some(asked)).after, asked);
    }

    #[test]
    fn looks_grow_rarer() {
        let mut polling = Polling::default();
        let pauses: Vec<_> = (0..8).map(|_| polling.pause().after.as_secs()).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 600, 600]);
    }
}
