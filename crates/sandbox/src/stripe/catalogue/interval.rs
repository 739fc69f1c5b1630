//! Billing intervals and the boundaries of billing periods.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

/// How often a price bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillingInterval {
    /// The length of a period in months.
    pub months: i32,
}

impl BillingInterval {
    /// The interval for Stripe's `interval` and `interval_count`; `None` for units that no plan uses.
    pub fn new(interval: &str, count: i64) -> Option<Self> {
        let count = i32::try_from(count).ok().filter(|count| (1..=36).contains(count))?;
        match interval {
            "month" => Some(Self { months: count }),
            "year" => count.checked_mul(12).map(|months| Self { months }),
            _ => None,
        }
    }

    /// The interval of a recurring price.
    pub fn of_price(price: &Value) -> Option<Self> {
        let recurring = &price["recurring"];
        Self::new(recurring["interval"].as_str()?, recurring["interval_count"].as_i64()?)
    }

    /// The first period boundary later than `moment`. Boundaries are `anchor` + n periods, clamped to the last day of a
    /// shorter month. Each is calculated from the anchor, so that clamped days do not accumulate.
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
    fn a_month_from_the_31st_ends_on_the_last_day_and_returns_to_the_31st() {
        let anchor: Timestamp = "2026-01-31T09:14:00Z".parse().unwrap();
        let month = BillingInterval::new("month", 1).unwrap();
        let february = month.boundary_after(anchor, anchor);
        assert_eq!(february.to_string(), "2026-02-28T09:14:00Z");
        assert_eq!(month.boundary_after(anchor, february).to_string(), "2026-03-31T09:14:00Z");
    }

    #[test]
    fn a_year_from_a_leap_day_ends_on_the_28th() {
        let anchor: Timestamp = "2028-02-29T00:00:00Z".parse().unwrap();
        let year = BillingInterval::new("year", 1).unwrap();
        assert_eq!(year.boundary_after(anchor, anchor).to_string(), "2029-02-28T00:00:00Z");
    }
}
