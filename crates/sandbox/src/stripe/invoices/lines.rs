//! Invoice lines.

use crate::random;
use serde_json::{Value, json};

/// One line of an invoice.
#[derive(Debug)]
pub struct Line<'a> {
    /// The price that it bills.
    pub price: &'a Value,
    /// The subscription item that it bills; `None` for a one-time extra.
    pub item: Option<&'a Value>,
    /// How many.
    pub quantity: i64,
    /// Minor units; negative for a credit.
    pub amount: i64,
    /// What it is for, in words.
    pub description: String,
    /// Start and end of the time that it bills, in seconds.
    pub period: (i64, i64),
    /// Whether it bills or credits a part of a period.
    pub proration: bool,
}

impl<'a> Line<'a> {
    /// The line that bills a subscription item for one period.
    pub fn for_period(item: &'a Value, start: i64, end: i64) -> Self {
        let (price, quantity) = (&item["price"], item["quantity"].as_i64().unwrap_or(1));
        Self {
            price,
            item: Some(item),
            quantity,
            amount: price["unit_amount"].as_i64().unwrap_or_default() * quantity,
            description: format!("{quantity} × {}", price["nickname"].as_str().unwrap_or("subscription")),
            period: (start, end),
            proration: false,
        }
    }

    /// The line's object in an invoice of a subscription.
    pub fn object(&self, invoice: &str, subscription: &Value) -> Value {
        let unit_amount = self.price["unit_amount"].as_i64().unwrap_or_default().to_string();
        json!({
            "id": random::id("il"),
            "object": "line_item",
            "amount": self.amount,
            "currency": self.price["currency"],
            "description": self.description,
            "discount_amounts": [],
            "discountable": !self.proration,
            "discounts": [],
            "invoice": invoice,
            "livemode": false,
            "metadata": subscription["metadata"],
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": self.proration,
                    "proration_details": { "credited_items": null },
                    "subscription": subscription["id"],
                    "subscription_item": self.item.map(|item| item["id"].clone()),
                },
                "type": "subscription_item_details",
            },
            "period": { "end": self.period.1, "start": self.period.0 },
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": { "price": self.price["id"], "product": self.price["product"] },
                "type": "price_details",
                "unit_amount_decimal": unit_amount,
            },
            "quantity": self.quantity,
            "quantity_decimal": self.quantity.to_string(),
            "subscription": subscription["id"],
            "subtotal": self.amount,
            "taxes": [],
        })
    }
}
