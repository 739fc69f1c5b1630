//! The billing periods of a subscription, and the invoices that bill them.

use super::{debits, item};
use crate::store::Store;
use crate::stripe::invoices::invoice::{self, NewInvoice};
use crate::stripe::invoices::invoice_items;
use crate::stripe::invoices::lines::Line;
use serde_json::Value;

/// Starts a period at once, from which the following ones are counted.
pub fn start_period(store: &Store, subscription: &mut Value) {
    let now = store.now();
    let end = item::boundary_after(&item::of(subscription)["price"], now, now).as_second();
    item::set_period(subscription, (now.as_second(), end));
    subscription["billing_cycle_anchor"] = now.as_second().into();
    if subscription["cancel_at_period_end"] == true {
        subscription["cancel_at"] = end.into();
    }
}

/// Creates an invoice with the prorations that wait for one, and with the current period of every item if `bills_period`.
pub fn invoice(
    store: &mut Store,
    subscription: &mut Value,
    reason: &str,
    bills_period: bool,
    period: (i64, i64),
) -> Value {
    let mut lines = invoice_items::take_waiting(store, subscription);
    if bills_period {
        let current = item::period_of(subscription);
        lines.extend(item::all(subscription).iter().map(|item| Line::for_period(item, current)));
    }
    invoice_of_lines(store, subscription, reason, &lines, period, false)
}

/// Creates an invoice with these lines.
pub fn invoice_of_lines(
    store: &mut Store,
    subscription: &mut Value,
    reason: &str,
    lines: &[Line],
    period: (i64, i64),
    charged_by_checkout: bool,
) -> Value {
    let new = NewInvoice { subscription, reason, lines, period, charged_by_checkout };
    let invoice = invoice::create(store, &new);
    debits::note_invoice(store, subscription, lines, &invoice);
    subscription["latest_invoice"] = invoice["id"].clone();
    invoice
}
