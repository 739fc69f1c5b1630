//! What was billed for the time of a subscription that is still running, which a change credits.
//!
//! In flexible billing mode a credit gives back a part of what was debited, at the price that was debited. Several debits
//! can cover the same time; each gets its own credit.

use super::subscription;
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::invoices::invoice_items::{self, NewProration};
use crate::stripe::invoices::lines::{Credited, Line, invoice_item_of, name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of the records with the debits of subscriptions.
const KIND: Kind = "debits";

/// What was billed for a part of a subscription's time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Debit {
    /// The id of the subscription item.
    pub item: String,
    price: Value,
    quantity: i64,
    amount: i64,
    period: (i64, i64),
    /// What a credit of it refers to; `None` in classic billing mode.
    source: Option<Credited>,
}

fn of(store: &Store, subscription: &Value) -> Vec<Debit> {
    subscription["id"].as_str().and_then(|id| store.records.read(KIND, id)).unwrap_or_default()
}

fn save(store: &mut Store, subscription: &Value, debits: &[Debit]) {
    if let Some(id) = subscription["id"].as_str() {
        store.records.write(KIND, id, &debits);
    }
}

/// Notes the debits on a new invoice, and forgets those whose time is over.
pub fn note_invoice(store: &mut Store, subscription: &Value, lines: &[Line], invoice: &Value) {
    let mut debits = of(store, subscription);
    debits.retain(|debit| debit.period.1 > store.seconds());
    let objects = invoice["lines"]["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (line, object) in lines.iter().zip(objects) {
        let source = Some(Credited::Line { invoice: text(&invoice["id"]), line: text(&object["id"]) });
        let waiting = invoice_item_of(object).as_str().map(|item| Credited::InvoiceItem(item.to_owned()));
        match (&line.item, waiting) {
            (_, Some(waiting)) => {
                for debit in debits.iter_mut().filter(|debit| debit.source.as_ref() == Some(&waiting)) {
                    debit.source.clone_from(&source);
                }
            }
            (Some(item), None) => debits.push(Debit {
                item: item.clone(),
                price: line.price.clone(),
                quantity: line.quantity,
                amount: line.amount - discount_on(object),
                period: line.period,
                source,
            }),
            (None, None) => {}
        }
    }
    save(store, subscription, &debits);
}

/// What was taken off a line, in minor units.
fn discount_on(line: &Value) -> i64 {
    let amounts = line["discount_amounts"].as_array().into_iter().flatten();
    amounts.filter_map(|discount| discount["amount"].as_i64()).sum()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Forgets the debits of a period that was replaced without a credit.
pub fn forget(store: &mut Store, subscription: &Value) {
    save(store, subscription, &[]);
}

/// Credits the time that is left of an item, as an item for the next invoice.
pub fn credit(store: &mut Store, subscription: &Value, item: &Value) {
    let now = store.seconds();
    let id = text(&item["id"]);
    let (credited, kept): (Vec<Debit>, Vec<Debit>) =
        of(store, subscription).into_iter().partition(|debit| debit.item == id);
    save(store, subscription, &kept);
    let running = credited.into_iter().filter(|debit| debit.period.1 > now);
    let debits: Vec<Debit> = if subscription::is_flexible(subscription) {
        running.collect()
    } else {
        classic(item).into_iter().collect()
    };
    for debit in debits {
        let left = debit.period.1 - now;
        let whole = debit.period.1 - debit.period.0;
        let new = NewProration {
            item: &id,
            price: &debit.price,
            quantity: debit.quantity,
            amount: -share(debit.amount, left, whole),
            description: describe("Unused", &debit.price, debit.quantity),
            period: (now, debit.period.1),
            credited: debit.source,
        };
        invoice_items::add(store, subscription, new);
    }
}

/// In classic billing mode the credit is what the item costs now, whether or not that was ever billed.
fn classic(item: &Value) -> Option<Debit> {
    let second = |field: &str| item[field].as_i64();
    let period = (second("current_period_start")?, second("current_period_end")?);
    let line = Line::for_period(item, period);
    Some(Debit {
        item: line.item?,
        price: line.price,
        quantity: line.quantity,
        amount: line.amount,
        period,
        source: None,
    })
}

/// Charges the time that is left of an item's period, as an item for the next invoice.
pub fn charge(store: &mut Store, subscription: &Value, item: &Value) {
    let now = store.seconds();
    let second = |field: &str| item[field].as_i64().unwrap_or_default();
    let (start, end) = (second("current_period_start"), second("current_period_end"));
    let whole = Line::for_period(item, (start, end));
    let new = NewProration {
        item: item["id"].as_str().unwrap_or_default(),
        price: &whole.price,
        quantity: whole.quantity,
        amount: share(whole.amount, end - now, end - start),
        description: describe("Remaining", &whole.price, whole.quantity),
        period: (now, end),
        credited: None,
    };
    let amount = new.amount;
    let source = Some(Credited::InvoiceItem(invoice_items::add(store, subscription, new)));
    let mut debits = of(store, subscription);
    debits.push(Debit {
        item: text(&item["id"]),
        price: whole.price,
        quantity: whole.quantity,
        amount,
        period: (now, end),
        source,
    });
    save(store, subscription, &debits);
}

fn describe(which: &str, price: &Value, quantity: i64) -> String {
    format!("{which} time on {quantity} × {}", name(price))
}

/// The part of an amount for `part` of `whole` seconds, in minor units, rounded to the nearest.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part.max(0)), i128::from(whole.max(1)));
    let doubled = 2 * amount * part.min(whole);
    i64::try_from((doubled + whole).div_euclid(2 * whole)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_rounded_to_the_nearest_minor_unit() {
        assert_eq!(share(1200, 15, 30), 600);
        assert_eq!(share(100, 1, 3), 33);
        assert_eq!(share(100, 2, 3), 67);
        assert_eq!(share(1, 1, 2), 1);
        assert_eq!(share(1000, 0, 30), 0);
        assert_eq!(share(1000, 31, 30), 1000);
    }
}
