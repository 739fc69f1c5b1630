//! Meters: one figure of a platform with the platform's own name.

use crate::Amount;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a platform reports of one balance. What it does not report is `None`, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// The JSON pointer of the figure, which names the meter among those of its platform.
    pub id: String,
    /// The platform's own name.
    pub name: String,
    /// What is left. It is negative if the platform lets the user owe something.
    pub amount: Option<Amount>,
    /// What is counted.
    pub unit: Unit,
    /// What was there at the last renewal.
    pub limit: Option<Amount>,
    /// When the platform fills it again.
    pub renews_at: Option<Timestamp>,
}

/// What a meter counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Tokens of the platform, which are not those of a token service.
    Tokens,
    /// Credits.
    Credits,
    /// Characters of text.
    Characters,
    /// Money, in this currency (ISO 4217).
    Money(String),
}

/// The meter that stands for the account where there is room for one: the first that has something left, or else the first
/// that is reported.
pub fn shown(meters: &[Meter]) -> Option<&Meter> {
    let reported = || meters.iter().filter(|meter| meter.amount.is_some());
    reported().find(|meter| meter.amount.is_some_and(Amount::is_positive)).or_else(|| reported().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(id: &str, amount: Option<&str>) -> Meter {
        Meter {
            id: id.into(),
            name: id.into(),
            amount: amount.map(|amount| amount.parse().unwrap()),
            unit: Unit::Credits,
            limit: None,
            renews_at: None,
        }
    }

    #[test]
    fn the_first_meter_with_something_left_stands_for_the_account() {
        let id = |meters: &[Meter]| shown(meters).map(|meter| meter.id.clone());
        let [unknown, empty, owed] = [meter("a", None), meter("b", Some("0")), meter("c", Some("-1"))];
        let full = meter("d", Some("12.4567"));
        assert_eq!(id(&[unknown.clone(), empty.clone(), full, owed.clone()]).as_deref(), Some("d"));
        assert_eq!(id(&[unknown.clone(), empty, owed]).as_deref(), Some("b"));
        assert_eq!(id(&[unknown]), None, "what is not reported is not shown as a figure");
    }
}
