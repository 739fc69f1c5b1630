//! The balance of a customer: what invoices leave as credit or debt, and settle with the next one.

use crate::random;
use crate::store::Store;
use crate::stripe::api::{Call, Page, StripeError};
use serde_json::{Value, json};

const KIND: &str = "customer_balance_transaction";

/// The smallest amount that can be charged, in minor units. An invoice below it is settled by the balance.
const SMALLEST_CHARGE: i64 = 50;

/// What is due of an invoice after the customer's balance is applied to its total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application {
    /// The balance before; negative if the customer has credit.
    pub starting: i64,
    /// The balance after.
    pub ending: i64,
    /// What is to be charged.
    pub due: i64,
}

impl Application {
    /// Applies the balance of a customer to a total in minor units.
    pub fn of(customer: &Value, total: i64) -> Self {
        let starting = customer["balance"].as_i64().unwrap_or_default();
        let left = total.saturating_add(starting);
        if left < SMALLEST_CHARGE {
            Self { starting, ending: left, due: 0 }
        } else {
            Self { starting, ending: 0, due: left }
        }
    }

    /// Leaves the balance as it is: all of the total is due.
    pub fn none(customer: &Value, total: i64) -> Self {
        let balance = customer["balance"].as_i64().unwrap_or_default();
        Self { starting: balance, ending: balance, due: total.max(0) }
    }
}

/// Changes the balance of a customer as an invoice needs it.
pub fn apply(store: &mut Store, customer: Value, invoice: &Value, application: Application) {
    let Application { starting, ending, .. } = application;
    let is_too_small = ending > 0 && ending > starting;
    let kind = if is_too_small { "invoice_too_small" } else { "applied_to_invoice" };
    enter(store, customer, invoice, ending - starting, kind);
}

/// Gives the balance back that was applied to an invoice.
pub fn give_back(store: &mut Store, customer: Value, invoice: &Value) {
    let figure = |field: &str| invoice[field].as_i64().unwrap_or_default();
    let amount = figure("starting_balance") - figure("ending_balance");
    enter(store, customer, invoice, amount, "unapplied_from_invoice");
}

/// Changes the balance of a customer, with a transaction that says why.
fn enter(store: &mut Store, mut customer: Value, invoice: &Value, amount: i64, kind: &str) {
    if amount == 0 || customer["id"].is_null() || customer["deleted"] == true {
        return;
    }
    let balance = customer["balance"].as_i64().unwrap_or_default() + amount;
    store.save(&json!({
        "id": random::id("cbtxn"),
        "object": KIND,
        "amount": amount,
        "checkout_session": null,
        "created": store.seconds(),
        "credit_note": null,
        "currency": invoice["currency"],
        "customer": customer["id"],
        "customer_account": null,
        "description": null,
        "ending_balance": balance,
        "invoice": invoice["id"],
        "livemode": false,
        "metadata": {},
        "type": kind,
    }));
    customer["balance"] = balance.into();
    customer["currency"] = invoice["currency"].clone();
    store.save_and_emit_update(&customer, "customer.updated");
}

/// `GET /v1/customers/{id}/balance_transactions`.
pub fn list(store: &mut Store, mut call: Call) -> Result<Value, StripeError> {
    store.find("customer", &call.id)?;
    let page = Page::of(&mut call.params)?;
    let invoice = call.params.text("invoice")?;
    call.params.finish()?;
    let url = format!("/v1/customers/{}/balance_transactions", call.id);
    page.select(store, KIND, &url, |transaction| {
        transaction["customer"] == *call.id
            && invoice.as_ref().is_none_or(|invoice| transaction["invoice"] == **invoice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(balance: i64, total: i64) -> (i64, i64) {
        let Application { ending, due, .. } = Application::of(&json!({ "balance": balance }), total);
        (ending, due)
    }

    #[test]
    fn credit_is_used_up_before_money_is_due() {
        assert_eq!(applied(0, 3000), (0, 3000));
        assert_eq!(applied(-500, 3000), (0, 2500));
        assert_eq!(applied(-5000, 3000), (-2000, 0));
        assert_eq!(applied(0, -500), (-500, 0));
        assert_eq!(applied(-500, -500), (-1000, 0));
    }

    #[test]
    fn an_amount_that_cannot_be_charged_is_owed_with_the_next_invoice() {
        assert_eq!(applied(0, 49), (49, 0));
        assert_eq!(applied(49, 50), (0, 99));
        assert_eq!(applied(-100, 120), (20, 0));
        assert_eq!(applied(0, 50), (0, 50));
    }
}
