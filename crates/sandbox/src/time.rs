//! Real time and the arithmetic of billing periods.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The time by the machine's clock.
pub fn real_now() -> Timestamp {
    Timestamp::now()
}

/// How often a price bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The length of a period in months.
    pub months: i32,
}

impl Interval {
    /// Stripe's `recurring.interval` and `interval_count`; `None` for the units that no plan here uses.
    pub fn of(interval: &str, count: i64) -> Option<Self> {
        let count = i32::try_from(count).ok().filter(|count| (1..=36).contains(count))?;
        match interval {
            "month" => Some(Self { months: count }),
            "year" => count.checked_mul(12).map(|months| Self { months }),
            _ => None,
        }
    }

    /// The first of `anchor` + n periods that is later than `moment`, clamped to the last day of a shorter month and
    /// counted from the anchor each time, so that it never drifts.
    pub fn boundary_after(self, anchor: Timestamp, moment: Timestamp) -> Timestamp {
        let anchor = anchor.to_zoned(TimeZone::UTC);
        (1..)
            .map_while(|n: i32| {
                anchor.checked_add(Span::new().try_months(n.checked_mul(self.months)?).ok()?).ok()
            })
            .map(|boundary| boundary.timestamp())
            .find(|boundary| *boundary > moment)
            .unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_from_the_31st_ends_on_the_last_day_and_comes_back_to_the_31st() {
        let anchor: Timestamp = "2026-01-31T09:14:00Z".parse().unwrap();
        let month = Interval::of("month", 1).unwrap();
        let february = month.boundary_after(anchor, anchor);
        assert_eq!(february.to_string(), "2026-02-28T09:14:00Z");
        assert_eq!(month.boundary_after(anchor, february).to_string(), "2026-03-31T09:14:00Z");
    }

    #[test]
    fn a_year_from_a_leap_day_ends_on_the_28th() {
        let anchor: Timestamp = "2028-02-29T00:00:00Z".parse().unwrap();
        let year = Interval::of("year", 1).unwrap();
        assert_eq!(year.boundary_after(anchor, anchor).to_string(), "2029-02-28T00:00:00Z");
    }
}
