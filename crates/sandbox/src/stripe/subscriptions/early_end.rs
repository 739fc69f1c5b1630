//! Ending a subscription before its period ends, and what is billed then.

use super::subscription::require_running;
use super::{billing, cancellation, collection, debits, item};
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::invoices::invoice_items;
use serde_json::Value;

/// What the end of a subscription bills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FinalBill {
    /// Whether the rest of the period is credited.
    pub prorate: bool,
    /// Whether an invoice is created at once. Without it, prorations wait for an invoice that never comes.
    pub invoice_now: bool,
}

/// Ends a subscription at once, with a credit or a last invoice.
pub fn end_now(store: &mut Store, mut subscription: Value, bill: FinalBill) -> Result<Value, StripeError> {
    require_running(&subscription)?;
    if bill.prorate {
        for item in item::all(&subscription) {
            debits::credit(store, &subscription, item);
        }
    }
    if bill.invoice_now && invoice_items::any_waiting(store, &subscription) {
        let now = store.seconds();
        let mut invoice =
            billing::invoice(store, &mut subscription, "subscription_update", false, (now, now));
        collection::collect(store, &subscription, &mut invoice);
    }
    Ok(cancellation::end(store, subscription))
}
