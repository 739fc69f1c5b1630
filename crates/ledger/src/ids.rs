//! Ids. They come from the caller: the ledger never generates one.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An account.
    AccountId;
    /// A plan of the catalogue, such as `premium`.
    PlanId;
    /// A pack of the catalogue, such as `medium`.
    PackId;
    /// A spend.
    SpendId;
    /// A hold.
    HoldId;
    /// A lot of top-up tokens. Its id is that of the purchase, or of the adjustment that gave it.
    LotId;
    /// An operator's adjustment.
    AdjustmentId;
    /// A dispute at Stripe (`dp_…`).
    DisputeId;
    /// A subscription at Stripe (`sub_…`).
    SubscriptionId;
    /// A line of an invoice at Stripe (`il_…`).
    LineId;
    /// An entry: the account, its version, and the entry's index in that version.
    EntryId;
}
