//! When token periods and days start (rules 5 and 8).

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

/// Rule 5: renewal n is anchor + n months (UTC), clamped to the last day of a shorter month. It is always reckoned from
/// the anchor, so a month that was shortened does not shorten the next. The end of time if it lies beyond.
pub fn renewal(anchor: Timestamp, n: i32) -> Timestamp {
    utc(anchor).checked_add(n.months()).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// Which renewal of the anchor an instant is, if it is one.
pub fn renewal_number(anchor: Timestamp, at: Timestamp) -> Option<i32> {
    let months = |at: Timestamp| {
        let date = utc(at).date();
        i32::from(date.year()) * 12 + i32::from(date.month())
    };
    let n = months(at) - months(anchor);
    (renewal(anchor, n) == at).then_some(n)
}

/// The UTC day of an instant.
pub fn day(at: Timestamp) -> Date {
    utc(at).date()
}

/// 00:00 UTC of the day after (rule 8).
pub fn midnight_after(day: Date) -> Timestamp {
    day.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}
