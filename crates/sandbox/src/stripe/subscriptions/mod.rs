//! Subscriptions: their start, renewals, payments, cancellation and changes of price.

pub mod calls;
pub mod cancellation;
pub mod collection;
pub mod item;
pub mod price_change;
pub mod renewal;
pub mod scheduled_price;
pub mod start;
pub mod subscription;
