//! Billing intervals.

use serde::{Deserialize, Serialize};

/// How often a subscription is billed. Its tokens are granted monthly in either case (rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Interval {
    Month,
    Year,
}

impl Interval {
    /// Every interval.
    pub const ALL: [Self; 2] = [Self::Month, Self::Year];

    /// Its name, as Stripe spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}
