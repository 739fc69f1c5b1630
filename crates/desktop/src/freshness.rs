//! How long a balance in the cache counts as current, for those who read it without asking the app.
//!
//! While the app is connected, it notes in the cache that it heard from the service. It does so when something arrives, and
//! the service sends a sign of life every 20 s, so nothing wakes up for the note.

use crate::cached_state::CachedBalance;
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// How often the app notes that it heard from the service.
const NOTE_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A balance is stale if the app has not heard from the service for this long.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// A time that is further in the future than this was written before the clock was set back.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Whether it is time to note again that the app heard from the service.
pub fn note_is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.duration_since(last).abs() >= NOTE_EVERY)
}

/// How fresh a balance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Whether the balance may be out of date.
    pub stale: bool,
    /// The next moment from which it has to be shown differently without any news: it turns stale, its allowance is due, or
    /// another day begins.
    pub turns: Option<Timestamp>,
}

/// How fresh a balance is. `heard` is when the app last noted that it heard from the service.
pub fn freshness(
    known: &CachedBalance,
    heard: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> Freshness {
    let confirmed = [Some(known.received_at), heard].into_iter().flatten();
    let confirmed = confirmed.filter(|at| at.duration_since(now) <= TOLERANCE).max();
    let expires = confirmed.and_then(|at| at.checked_add(STALE_AFTER).ok());
    let resets_at = known.balance.fast.resets_at;
    // After a reset the balance is another one, and the app has not received it yet.
    let ends = [expires, resets_at].into_iter().flatten().min();
    let stale = expires.is_none() || ends.is_some_and(|end| end <= now);
    let turns = ends.filter(|_| !stale).into_iter().chain(next_day(now, zone)).min();
    Freshness { stale, turns }
}

fn next_day(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let tomorrow = now.to_zoned(zone.clone()).date().checked_add(1.day()).ok()?;
    Some(tomorrow.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, balance, berlin};

    const RECEIVED: &str = "2026-11-22T12:00:00Z";

    fn known(resets_at: Option<&str>) -> CachedBalance {
        let mut balance = balance(1, [1_200, 22_920, 10_000, 0]);
        balance.fast.resets_at = resets_at.map(at);
        CachedBalance { balance, received_at: at(RECEIVED) }
    }

    fn of(resets_at: Option<&str>, heard: Option<&str>, now: &str) -> (bool, Option<Timestamp>) {
        let Freshness { stale, turns } = freshness(&known(resets_at), heard.map(at), at(now), &berlin());
        (stale, turns)
    }

    #[test]
    fn a_balance_turns_stale_a_quarter_of_an_hour_after_the_app_last_heard_from_the_service() {
        let expires = Some(at("2026-11-22T12:15:00Z"));
        let midnight = Some(at("2026-11-22T23:00:00Z"));
        assert_eq!(of(None, None, RECEIVED), (false, expires));
        assert_eq!(of(None, None, "2026-11-22T12:14:59Z"), (false, expires));
        assert_eq!(of(None, None, "2026-11-22T12:15:00Z"), (true, midnight));

        let heard = Some("2026-11-22T18:00:00Z");
        assert_eq!(of(None, heard, "2026-11-22T18:10:00Z"), (false, Some(at("2026-11-22T18:15:00Z"))));
        assert_eq!(of(None, heard, "2026-11-22T18:15:00Z"), (true, midnight));
        assert_eq!(of(None, Some("2026-11-22T11:00:00Z"), RECEIVED), (false, expires), "an older note");
    }

    #[test]
    fn after_a_reset_the_figure_is_that_of_the_month_before() {
        let resets_at = Some("2026-11-22T12:10:00Z");
        assert_eq!(of(resets_at, None, RECEIVED), (false, resets_at.map(at)));
        let heard = Some("2026-11-22T12:10:00Z");
        assert!(of(resets_at, heard, "2026-11-22T12:10:00Z").0, "though the service is heard");
    }

    #[test]
    fn a_new_day_is_a_turning_point_in_the_users_zone_also_when_the_clocks_change() {
        let fresh = |now: &str| of(None, Some(now), now).1;
        assert_eq!(fresh("2026-11-22T22:59:59Z"), Some(at("2026-11-22T23:00:00Z")));
        assert_eq!(of(None, None, "2026-10-24T21:59:59Z"), (true, Some(at("2026-10-24T22:00:00Z"))));
        assert_eq!(of(None, None, "2026-10-24T22:00:00Z"), (true, Some(at("2026-10-25T23:00:00Z"))));
    }

    #[test]
    fn times_from_before_the_clock_was_set_back_do_not_keep_a_balance_fresh() {
        assert!(of(None, None, "2026-11-21T00:00:00Z").0);
        assert!(!of(None, None, "2026-11-22T11:59:30Z").0, "clocks may differ a little");
        assert!(!of(None, Some("2030-01-01T00:00:00Z"), RECEIVED).0, "the balance itself was received now");
    }

    #[test]
    fn a_turning_point_is_never_now_or_past_so_nobody_waits_in_a_circle() {
        for minutes in 0..3_000 {
            let now = at("2026-11-22T11:30:00Z") + SignedDuration::from_mins(minutes);
            let Freshness { turns, .. } =
                freshness(&known(Some("2026-11-23T08:00:00Z")), None, now, &berlin());
            assert!(turns > Some(now), "{now}");
        }
    }

    #[test]
    fn the_note_is_written_every_five_minutes_and_at_once_after_the_clock_was_set() {
        let due = |last: &str| note_is_due(Some(at(last)), at(RECEIVED));
        assert!(note_is_due(None, at(RECEIVED)));
        assert_eq!([due("2026-11-22T11:55:00Z"), due("2026-11-22T11:55:01Z")], [true, false]);
        assert!(due("2026-11-22T13:00:00Z"));
    }
}
