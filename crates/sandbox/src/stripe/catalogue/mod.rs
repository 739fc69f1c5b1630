//! What can be bought: products, their prices, and the built-in plans.

pub mod interval;
pub mod plans;
pub mod prices;
pub mod products;
