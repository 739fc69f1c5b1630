//! Stand-ins for the outside world, for development, demos and tests: Stripe's API and hosted pages, an OpenID issuer, a
//! demo studio that spends tokens, platforms that report a balance by API key. Service and app never link it. It shares only the
//! table of currencies with them, which is Stripe's.
//!
//! Modules import in one direction, from the top of this list to its end:
//!
//! - `startup`, `server`: start, routes and background tasks
//! - `control`: `/sandbox/…`, events of the outside world on request
//! - `pages`: Stripe's hosted pages; `studio`: spends tokens through the service
//! - `identity`: the issuer and its users; `platforms`: report a balance by API key; `token_service`: a client of the
//!   service
//! - `webhooks`: delivery of events
//! - `stripe`: the API under `/v1`
//! - `html`: the layout of pages
//! - `store`: the state, with the billing clock and the events that changes cause
//! - `records`: JSON records in memory, written to SQLite, and typed records that several parts share

#![recursion_limit = "512"]

mod control;
mod error_chain;
mod html;
mod http_url;
mod identity;
mod pages;
mod platforms;
mod random;
mod records;
mod server;
mod settings;
mod startup;
mod store;
mod stripe;
mod studio;
mod token_service;
mod webhooks;

pub use http_url::InvalidUrl;
pub use server::{Running, SetEndpointError};
pub use settings::Settings;
pub use startup::{DataError, StartError, start};
pub use store::WriteError;
