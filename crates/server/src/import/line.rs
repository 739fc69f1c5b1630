//! A line of the file: one user.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A user with their tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The platform's own id of the user.
    pub external_id: String,
    /// The user's id at the issuer.
    #[serde(default)]
    pub subject: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The user's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The customer at Stripe.
    #[serde(default)]
    pub customer: Option<String>,
    /// The plan of the subscription that is running.
    #[serde(default)]
    pub plan: Option<String>,
    /// The subscription at Stripe.
    #[serde(default)]
    pub subscription: Option<String>,
    /// When the tokens were counted.
    pub as_of: Timestamp,
    /// Fast tokens.
    #[serde(default)]
    pub fast: u64,
    /// The tokens in the bank.
    #[serde(default)]
    pub rollover: u64,
    /// Lots of top-up tokens.
    #[serde(default)]
    pub lots: Vec<LotLine>,
}

/// A lot of top-up tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotLine {
    /// The tokens that are left.
    pub tokens: u64,
    /// The tokens that were bought; those that are left if it is not said.
    #[serde(default)]
    pub bought: Option<u64>,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// The price paid with tax, in minor units.
    #[serde(default)]
    pub paid: Option<u64>,
    /// The currency of the price.
    #[serde(default)]
    pub currency: Option<String>,
    /// The payment intent or charge at Stripe. Without it, refunds and disputes do not reach the lot.
    #[serde(default)]
    pub payment: Option<String>,
}

impl LotLine {
    /// The tokens that were bought.
    pub fn bought(&self) -> u64 {
        self.bought.unwrap_or(self.tokens)
    }
}

impl Line {
    /// What the line says, whatever its form. The same line in JSON and CSV has the same digest.
    pub fn digest(&self) -> serde_json::Result<[u8; 32]> {
        Ok(Sha256::digest(serde_json::to_vec(self)?).into())
    }
}
