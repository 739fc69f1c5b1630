//! Holds: tokens set aside for a job that is still running (rule 4).

use crate::{HoldId, Slice, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Tokens set aside. It is open until it is committed, released or expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub(crate) id: HoldId,
    pub(crate) reason: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) slices: Vec<Slice>,
    /// The stretch between two changes of entitlement that it was made in: plan tokens are lost with it.
    pub(crate) stretch: u32,
    /// The fast period that it was made in.
    pub(crate) fast_period: u32,
}

impl Hold {
    /// Its id.
    pub fn id(&self) -> &HoldId {
        &self.id
    }

    /// What for.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it ends by itself.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What it took from where, in spend order.
    pub fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// How many tokens it holds.
    pub fn amount(&self) -> Tokens {
        self.slices.iter().map(|slice| slice.amount).sum()
    }
}
