//! What was billed for the time of a subscription that is still running, which a change credits.
//!
//! In flexible billing mode a credit gives back a part of what was debited, at the price and the discount of the debit. Several
//! debits can cover the same time; each gets its own credit.

use super::{item, subscription};
use crate::records::table::Kind;
use crate::store::Store;
use crate::stripe::catalogue::amounts::{self, LineAmount, Pricing};
use crate::stripe::invoices::discounts;
use crate::stripe::invoices::invoice_items::{self, NewProration};
use crate::stripe::invoices::lines::{Credited, Line, Reduction, invoice_item_of, name};
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
    /// After the discount.
    amount: i64,
    /// The discount.
    #[serde(default)]
    reduction: Option<Reduction>,
    period: (i64, i64),
    /// What a credit of it refers to; `None` if nothing was billed.
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
                amount: line.amount - discount_on(object).map_or(0, |reduction| reduction.amount),
                reduction: discount_on(object),
                period: line.period,
                source,
            }),
            (None, None) => {}
        }
    }
    save(store, subscription, &debits);
}

/// What was taken off a line for a whole period.
fn discount_on(line: &Value) -> Option<Reduction> {
    let shown = line["discount_amounts"].as_array()?.first()?;
    Some(Reduction { discount: shown["discount"].clone(), amount: shown["amount"].as_i64()? })
}

/// What the subscription's discount takes off an item in a whole period.
fn discount_of(store: &Store, subscription: &Value, item: &Value) -> Option<Reduction> {
    let (discount, coupon) = discounts::of_subscription(store, subscription)?;
    let items = item::all(subscription);
    let lines: Vec<LineAmount> = items
        .iter()
        .map(|item| LineAmount {
            subtotal: Line::for_period(item, (0, 0)).amount,
            discountable: true,
            discount: 0,
            tax_included: false,
        })
        .collect();
    let amounts = amounts::of_lines(&lines, Pricing { coupon: Some(&coupon), tax_rate: None });
    let own = items.iter().position(|own| own["id"] == item["id"])?;
    Some(Reduction { discount: discount["id"].clone(), amount: amounts[own].discount })
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
    let running: Vec<Debit> = credited.into_iter().filter(|debit| debit.period.1 > now).collect();
    let debits = if subscription::is_flexible(subscription) {
        running
    } else {
        let source = running.into_iter().next().and_then(|debit| debit.source);
        classic(store, subscription, item, source).into_iter().collect()
    };
    for debit in debits {
        let part = (debit.period.1 - now, debit.period.1 - debit.period.0);
        let reduction = debit.reduction.as_ref().map(|whole| whole.part(part).reversed());
        let shown = Shown::of(subscription, -share(debit.amount, part), reduction);
        let new = NewProration {
            item: &id,
            price: &debit.price,
            quantity: debit.quantity,
            amount: shown.amount,
            net_amount: shown.net_amount,
            discount: shown.discount,
            description: describe("Unused", &debit.price, debit.quantity),
            period: (now, debit.period.1),
            credited: debit.source,
        };
        invoice_items::add(store, subscription, new);
    }
}

/// In classic billing mode the credit is what the item costs now, with the discount of now, whatever was billed.
fn classic(store: &Store, subscription: &Value, item: &Value, source: Option<Credited>) -> Option<Debit> {
    let second = |field: &str| item[field].as_i64();
    let period = (second("current_period_start")?, second("current_period_end")?);
    let line = Line::for_period(item, period);
    let reduction = discount_of(store, subscription, item);
    Some(Debit {
        item: line.item?,
        price: line.price,
        quantity: line.quantity,
        amount: line.amount - reduction.as_ref().map_or(0, |reduction| reduction.amount),
        reduction,
        period,
        source,
    })
}

impl Reduction {
    /// The part for `.0` of `.1` seconds.
    fn part(&self, part: (i64, i64)) -> Self {
        Self { discount: self.discount.clone(), amount: share(self.amount, part) }
    }

    fn reversed(self) -> Self {
        Self { amount: -self.amount, ..self }
    }
}

/// How a proration shows its discount. By default its amount is what is left after it, and the discount shows 0.
struct Shown {
    amount: i64,
    net_amount: i64,
    discount: Option<Reduction>,
}

impl Shown {
    fn of(subscription: &Value, net_amount: i64, reduction: Option<Reduction>) -> Self {
        let itemized = subscription["billing_mode"]["flexible"]["proration_discounts"] == "itemized";
        let discount = reduction.map(|it| if itemized { it } else { Reduction { amount: 0, ..it } });
        let amount = net_amount + discount.as_ref().map_or(0, |shown| shown.amount);
        Self { amount, net_amount, discount }
    }
}

/// Charges the time that is left of an item's period, as an item for the next invoice.
pub fn charge(store: &mut Store, subscription: &Value, item: &Value) {
    let now = store.seconds();
    let second = |field: &str| item[field].as_i64().unwrap_or_default();
    let (start, end) = (second("current_period_start"), second("current_period_end"));
    let whole = Line::for_period(item, (start, end));
    let part = (end - now, end - start);
    let reduction = discount_of(store, subscription, item).map(|whole| whole.part(part));
    let net_amount = share(whole.amount, part) - reduction.as_ref().map_or(0, |reduction| reduction.amount);
    let shown = Shown::of(subscription, net_amount, reduction.clone());
    let new = NewProration {
        item: item["id"].as_str().unwrap_or_default(),
        price: &whole.price,
        quantity: whole.quantity,
        amount: shown.amount,
        net_amount,
        discount: shown.discount,
        description: describe("Remaining", &whole.price, whole.quantity),
        period: (now, end),
        credited: None,
    };
    let source = Some(Credited::InvoiceItem(invoice_items::add(store, subscription, new)));
    let mut debits = of(store, subscription);
    debits.push(Debit {
        item: text(&item["id"]),
        price: whole.price,
        quantity: whole.quantity,
        amount: net_amount,
        reduction,
        period: (now, end),
        source,
    });
    save(store, subscription, &debits);
}

fn describe(which: &str, price: &Value, quantity: i64) -> String {
    format!("{which} time on {quantity} × {}", name(price))
}

/// The part of an amount for `part` of `whole` seconds, in minor units, rounded to the nearest.
fn share(amount: i64, (part, whole): (i64, i64)) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part.max(0)), i128::from(whole.max(1)));
    let doubled = 2 * amount * part.min(whole);
    i64::try_from((doubled + whole).div_euclid(2 * whole)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_rounded_to_the_nearest_minor_unit() {
        assert_eq!(share(1200, (15, 30)), 600);
        assert_eq!(share(100, (1, 3)), 33);
        assert_eq!(share(100, (2, 3)), 67);
        assert_eq!(share(1, (1, 2)), 1);
        assert_eq!(share(1000, (0, 30)), 0);
        assert_eq!(share(1000, (31, 30)), 1000);
    }
}
