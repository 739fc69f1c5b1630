//! What a service key is good for.

use crate::base::spelling::{Spelled, spellings};

/// What a service key is good for. A route of the platform needs one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Spend tokens, and hold them for jobs.
    Spend,
    /// Read accounts and balances, and what waits for an operator.
    Read,
    /// Give tokens, and take them back.
    Adjust,
    /// Open accounts for the platform's users, and say who signs in to them.
    Accounts,
    /// Settle what waits for an operator, and set the test clock.
    Operate,
}

spellings! {
    Scope { Spend = "spend", Read = "read", Adjust = "adjust", Accounts = "accounts", Operate = "operate" }
}

impl Scope {
    /// Reads scopes with `+` between them. `None` if one of them is not known.
    pub fn several(text: &str) -> Option<Vec<Self>> {
        text.split('+').map(Self::from_spelling).collect()
    }
}
