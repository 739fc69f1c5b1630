//! The service's readers of webhooks, taken from its sources file by file: the service as a whole would bring SQLite, TLS
//! and a web framework into an instrumented build, for nothing.

#[path = "../../crates/server/src/payments/stripe/objects.rs"]
#[expect(dead_code, reason = "events are only part of what Stripe's objects are for")]
mod objects;
#[path = "../../crates/server/src/payments/stripe/signature.rs"]
mod signature;

/// What an event means.
#[path = "../../crates/server/src/payments/events.rs"]
pub mod payment_events;

/// What `tokenwell_server::stripe` has of them.
pub mod stripe {
    pub use super::objects::{Event, is_id};
    pub use super::signature::check as check_signature;
}
