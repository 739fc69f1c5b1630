//! Stripe Tax: how it is set up for the account.

use crate::records::table::{Kind, Records};
use serde::{Deserialize, Serialize};

/// The settings of Stripe Tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaxSettings {
    /// The rate at every customer's address, in hundredths of a percent.
    pub basis_points: u32,
    /// Whether sessions in payment mode that do not say collect tax.
    pub checkout_default: bool,
}

impl Default for TaxSettings {
    /// Tax is collected where it is asked for only. The rate is not 0, so that nothing can take a total for a price.
    fn default() -> Self {
        Self { basis_points: 2000, checkout_default: false }
    }
}

impl TaxSettings {
    const KIND: Kind = "tax_settings";

    /// The current settings.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "account").unwrap_or_default()
    }

    /// Sets them.
    pub fn set(self, records: &mut Records) {
        records.write(Self::KIND, "account", &self);
    }

    /// The rate, if tax is collected.
    pub fn rate(self, enabled: bool) -> Option<i64> {
        enabled.then(|| self.basis_points.into())
    }
}
