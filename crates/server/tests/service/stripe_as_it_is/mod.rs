//! Stripe as it is, row by row of the differences between Stripe and what is easily assumed about it.

mod customers;
mod long_lists;
mod prices;
mod versions;
