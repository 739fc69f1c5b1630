//! Subscriptions: their start, renewals, payments, cancellation, and changes of prices and quantities.

pub mod billing;
pub mod calls;
pub mod cancellation;
pub mod change;
pub mod collection;
pub mod debits;
pub mod early_end;
pub mod item;
pub mod live_prices;
pub mod renewal;
pub mod scheduled_change;
pub mod start;
pub mod subscription;
