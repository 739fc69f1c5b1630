//! When token periods and days start (rules 5 and 8).

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

/// Rule 5: renewal n is anchor + n months (UTC), clamped to the last day of a shorter month. It is always computed from
/// the anchor, so a shorter month does not change the day of later renewals. Returns [`Timestamp::MAX`] if it is out of
/// range.
pub fn renewal(anchor: Timestamp, n: i32) -> Timestamp {
    utc(anchor).checked_add(n.months()).map_or(Timestamp::MAX, |at| at.timestamp())
}

/// The number n of the renewal at this instant. `None` if no renewal is at this instant.
pub fn renewal_number(anchor: Timestamp, at: Timestamp) -> Option<i32> {
    let n = months_between(anchor, at);
    (renewal(anchor, n) == at).then_some(n)
}

/// The number of months between the months of two instants.
fn months_between(anchor: Timestamp, at: Timestamp) -> i32 {
    let months = |at: Timestamp| {
        let date = utc(at).date();
        i32::from(date.year()) * 12 + i32::from(date.month())
    };
    months(at) - months(anchor)
}

/// The renewals before and after an instant.
pub fn month_of(anchor: Timestamp, at: Timestamp) -> (Timestamp, Timestamp) {
    let guess = months_between(anchor, at);
    let n = if renewal(anchor, guess) <= at { guess } else { guess - 1 };
    (renewal(anchor, n), renewal(anchor, n + 1))
}

/// The UTC day of an instant.
pub fn day(at: Timestamp) -> Date {
    utc(at).date()
}

/// 00:00 UTC of a day.
pub fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// 00:00 UTC of the next day (rule 8).
pub fn midnight_after(day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, midnight)
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of a month, computed without a calendar library.
    fn days(year: i32, month: i32) -> i32 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    #[test]
    fn every_anchor_day_in_every_month_of_400_years_is_clamped_and_never_drifts() {
        for day in 1..=31 {
            let anchor: Timestamp = format!("2024-01-{day:02}T23:59:59Z").parse().unwrap();
            for n in 0..400 * 12 {
                let (year, month) = (2024 + n / 12, n % 12 + 1);
                let at = renewal(anchor, n);
                let expected = format!("{year}-{month:02}-{:02}T23:59:59Z", day.min(days(year, month)));
                assert_eq!(at, expected.parse::<Timestamp>().unwrap());
                assert_eq!(renewal_number(anchor, at), Some(n));
            }
        }
    }

    #[test]
    fn the_month_of_an_instant_is_between_the_renewals_around_it() {
        let anchor: Timestamp = "2024-01-31T10:00:00Z".parse().unwrap();
        for (at, start, end) in [
            ("2024-02-29T09:59:59Z", "2024-01-31T10:00:00Z", "2024-02-29T10:00:00Z"),
            ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z", "2024-03-31T10:00:00Z"),
            ("2024-01-01T00:00:00Z", "2023-12-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ] {
            let of = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(month_of(anchor, of(at)), (of(start), of(end)), "{at}");
        }
    }

    #[test]
    fn an_instant_between_renewals_has_no_number() {
        let anchor: Timestamp = "2024-01-31T10:00:00Z".parse().unwrap();
        for other in ["2024-02-28T10:00:00Z", "2024-02-29T10:00:01Z", "2024-03-30T10:00:00Z"] {
            assert_eq!(renewal_number(anchor, other.parse().unwrap()), None, "{other}");
        }
    }
}
