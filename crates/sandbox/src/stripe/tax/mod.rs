//! Stripe Tax: its settings and registrations.

pub mod registrations;
pub mod settings;
