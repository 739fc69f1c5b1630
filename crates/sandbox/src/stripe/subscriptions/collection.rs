//! Collecting the invoices of subscriptions, and statuses that payments lead to.

use super::cancellation;
use super::subscription::require_running;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::api::StripeError;
use crate::stripe::invoices::{invoice, invoice_payments};
use crate::stripe::payments::instrument::Instrument;
use crate::stripe::payments::payment_intents::{self, AttemptResult, Authentication};
use crate::stripe::payments::{payment_methods, test_cards};
use serde_json::{Value, json};

/// The kind of the records that mark subscriptions whose payments are to fail.
const FAILING: Kind = "collection_failing";

/// Tries to collect an open invoice and returns whether it is paid.
pub fn collect(store: &mut Store, subscription: &Value, invoice: &mut Value) -> bool {
    let amount = invoice["amount_due"].as_i64().unwrap_or_default();
    if amount <= 0 {
        invoice_payments::mark_paid(store, invoice, None);
        return true;
    }
    let instrument = instrument_of(store, subscription);
    let currency = invoice["currency"].as_str().unwrap_or_default().to_owned();
    let mut intent = payment_intents::new(store, amount, &currency, &invoice["customer"], &json!({}));
    match payment_intents::attempt(store, &mut intent, &instrument, Authentication::Passed) {
        AttemptResult::Succeeded => invoice_payments::mark_paid(store, invoice, Some(&intent)),
        // A bank debit succeeds at once here, because no call settles the payment of a renewal.
        AttemptResult::Processing => {
            if payment_intents::settle(store, &mut intent, true).is_ok() {
                invoice_payments::mark_paid(store, invoice, Some(&intent));
            }
        }
        AttemptResult::Declined(_) | AttemptResult::AuthenticationRequired => {
            invoice_payments::mark_failed(store, invoice, &intent);
        }
    }
    invoice["status"] == "paid"
}

/// Pays an open or uncollectible invoice with a card that is accepted, as the customer does on the invoice's page. That is possible after the
/// subscription has ended, too.
pub fn pay_invoice(store: &mut Store, mut invoice: Value) -> Result<Value, StripeError> {
    if !matches!(invoice["status"].as_str(), Some("open" | "uncollectible")) {
        let message = "This invoice is neither open nor uncollectible, so it cannot be paid.";
        return Err(StripeError::state("invoice_not_open", message));
    }
    let id = invoice::subscription_of(&invoice).as_str().unwrap_or_default().to_owned();
    let mut subscription = store.find("subscription", &id)?;
    set_failing(store, &subscription, false);
    collect(store, &subscription, &mut invoice);
    if matches!(subscription["status"].as_str(), Some("past_due" | "unpaid")) {
        subscription["status"] = "active".into();
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
    Ok(invoice)
}

fn instrument_of(store: &Store, subscription: &Value) -> Instrument {
    if store.records.get(FAILING, subscription["id"].as_str().unwrap_or_default()).is_some() {
        return test_cards::declined();
    }
    payment_methods::instrument_of(store, &subscription["default_payment_method"])
        .unwrap_or_else(|| Instrument::card(test_cards::PLAIN_CARD, None))
}

/// Makes the payments of a subscription fail or succeed.
pub fn set_failing(store: &mut Store, subscription: &Value, failing: bool) {
    let id = subscription["id"].as_str().unwrap_or_default();
    if failing {
        store.records.put(FAILING, id, Value::Bool(true));
    } else {
        store.records.remove(FAILING, id);
    }
}

/// Sets the status of a subscription, as if its payments had failed or succeeded.
pub fn set_status(store: &mut Store, mut subscription: Value, status: &str) -> Result<Value, StripeError> {
    require_running(&subscription)?;
    match status {
        "canceled" => return Ok(cancellation::end(store, subscription)),
        "active" => {
            set_failing(store, &subscription, false);
            for mut invoice in invoice::open_of_subscription(store, &subscription) {
                collect(store, &subscription, &mut invoice);
            }
        }
        _ => set_failing(store, &subscription, true),
    }
    if subscription["status"] != status {
        subscription["status"] = status.into();
        store.save_and_emit_update(&subscription, "customer.subscription.updated");
    }
    Ok(subscription)
}
