//! Stripe as it is, row by row of the differences between Stripe and what is easily assumed about it.

mod currencies;
mod customers;
mod disputes;
mod endings;
mod long_lists;
mod plan_changes;
mod prices;
mod refund_due;
mod tax_and_discounts;
mod unknown_input;
mod versions;
