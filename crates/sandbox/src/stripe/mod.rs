//! Stripe's API, as far as the token service and the official clients use it.
//!
//! Objects are JSON values in Stripe's shapes. A call is a function from the store and its parameters to an object or an
//! error ([`api::call::Implementation`]). Modules import in one direction:
//!
//! - [`routes`]: every call; [`request`]: a call from request to response, with [`expand`]
//! - [`due`]: what happens as time passes
//! - [`checkout`], [`portal`], [`customer_deletion`], [`events`], [`webhook_endpoints`]
//! - [`older_versions`]: the shapes of objects in older API versions
//! - [`subscriptions`]
//! - [`invoices`], [`payments`]
//! - [`catalogue`], [`tax`]
//! - [`api`]: what all calls share

pub mod api;
pub mod catalogue;
pub mod checkout;
mod customer_deletion;
pub mod due;
mod events;
mod expand;
mod invoices;
pub mod older_versions;
pub mod payments;
pub mod portal;
pub mod request;
pub mod routes;
pub mod subscriptions;
pub mod tax;
mod webhook_endpoints;
