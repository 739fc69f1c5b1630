//! The schedule of event scans.

use super::back_off::doubled;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// The pause after the first scan; each further one is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// The pause after a scan that failed.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(5);

/// The schedule of event scans.
#[derive(Debug)]
pub struct EventScans(Mutex<Schedule>);

#[derive(Debug, Clone, Copy)]
struct Schedule {
    next: Timestamp,
    succeeded: u32,
    failed: u32,
}

impl EventScans {
    /// The first scan is due at once.
    pub fn from(now: Timestamp) -> Self {
        Self(Mutex::new(Schedule { next: now, succeeded: 0, failed: 0 }))
    }

    /// When the next scan is due.
    pub fn next(&self) -> Timestamp {
        self.with(|schedule| schedule.next)
    }

    /// Makes a scan due now and again soon, because events may have been missed.
    pub fn at_once(&self, now: Timestamp) {
        self.with(|schedule| *schedule = Schedule { next: now, succeeded: 0, failed: 0 });
    }

    /// Schedules the scan after one that ended.
    pub fn ended(&self, now: Timestamp, succeeded: bool) {
        self.with(|schedule| {
            if succeeded {
                schedule.next = now + doubled(FIRST_PAUSE, schedule.succeeded, LONGEST_PAUSE);
                (schedule.succeeded, schedule.failed) = (schedule.succeeded + 1, 0);
            } else {
                schedule.next = now + doubled(FIRST_RETRY, schedule.failed, LONGEST_RETRY);
                schedule.failed += 1;
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Schedule) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_due_at_start_then_at_doubling_pauses_and_at_once_after_an_outage() {
        let mut now = Timestamp::UNIX_EPOCH;
        let scans = EventScans::from(now);
        assert_eq!(scans.next(), now);
        let mut pauses = Vec::new();
        let mut scan = |succeeded: bool| {
            scans.ended(now, succeeded);
            pauses.push(scans.next().duration_since(now).as_secs());
            now = scans.next();
        };
        for succeeded in [false, false, true, true, true, true, true, true, true, true, false] {
            scan(succeeded);
        }
        assert_eq!(pauses, [1, 2, 60, 120, 240, 480, 960, 1920, 3600, 3600, 1]);
        scans.at_once(now);
        assert_eq!(scans.next(), now);
    }
}
