//! What was ordered, and the purchase in flight as the cache stores it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenwell_wire::{Minor, Pack, Tokens};
use uuid::Uuid;

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The idempotency key of the request.
    pub key: Uuid,
    /// Which pack.
    pub pack_id: String,
    /// How many, 1 to 20 (rule 14).
    pub quantity: u32,
    /// Tokens in all.
    pub tokens: Tokens,
    /// The price in all, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// When Buy Now was pressed.
    pub started_at: Timestamp,
}

impl Order {
    /// An order of a pack, `quantity` times. Whether it can be had is the service's to say.
    pub fn new(pack: &Pack, quantity: u32, key: Uuid, now: Timestamp) -> Self {
        let times = |one: u64| one.saturating_mul(quantity.into());
        Self {
            key,
            pack_id: pack.id.clone(),
            quantity,
            tokens: Tokens(times(pack.tokens.0)),
            amount: Minor(times(pack.amount.0)),
            currency: pack.currency.clone(),
            started_at: now,
        }
    }
}

/// A purchase in flight, as the cache keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedPurchase {
    /// What was ordered.
    pub order: Order,
    /// The service's side of it; `None` until its first answer.
    pub checkout: Option<Checkout>,
}

/// The service's side of a purchase in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The purchase's id.
    pub id: String,
    /// Where to pay, while that is open.
    pub url: Option<String>,
    /// Cancel purchase was pressed.
    pub cancelling: bool,
}
