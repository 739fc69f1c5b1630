//! The service's readers of webhooks, issuer documents and tokens, compiled from its source files one by one. The whole service
//! would add SQLite, TLS and a web framework to an instrumented build. And the app, as targets start it.

pub mod app;

#[path = "../../crates/server/src/payments/stripe/fields.rs"]
#[expect(unused_imports, unused_macros, reason = "they are of requests")]
mod fields;
#[path = "../../crates/server/src/payments/stripe/metadata.rs"]
#[expect(dead_code, reason = "the meaning of metadata is not fuzzed")]
mod metadata;
#[path = "../../crates/server/src/payments/stripe/objects.rs"]
#[expect(dead_code, reason = "events use only some of Stripe's objects")]
mod objects;
#[path = "../../crates/server/src/payments/stripe/signature.rs"]
mod signature;

/// Which object an event names.
#[path = "../../crates/server/src/payments/events.rs"]
pub mod payment_events;

/// The parts of the service's Stripe client that parse.
pub mod stripe {
    pub use super::objects::{Event, is_id};
    pub use super::signature::Signatures;
}

#[path = "../../crates/server/src/base/web_address.rs"]
mod web_address;

/// Where the files look for it.
mod base {
    pub(crate) use super::web_address;
}

mod store {
    /// As the service's store has it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Email {
        /// The address.
        pub address: String,
        /// Whether the issuer says that it is the user's.
        pub is_verified: bool,
    }
}

/// How users sign in.
#[path = "../../crates/server/src/http/auth/oidc.rs"]
pub mod oidc;

/// What the claims of a token have to say.
#[path = "../../crates/server/src/http/auth/claims.rs"]
pub mod claims;

/// What an issuer publishes.
#[path = "../../crates/server/src/http/auth/published.rs"]
pub mod published;
