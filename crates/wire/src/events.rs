//! `GET /v1/events`: Server-Sent Events. The event's name is the variant, and its data is the content as JSON.

use crate::{Balance, Purchase, Remedy, Tokens};
use serde::{Deserialize, Serialize};

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEvent {
    /// `balance`: the whole balance, after every change and at the start of every stream.
    Balance(Balance),
    /// `purchase`: a purchase changed.
    Purchase(Purchase),
    /// `spend_refused`: the service refused a spend of the platform.
    SpendRefused(SpendRefused),
    /// `account_deleted`: the stream ends after it.
    AccountDeleted,
}

/// The data of `spend_refused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SpendRefused {
    /// The amount of the spend.
    pub needed: Tokens,
    /// What a spend could use.
    pub spendable: Tokens,
    /// Top-up tokens that are locked or frozen.
    pub locked: Tokens,
    /// What would make the spend possible.
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
