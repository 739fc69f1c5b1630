//! The prices at Stripe that were recognised as those of a plan.

use super::error::StoreResult;
use async_trait::async_trait;
use jiff::Timestamp;
use tokenwell_ledger::{Interval, PlanId};

/// A price at Stripe, and what it was when it was first seen. Stripe can take its lookup key away later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPriceRecord {
    /// The price's id at Stripe.
    pub price: String,
    /// The plan.
    pub plan: PlanId,
    /// How often it bills.
    pub interval: Interval,
    /// When it was first seen.
    pub seen_at: Timestamp,
}

/// Remembers prices.
#[async_trait]
pub trait PlanPriceStore: Send + Sync + 'static {
    /// Returns what a price was when it was first seen.
    async fn plan_price(&self, price: &str) -> StoreResult<Option<PlanPriceRecord>>;
    /// Remembers a price. The first record of a price stays.
    async fn remember_plan_price(&self, record: PlanPriceRecord) -> StoreResult<()>;
}
