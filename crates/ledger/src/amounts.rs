//! Whole tokens and whole minor units of money, never floats.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;

/// The largest whole number that every JSON reader keeps exact (2⁵³ − 1). No account holds more tokens.
pub const MAX_EXACT: u64 = (1 << 53) - 1;

/// An amount of tokens. It is whole and never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens(pub u64);

impl Tokens {
    /// No tokens.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(MAX_EXACT);

    /// Whether there are none.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The sum. It does not overflow, because each amount is at most 2⁵³ − 1.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or zero if `other` is larger.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The tokens of a sum, or none if it is negative.
    pub(crate) fn of_sum(sum: i128) -> Self {
        Self(u64::try_from(sum.max(0)).unwrap_or(u64::MAX)).min(Self::MAX)
    }

    /// A change that adds this amount.
    pub(crate) fn credit(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// A change that takes this amount away.
    pub(crate) fn debit(self) -> i64 {
        -self.credit()
    }

    /// The amount after a change.
    pub(crate) fn changed_by(self, change: i64) -> Self {
        debug_assert!(self.0.checked_add_signed(change).is_some(), "{self} cannot change by {change}");
        Self(self.0.saturating_add_signed(change))
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

/// An amount of money in the currency's minor unit, as Stripe counts it: cents for USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub u64);

impl Minor {
    /// Whether the amount is zero.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// An ISO 4217 code in lower case, as Stripe writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// The code, such as `usd`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: write its ISO 4217 code in lower case, such as `usd`")]
pub struct CurrencyError(String);

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(code: String) -> Result<Self, CurrencyError> {
        if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_lowercase()) {
            Ok(Self(code))
        } else {
            Err(CurrencyError(code))
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount of money in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in minor units.
    pub amount: Minor,
    /// The currency.
    pub currency: Currency,
}
