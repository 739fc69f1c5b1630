//! Fulfilment: brings an account to what Stripe says of an object now. Events, return pages, look-ups and the reconciler
//! call the same functions. They read Stripe's present state, so they may be called at any time, any number of times, and
//! several at once.

mod checkout;
mod context;
mod dispute;
mod invoice;
mod purchase;
mod subscription;
mod subscription_facts;

pub use context::{CheckoutLookup, Fulfilment};
