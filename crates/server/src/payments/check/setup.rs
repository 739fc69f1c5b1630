//! What is checked at Stripe.

use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::payments::stripe::{StripeClient, StripeError};
use tokenwell_ledger::Catalogue;

/// What is checked at Stripe.
#[derive(Clone, Copy)]
pub struct StripeChecks<'a> {
    /// Stripe's API, with the key that is checked.
    pub stripe: &'a StripeClient,
    /// The plans and their prices.
    pub catalogue: &'a Catalogue,
    /// The address at which browsers and Stripe reach the service, without a slash at the end.
    pub public_url: &'a str,
    /// Whether the time of the token rules stands still.
    pub test_clock: bool,
    /// Whether checkouts ask Stripe to add tax.
    pub asks_for_tax: bool,
}

/// Something that could not be read at Stripe, and the permission that reading it needs.
pub fn unreadable(name: Checked, what: &str, error: &StripeError, shown_as: &str) -> Finding {
    match error {
        StripeError::Forbidden { .. } => Finding::unknown(
            name,
            format!("the key may not read {what}"),
            format!("Give the key the permission {shown_as} in Stripe's dashboard"),
        ),
        error => {
            Finding::unknown(name, format!("{what} cannot be read: {}", Chain(error)), "Check again later")
        }
    }
}
