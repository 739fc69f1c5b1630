//! Whole tokens and whole minor units of money.

use serde::{Deserialize, Serialize};

/// The largest amount that travels exactly in JSON (2⁵³ − 1): every reader, JavaScript's numbers included, sees the
/// same figure.
pub const MAX_EXACT: u64 = (1 << 53) - 1;

/// An amount of tokens: whole, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Tokens(pub u64);

/// An amount of money in the currency's minor unit (cents for USD), as Stripe counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Minor(pub u64);
