//! Faults that are injected into the next calls.

use crate::records::table::{Kind, Records};
use serde::{Deserialize, Serialize};

/// How many of the next calls fail, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// How many respond with 500 and change nothing.
    pub errors: u32,
    /// How many do the work and close the connection without a response.
    pub timeouts_after_work: u32,
    /// How many respond with 429 and change nothing.
    pub rate_limited: u32,
    /// How many seconds Stripe's clock is ahead of this machine's, in the `Date` header of every response.
    pub clock_ahead_s: i32,
}

/// The fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429, before any work.
    RateLimited,
    /// 500, without the work.
    Error,
    /// The work is done, and the connection is closed without a response.
    HangUp,
}

impl Faults {
    const KIND: Kind = "faults";

    /// The faults that are set.
    pub fn of(records: &Records) -> Self {
        records.read(Self::KIND, "next").unwrap_or_default()
    }

    /// Sets the faults of the next calls.
    pub fn set(&self, records: &mut Records) {
        records.write(Self::KIND, "next", self);
    }

    /// Takes the fault of the call that is about to run.
    pub fn take(records: &mut Records) -> Option<Fault> {
        let mut faults = Self::of(records);
        let fault = [
            (&mut faults.rate_limited, Fault::RateLimited),
            (&mut faults.errors, Fault::Error),
            (&mut faults.timeouts_after_work, Fault::HangUp),
        ]
        .into_iter()
        .find_map(|(left, fault)| {
            *left = left.checked_sub(1)?;
            Some(fault)
        })?;
        faults.set(records);
        Some(fault)
    }
}
