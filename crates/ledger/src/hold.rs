//! Holds: tokens set aside for a job that is still running (rule 4).

use crate::{HoldId, Slice, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a hold lives by default (rule 4).
pub const HOLD_LIFE_DEFAULT: Duration = Duration::from_hours(1);
/// The longest life of a hold (rule 4).
pub const HOLD_LIFE_MAX: Duration = Duration::from_hours(24);

/// Tokens set aside. A hold is open until it is committed, released or expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub(crate) id: HoldId,
    pub(crate) reason: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) slices: Vec<Slice>,
    /// The account's `stretch` when the hold was made. If it changes, unused plan tokens are forfeited.
    pub(crate) stretch: u32,
    /// The account's `fast_period` when the hold was made.
    pub(crate) fast_period: u32,
}

impl Hold {
    /// Its id.
    pub fn id(&self) -> &HoldId {
        &self.id
    }

    /// What the job is, in words for the account's owner.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it expires.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What it took from which bucket and lot, in spend order.
    pub fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// The number of tokens on hold.
    pub fn amount(&self) -> Tokens {
        self.slices.iter().map(|slice| slice.amount).sum()
    }
}
