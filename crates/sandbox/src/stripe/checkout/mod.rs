//! Checkout sessions: what they sell, how they are paid, and how they end.

pub mod calls;
pub mod creation;
pub mod expiry;
pub mod line_items;
pub mod payment;
pub mod payment_pages;
pub mod session;
pub mod totals;
