//! The context of fulfilment, and the result of a look-up.

use crate::accounts::{Accounts, UnitOfWork};
use crate::payments::error::PaymentError;
use crate::payments::metrics::PaymentMetrics;
use crate::payments::stripe::StripeClient;
use crate::payments::unclear::Unclear;
use crate::payments::writer::Writer;
use crate::store::Store;
use tokenwell_ledger::{Command, Outcome};

/// Updates accounts to the state at Stripe.
#[derive(Clone, Copy)]
pub struct Fulfilment<'a> {
    /// The accounts.
    pub accounts: &'a Accounts,
    /// The store of purchases.
    pub store: &'a dyn Store,
    /// Stripe's API.
    pub stripe: &'a StripeClient,
    /// The id of this database, which the metadata of objects at Stripe names.
    pub database: &'a str,
    /// Receives the decisions.
    pub writer: &'a dyn Writer,
    /// Counts what this version does not know.
    pub metrics: &'a PaymentMetrics,
}

impl Fulfilment<'_> {
    /// Lists for an operator what Stripe says and this version cannot place, and counts it.
    pub(super) async fn list_unclear(&self, unclear: Unclear) -> Result<(), PaymentError> {
        self.metrics.unclear(unclear.what);
        Ok(self.writer.list_unclear(unclear).await?)
    }
}

/// The result of the look-up of a checkout or subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutLookup {
    /// It can still change: a checkout that is open or whose payment is processing, a live subscription.
    Pending,
    /// A checkout that was paid.
    Paid,
    /// It was charged, and its tokens can go nowhere: it is owed back (rule 15a).
    RefundDue,
    /// It has ended, without payment if it is a checkout.
    Ended,
}

/// Applies a fact of Stripe by the rules. They refuse it only if it contradicts the catalogue or the account.
pub fn apply_fact(unit: &mut UnitOfWork<'_>, fact: Command) -> Result<Outcome, PaymentError> {
    unit.apply(fact)?.map_err(PaymentError::FactRefused)
}
