//! Payments: what Stripe's events mean, and how accounts follow Stripe's objects.

pub mod events;
pub mod fulfilment;
pub mod reconcile;
pub mod stripe;
pub mod worker;
