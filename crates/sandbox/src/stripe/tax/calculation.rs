//! What Stripe Tax calculates, since the sandbox knows no rates of countries.

use crate::records::table::{Kind, Records};
use serde::{Deserialize, Serialize};

/// How tax is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaxCalculation {
    /// The rate at every customer's address, in hundredths of a percent.
    pub basis_points: u32,
    /// Whether sessions in payment mode that do not say collect tax.
    pub checkout_default: bool,
}

impl Default for TaxCalculation {
    /// Tax is collected where it is asked for only. The rate is not 0, so that nothing can take a total for a price.
    fn default() -> Self {
        Self { basis_points: 2000, checkout_default: false }
    }
}

impl TaxCalculation {
    const KIND: Kind = "tax_calculation";

    /// The current calculation.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "account").unwrap_or_default()
    }

    /// Sets it.
    pub fn set(self, records: &mut Records) {
        records.write(Self::KIND, "account", &self);
    }

    /// The rate, if tax is collected.
    pub fn rate(self, enabled: bool) -> Option<i64> {
        enabled.then(|| self.basis_points.into())
    }
}
