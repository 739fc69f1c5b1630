//! Fulfilment: updates an account to the current state of an object at Stripe. Events, return pages, look-ups and the reconciler
//! call the same functions. They read Stripe's current state, so they may be called at any time, any number of times, and
//! concurrently.

mod charged;
mod checkout;
mod context;
mod dispute;
mod imported;
mod invoice;
mod plan_lines;
mod plan_prices;
mod purchase;
mod subscription;
mod subscription_facts;

pub use context::{CheckoutLookup, Fulfilment};
pub use plan_prices::PriceMeaning;
#[cfg(test)]
pub use subscription::SECOND;
