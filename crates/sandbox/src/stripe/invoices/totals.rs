//! What an invoice costs: its lines with the subscription's discount and tax.

use super::discounts;
use super::lines::Line;
use crate::store::Store;
use crate::stripe::catalogue::amounts::{self, Amounts, LineAmount, Pricing};
use crate::stripe::tax::calculation::TaxCalculation;
use serde_json::{Value, json};

/// What an invoice costs.
pub struct Totals {
    sum: Amounts,
    automatic_tax: Value,
    /// The sum of the lines' `taxes`.
    taxes: Value,
    /// The ids of the subscription's discounts.
    in_force: Value,
    /// The sum of the lines' `discount_amounts`.
    by_discount: Value,
}

impl Totals {
    /// The totals of these lines, whose objects get their discount and tax. Prorations keep the discount that they were
    /// made with.
    pub fn of(store: &Store, subscription: &Value, lines: &[Line], objects: &mut [Value]) -> Self {
        let (reduction, coupon) = discounts::of_subscription(store, subscription).unzip();
        let automatic = subscription["automatic_tax"]["enabled"] == true;
        let tax_rate = TaxCalculation::of(&store.records).rate(automatic);
        let line_amounts: Vec<LineAmount> = lines.iter().map(line_amount).collect();
        let amounts = amounts::of_lines(&line_amounts, Pricing { coupon: coupon.as_ref(), tax_rate });
        let tax_of =
            |amounts: Amounts, line: LineAmount| if automatic { taxes(amounts, line) } else { json!([]) };
        let reduced = |amounts: Amounts| match &reduction {
            Some(reduction) => json!([{ "amount": amounts.discount, "discount": reduction["id"] }]),
            None => json!([]),
        };
        for (index, object) in objects.iter_mut().enumerate() {
            let shown = match (&lines[index].proration, lines[index].discount()) {
                (None, _) => reduced(amounts[index]),
                (Some(_), Some(own)) => json!([{ "amount": own.amount, "discount": own.discount }]),
                (Some(_), None) => json!([]),
            };
            object["discount_amounts"] = shown;
            object["taxes"] = tax_of(amounts[index], line_amounts[index]);
        }
        let in_force: Value = reduction.iter().map(|reduction| reduction["id"].clone()).collect();
        let by_discount = by_discount(lines, objects);
        let sum: Amounts = amounts.into_iter().sum();
        let automatic_tax = json!({
            "disabled_reason": null,
            "enabled": automatic,
            "liability": subscription["automatic_tax"]["liability"],
            "provider": automatic.then_some("stripe"),
            "status": automatic.then_some("complete"),
        });
        let taxes = line_amounts.first().map_or_else(|| json!([]), |line| tax_of(sum, *line));
        Self { sum, automatic_tax, taxes, in_force, by_discount }
    }

    /// Sets the totals of the invoice.
    pub fn set(self, invoice: &mut Value) {
        let Amounts { subtotal, total, tax, .. } = self.sum;
        invoice["automatic_tax"] = self.automatic_tax;
        invoice["subtotal"] = subtotal.into();
        invoice["subtotal_excluding_tax"] = subtotal.into();
        invoice["total"] = total.into();
        invoice["total_excluding_tax"] = (total - tax).into();
        invoice["total_taxes"] = self.taxes;
        invoice["discounts"] = self.in_force;
        invoice["total_discount_amounts"] = self.by_discount;
    }
}

/// What each discount takes off all lines together, without what the amounts of prorations contain.
fn by_discount(lines: &[Line], objects: &[Value]) -> Value {
    let mut sums: Vec<(Value, i64)> = Vec::new();
    for (line, object) in lines.iter().zip(objects) {
        let shown = &object["discount_amounts"][0];
        let amount = shown["amount"].as_i64().unwrap_or_default();
        if shown.is_null() || (line.proration.is_some() && amount == 0) {
            continue;
        }
        match sums.iter_mut().find(|(discount, _)| *discount == shown["discount"]) {
            Some((_, sum)) => *sum += amount,
            None => sums.push((shown["discount"].clone(), amount)),
        }
    }
    sums.into_iter().map(|(discount, amount)| json!({ "amount": amount, "discount": discount })).collect()
}

fn line_amount(line: &Line) -> LineAmount {
    LineAmount {
        subtotal: line.amount,
        discountable: line.proration.is_none(),
        discount: line.discount().map_or(0, |own| own.amount),
        tax_included: amounts::is_inclusive(&line.price),
    }
}

fn taxes(amounts: Amounts, line: LineAmount) -> Value {
    json!([{
        "amount": amounts.tax,
        "tax_behavior": if line.tax_included { "inclusive" } else { "exclusive" },
        "tax_rate_details": { "tax_rate": "txr_sandbox" },
        "taxability_reason": "standard_rated",
        "taxable_amount": amounts.taxable(),
        "type": "tax_rate_details",
    }])
}
