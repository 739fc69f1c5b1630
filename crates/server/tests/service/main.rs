//! Tests of the service over HTTP. The sandbox provides Stripe's API, its hosted pages and webhooks, and the OpenID
//! issuer.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that cannot continue fails the test")]

mod account;
mod accounts;
mod activity;
mod article;
mod attackers;
mod authorization;
mod backup;
mod bad_input;
mod budget;
mod check;
mod check_faults;
mod check_packs;
mod check_program;
mod clocks;
#[cfg(unix)]
mod copy;
mod drain;
mod enumerated;
#[path = "../../../ledger/tests/rules/every_order.rs"]
mod every_order;
mod forgeries;
mod guide;
mod import;
#[cfg(unix)]
mod instances;
mod issuers;
mod limits;
#[path = "../../../ledger/tests/rules/lives.rs"]
mod lives;
mod model;
#[path = "../../../ledger/tests/rules/naive.rs"]
mod naive;
mod operating;
mod orders;
mod peers;
mod platform;
mod pressure;
mod program;
mod purchases;
mod reconciler;
mod refusals;
mod return_page;
mod sign_in;
mod streams;
mod stripe_as_it_is;
mod stripe_in_between;
mod subscriptions;
mod support;
mod test_issuer;
mod typescript_client;
mod webhooks;
