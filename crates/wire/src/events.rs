//! `GET /v1/events`: Server-Sent Events. The event's name is the variant, its data the JSON of the content.

use crate::{Balance, Purchase, Remedy, Tokens};
use serde::{Deserialize, Serialize};

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEvent {
    /// `balance`: the whole balance after a change, and once at the start of every stream.
    Balance(Balance),
    /// `purchase`: a purchase changed.
    Purchase(Purchase),
    /// `spend_refused`: the platform was refused a spend.
    SpendRefused(SpendRefused),
    /// `account_deleted`: the stream ends after it.
    AccountDeleted,
}

/// The data of `spend_refused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SpendRefused {
    /// What the spend asked for.
    pub needed: Tokens,
    /// What it could have used.
    pub spendable: Tokens,
    /// Top-up tokens that are there but locked or frozen.
    pub locked: Tokens,
    /// The one thing that would help.
    pub remedy: Remedy,
}

impl ServerEvent {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Balance(_) => "balance",
            Self::Purchase(_) => "purchase",
            Self::SpendRefused(_) => "spend_refused",
            Self::AccountDeleted => "account_deleted",
        }
    }
}
