//! The key of an account.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Identifies an account. An id is only unique within its service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct AccountKey {
    /// The service's address in its normal form.
    pub service: String,
    /// The account's id at the service.
    pub id: String,
}

impl fmt::Display for AccountKey {
    /// `https://tokens.example acc_1`. Addresses contain no space, so [`AccountKey::read`] can split the text again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.id)
    }
}

impl AccountKey {
    /// Reads what `Display` wrote.
    pub fn read(text: &str) -> Option<Self> {
        let (service, id) = text.split_once(' ')?;
        Some(Self { service: service.to_owned(), id: id.to_owned() })
    }
}
