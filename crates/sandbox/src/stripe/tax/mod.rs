//! Stripe Tax: its settings, its registrations, and what it calculates.

pub mod calculation;
pub mod registrations;
pub mod settings;
