//! The three buckets that hold an account's tokens.

use crate::{LotId, Tokens};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the three buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// The Rollover Bank: fast tokens left over from earlier periods.
    Rollover,
    /// This period's plan allowance.
    Fast,
    /// Tokens bought in packs or given by an operator. They never expire.
    TopUp,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 3] = [Self::Rollover, Self::Fast, Self::TopUp];

    /// Its name in JSON and in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollover => "rollover",
            Self::Fast => "fast",
            Self::TopUp => "top_up",
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a spend or hold took from one bucket or lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The bucket.
    pub bucket: Bucket,
    /// The lot, for top-up tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The tokens taken.
    pub amount: Tokens,
}
