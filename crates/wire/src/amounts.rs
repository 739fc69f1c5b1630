//! Whole tokens and whole minor units of money.

use serde::{Deserialize, Serialize};

/// The largest whole number that every JSON reader keeps exact, including JavaScript (2⁵³ − 1).
pub const MAX_EXACT: u64 = (1 << 53) - 1;

/// An amount of tokens. It is whole and never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Tokens(pub u64);

/// An amount of money in the currency's minor unit, as Stripe counts it: cents for USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Minor(pub u64);
