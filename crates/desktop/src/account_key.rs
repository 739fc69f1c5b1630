//! The key that tells accounts apart.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Which account: an id means something only at the service that gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct AccountKey {
    /// The service's address, as it is shown.
    pub service: String,
    /// The account's id there.
    pub id: String,
}

impl fmt::Display for AccountKey {
    /// `https://tokens.example acc_1`: no address has a space, so [`AccountKey::read`] finds both again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.id)
    }
}

impl AccountKey {
    /// What `Display` wrote.
    pub fn read(text: &str) -> Option<Self> {
        let (service, id) = text.split_once(' ')?;
        Some(Self { service: service.to_owned(), id: id.to_owned() })
    }
}
