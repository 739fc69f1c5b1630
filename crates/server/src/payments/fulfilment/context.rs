//! What fulfilment needs, and what a look-up returns.

use crate::accounts::{Accounts, UnitOfWork};
use crate::payments::error::PaymentError;
use crate::payments::stripe::StripeClient;
use crate::payments::writer::Writer;
use crate::store::Store;
use tokenwell_ledger::{Command, Outcome};

/// Brings accounts to what Stripe says.
#[derive(Clone, Copy)]
pub struct Fulfilment<'a> {
    /// The accounts.
    pub accounts: &'a Accounts,
    /// Where purchases are stored.
    pub store: &'a dyn Store,
    /// Stripe's API.
    pub stripe: &'a StripeClient,
    /// Takes what is decided.
    pub writer: &'a dyn Writer,
}

/// What the look-up of a checkout or subscription showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutLookup {
    /// It can still change: a checkout that is open or whose payment is on its way, a live subscription.
    Pending,
    /// A checkout that was paid.
    Paid,
    /// It has ended, without payment if it is a checkout.
    Ended,
}

/// Lets the rules decide a fact of Stripe. They refuse only what does not fit what is sold here.
pub fn apply_fact(unit: &mut UnitOfWork<'_>, fact: Command) -> Result<Outcome, PaymentError> {
    unit.apply(fact)?.map_err(PaymentError::FactRefused)
}
