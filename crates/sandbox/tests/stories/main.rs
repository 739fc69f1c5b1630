//! The sandbox over HTTP: Stripe's API, its pages and webhooks, the issuer, the studio.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story fails by a panic")]

mod api;
mod checkout;
mod discounted_changes;
mod identity;
mod peers;
mod plan_changes;
mod platforms;
mod portal;
mod pricing;
mod program;
mod service;
mod setup;
mod subscriptions;
mod support;
mod webhooks;
