//! What an invoice costs: its lines with the subscription's discount and tax.

use super::discounts;
use super::lines::Line;
use crate::store::Store;
use crate::stripe::catalogue::amounts::{self, Amounts, LineAmount, Pricing};
use crate::stripe::catalogue::tax::TaxSettings;
use serde_json::{Value, json};

/// What an invoice costs.
pub struct Totals {
    sum: Amounts,
    automatic_tax: Value,
    /// The sum of the lines' `taxes`.
    taxes: Value,
    /// The sum of the lines' `discount_amounts`.
    discounts: Value,
}

impl Totals {
    /// The totals of these lines, whose objects get their discount and tax. Prorations get no discount.
    pub fn of(store: &Store, subscription: &Value, lines: &[Line], objects: &mut [Value]) -> Self {
        let (reduction, coupon) = discounts::of_subscription(store, subscription).unzip();
        let automatic = subscription["automatic_tax"]["enabled"] == true;
        let tax_rate = TaxSettings::of(&store.records).rate(automatic);
        let line_amounts: Vec<LineAmount> = lines.iter().map(line_amount).collect();
        let amounts = amounts::of_lines(&line_amounts, Pricing { coupon: coupon.as_ref(), tax_rate });
        let tax_of =
            |amounts: Amounts, line: LineAmount| if automatic { taxes(amounts, line) } else { json!([]) };
        let reduced = |amounts: Amounts| match &reduction {
            Some(reduction) => json!([{ "amount": amounts.discount, "discount": reduction["id"] }]),
            None => json!([]),
        };
        for ((object, amounts), line) in objects.iter_mut().zip(&amounts).zip(&line_amounts) {
            object["discount_amounts"] = reduced(*amounts);
            object["taxes"] = tax_of(*amounts, *line);
        }
        let sum: Amounts = amounts.into_iter().sum();
        let automatic_tax = json!({
            "disabled_reason": null,
            "enabled": automatic,
            "liability": subscription["automatic_tax"]["liability"],
            "provider": automatic.then_some("stripe"),
            "status": automatic.then_some("complete"),
        });
        let taxes = line_amounts.first().map_or_else(|| json!([]), |line| tax_of(sum, *line));
        Self { sum, automatic_tax, taxes, discounts: reduced(sum) }
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
        invoice["discounts"] =
            self.discounts.as_array().into_iter().flatten().map(|it| it["discount"].clone()).collect();
        invoice["total_discount_amounts"] = self.discounts;
    }
}

fn line_amount(line: &Line) -> LineAmount {
    LineAmount {
        subtotal: line.amount,
        discountable: line.proration.is_none(),
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
