//! What can be bought and for how much: products, their prices, the built-in plans, coupons and tax.

pub mod amounts;
pub mod coupons;
pub mod interval;
pub mod plans;
pub mod prices;
pub mod products;
pub mod promotion_codes;
pub mod tax;
