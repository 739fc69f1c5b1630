//! An order, and the purchase in flight as the cache stores it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokenwell_wire::{Minor, Pack, Tokens};
use uuid::Uuid;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The idempotency key of the request.
    pub key: Uuid,
    /// Which pack.
    pub pack_id: String,
    /// The quantity, from 1 to 20 (rule 14).
    pub quantity: u32,
    /// The total number of tokens.
    pub tokens: Tokens,
    /// The total price, in minor units.
    pub amount: Minor,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// When Buy Now was pressed.
    pub started_at: Timestamp,
}

impl Order {
    /// An order of `quantity` packs. The service decides whether it accepts it.
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

/// A purchase in flight, as the cache stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedPurchase {
    /// The order.
    pub order: Order,
    /// The service's state of the purchase. `None` until its first response.
    pub checkout: Option<Checkout>,
}

/// The service's state of a purchase in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The purchase's id.
    pub id: String,
    /// The checkout's address while it is open.
    pub url: Option<String>,
    /// Whether Cancel purchase was pressed.
    pub cancelling: bool,
}
